"""What can go wrong in storage, by what the caller can do.

StorageError
 ├─ Busy       too much work is waiting: refuse the message politely and let the platform send it again
 ├─ Changed    the conversation changed hands meanwhile: read it again and do the work anew
 ├─ Lost       somebody else has taken the lease meanwhile: drop the work, it is being done elsewhere
 └─ Unready    the database cannot be reached or is not of this version: mend the settings or upgrade
"""


class StorageError(Exception):
    """Base of all errors of this package."""


class Busy(StorageError):
    """The writer's queue is full."""


class Lost(StorageError):
    """The lease under which the work was done is not ours any more; nothing was written."""


class Changed(StorageError):
    """Who holds the conversation is not who held it when the work began; nothing was written."""


class Unready(StorageError):
    """The database cannot be used as it is; the text says what to do."""
