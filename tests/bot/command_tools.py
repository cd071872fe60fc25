"""The command line as an operator uses it: a folder, a process, an exit code."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from storage.database import Database

# Many commands in one process: starting Python and reading the imports takes longer than any of them.
_SESSION = """
import contextlib, io, json, sys
from bot.cli import main

told = []
for arguments, stdin in json.load(sys.stdin):
    out, err, code = io.StringIO(), io.StringIO(), 0
    sys.argv, sys.stdin = ["fawen", *arguments], io.StringIO(stdin)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    told.append((code, out.getvalue(), err.getvalue()))
print(json.dumps(told))
"""


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
        told = self._run("-m", "bot", *arguments, stdin="", environment=environment)
        assert told.code == code, told
        return told

    def session(self, *commands: str, stdin: str = "") -> list[Told]:
        """Run commands one after the other; words are parted by spaces, and `stdin` is what each reads."""
        asked = json.dumps([(command.split(), stdin) for command in commands])
        told = self._run("-c", _SESSION, stdin=asked, environment={})
        assert told.code == 0, told
        return [Told(*one) for one in json.loads(told.out)]

    def _run(self, *arguments: str, stdin: str, environment: dict[str, str]) -> Told:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("FAWEN")}
        clean |= {"PYTHONUTF8": "1", "COLUMNS": "400", "TERM": "dumb", **environment}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.path,
            env=clean,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=100,
        )
        return Told(done.returncode, done.stdout, done.stderr)

    def database(self) -> Database:
        """The database that the commands of this folder use."""
        return Database(f"sqlite:///{self.path / 'data' / 'fawen.db'}")
