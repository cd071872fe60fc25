"""The command line as an operator uses it: a folder, a process, an exit code."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.database import Database
from tests.forked import Forked


@dataclass(frozen=True)
class Told:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert "Traceback" not in self.err, self.err


@dataclass(frozen=True)
class Folder:
    """A folder in which commands run, with its `data` inside."""

    path: Path

    def fawen(self, *arguments: str, code: int = 0, **environment: str) -> Told:
        """Run a command as a process, which must end with `code`."""
        told = self._run(arguments, environment=environment)
        assert told.code == code, told
        return told

    def session(self, *commands: str, stdin: str = "") -> list[Told]:
        """Run commands one after the other; words are parted by spaces, and `stdin` is what each reads."""
        return [self._run(command.split(), stdin=stdin) for command in commands]

    def _run(self, arguments: Sequence[str], *, stdin: str = "", environment: Mapping[str, str] | None = None) -> Told:
        with tempfile.TemporaryDirectory() as place:
            out, errors = Path(place) / "out", Path(place) / "errors"
            plain = {"COLUMNS": "400", "TERM": "dumb", **(environment or {})}
            forked = Forked(arguments, self.path, out=out, errors=errors, stdin=stdin, environment=plain)
            code = forked.wait(100)
            return Told(code, out.read_text("utf-8"), errors.read_text("utf-8"))

    def database(self) -> Database:
        """The database that the commands of this folder use."""
        return Database(f"sqlite:///{self.path / 'data' / 'fawen.db'}")
