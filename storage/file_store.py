"""Files outside the database, each under its name, readable by the service's user only; what is in them is sealed."""

import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """A folder of files whose names are hashes. Writing the same name twice is harmless."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, sealed: bytes) -> None:
        """Keep a file. After this it is whole on the disk, or not there at all.

        Raises:
            OSError: the disk is full, or the folder cannot be written.
        """
        target = self._path(name)
        if target.exists():
            target.touch()  # whoever sweeps leaves alone what was just wanted again
            return
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = target.with_name(f".{secrets.token_hex(8)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError:
            partial.unlink(missing_ok=True)
            raise

    def read(self, name: str) -> bytes:
        """A file's sealed bytes.

        Raises:
            FileNotFoundError: it is not there any more.
        """
        return self._path(name).read_bytes()

    def delete(self, name: str, written_before: datetime) -> bool:
        """Remove a file unless it was wanted again since; whether it is gone."""
        path = self._path(name)
        try:
            if _written(path) >= written_before:
                return False
            path.unlink()
        except FileNotFoundError:
            pass
        return True

    def names_older_than(self, before: datetime) -> Iterator[str]:
        """The names of files that were written before that moment."""
        if not self._folder.is_dir():
            return
        for path in self._folder.glob("*/*"):
            if _NAME.fullmatch(path.name) and _written(path) < before:
                yield path.name

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a stored file")
        return self._folder / name[:2] / name


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
