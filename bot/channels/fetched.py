"""Files that residents sent, fetched from the platform that keeps them.

FetchError                   a file did not come
 ├─ FetchLater               not now: the platform is busy, or nobody knows; `after` seconds where it says
 ├─ FetchGone                never: the platform keeps it no longer, or never knew it
 └─ FetchTooLarge            never: it is larger than LARGEST_FILE, or than the platform hands over
"""

from dataclasses import dataclass

from handlers.attachments import LARGEST_FILE

__all__ = ["LARGEST_FILE", "FetchError", "FetchGone", "FetchLater", "FetchTooLarge", "Fetched"]


class FetchError(Exception):
    """Base of what `Channel.fetch` raises; its text is kept with the file and names no secret."""


class FetchLater(FetchError):
    """The platform is busy, too fast was too fast, or the answer did not come."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class FetchGone(FetchError):
    """The platform keeps it no longer: WeCom deletes media after three days."""


class FetchTooLarge(FetchError):
    """Reading stopped at LARGEST_FILE, or the platform hands over no file of this size."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file as the platform gave it; `name` and `media_type` are what it says of it, "" where it says nothing."""

    data: bytes
    name: str = ""
    media_type: str = ""
