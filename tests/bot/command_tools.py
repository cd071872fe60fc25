"""The command line as an operator uses it: a folder, a process, an exit code."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from storage.database import Database


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

    def fawen(self, *arguments: str, stdin: str = "", code: int = 0, **environment: str) -> Told:
        """Run a command, which must end with `code`."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("FAWEN")}
        clean |= {"PYTHONUTF8": "1", "COLUMNS": "200", "TERM": "dumb", **environment}
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.path,
            env=clean,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
        told = Told(done.returncode, done.stdout, done.stderr)
        assert told.code == code, told
        return told

    def database(self) -> Database:
        """The database that the commands of this folder use."""
        return Database(f"sqlite:///{self.path / 'data' / 'fawen.db'}")
