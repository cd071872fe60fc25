"""The bureau's own key: people are known in records by a keyed hash, never by their platform id."""

import base64
import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from storage.errors import Unready
from storage.records import ConversationKey

_LONG_ENOUGH = 16  # characters of a client's message id that make it unlikely to be anybody else's
_WEB_ID = re.compile(r"[0-9a-f]{40}")


class PersonKeys:
    """Makes person keys and the ids of web conversations; the same key file gives the same ids."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def person(self, key: ConversationKey, sender: str) -> str:
        """The key under which a person's records are kept: 32 hexadecimal digits."""
        return self._digest("person", key.channel, key.account, sender)[:32]

    def new_web_conversation(self, first_message_id: str | None) -> str:
        """The id of a new web conversation, which nobody can guess or make up.

        Where the client gave its first message a long random id, the conversation follows from it: a client that never
        heard our answer repeats the message and finds the same conversation.
        """
        repeatable = first_message_id is not None and len(first_message_id) >= _LONG_ENOUGH
        secret = self._digest("web", first_message_id or "") if repeatable else secrets.token_hex(32)
        return f"{secret[:24]}{self._digest('web-tag', secret[:24])[:16]}"

    def is_web_conversation(self, conversation: str) -> bool:
        """Whether an id is one of ours."""
        if not _WEB_ID.fullmatch(conversation):
            return False
        return hmac.compare_digest(self._digest("web-tag", conversation[:24])[:16], conversation[24:])

    def reply(self, key: ConversationKey, sender: str, message_id: str, number: str) -> str:
        """The idempotency key of a reply to a message, 32 characters as WeCom wants at most.

        It follows from the platform's own names of the message, not from a row's number: after a backup was put back,
        row numbers come again, and the platform would take a new answer for one that it has.
        """
        return self._digest("reply", key.channel, key.account, key.chat, sender, message_id, number)[:32]

    def derived(self, *parts: str) -> str:
        """An idempotency key that follows from `parts`: 32 characters, as `reply`."""
        return self._digest("derived", *parts)[:32]

    def _digest(self, *parts: str) -> str:
        return hmac.new(self._key, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


class BureauSeal:
    """Seals personal data with a key that follows from the bureau's own (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, key: bytes) -> None:
        self._hash_key = hmac.new(key, b"hash", hashlib.sha256).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(hmac.new(key, b"seal", hashlib.sha256).digest()))

    def seal(self, text: str) -> str:
        """See `handlers.personal.Seal`."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str | None) -> str:
        """See `handlers.personal.Seal`."""
        return "" if sealed is None else self.open_bytes(sealed.encode()).decode()

    def seal_bytes(self, data: bytes) -> bytes:
        """See `handlers.personal.Seal`."""
        return self._fernet.encrypt(data)

    def open_bytes(self, sealed: bytes) -> bytes:
        """See `handlers.personal.Seal`."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise ValueError("sealed with another key, or damaged: put back the right privacy.key") from error

    def hash(self, kind: str, value: str) -> str:
        """See `handlers.personal.Seal`."""
        return hmac.new(self._hash_key, f"{kind}\x1f{value}".encode(), hashlib.sha256).hexdigest()


def read_key(setting: str, data_dir: Path) -> bytes:
    """The key from the settings, else from its file beside the database, which the first start makes (mode 600).

    Raises:
        Unready: the file is empty; with an empty key everybody could compute who a record is about.
    """
    if setting:
        return setting.encode()
    file = data_dir / "privacy.key"
    if not file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        partial = data_dir / f".privacy.{secrets.token_hex(8)}"  # containers that share the folder share process ids
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as target:
            target.write(secrets.token_urlsafe(48))
        try:
            os.link(partial, file)  # fails where another process was first: its key counts
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    key = file.read_text("ascii").strip().encode()
    if not key:
        raise Unready(f"{file} is empty: put back its backup, or delete it to begin with a new key")
    return key
