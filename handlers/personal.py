"""Personal data: sealed where it is kept, hashed where it is only compared."""

from typing import Protocol


class Seal(Protocol):
    """The bureau's own key at work; made in `bot.privacy`."""

    def seal(self, text: str) -> str:
        """`text`, readable only with the bureau's key. The same text gives another seal each time."""
        ...

    def open(self, sealed: str | None) -> str:
        """What was sealed; "" for None.

        Raises:
            ValueError: it was sealed with another key, or damaged.
        """
        ...

    def seal_bytes(self, data: bytes) -> bytes:
        """A file's bytes, sealed."""
        ...

    def open_bytes(self, sealed: bytes) -> bytes:
        """A file's bytes again.

        Raises:
            ValueError: as `open`.
        """
        ...

    def hash(self, kind: str, value: str) -> str:
        """A keyed hash, 64 hexadecimal digits, of a normalised value; `kind` is "phone" or "name"."""
        ...
