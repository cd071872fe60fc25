"""The command `fawen`, forked from a process that has read all imports: it starts in a tenth of the time.

It is `bot.cli.main` with its own arguments, folder, environment and streams; a signal meets it like any other process.
That the command starts as a program of its own is the affair of `tests.processes`.
"""

import io
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["bot.cli"])


class Forked:
    """`fawen` with these arguments, running. What it prints goes to files; `stdin` is what it may read."""

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        *,
        out: Path,
        errors: Path,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FAWEN")}
        given = (list(arguments), str(folder), str(out), str(errors), stdin, kept | dict(environment or {}))
        self._process = _context.Process(target=_become, args=given)
        self._process.start()

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit code, minus the signal that ended it, or None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        """Wait for its end; the exit code."""
        self._process.join(seconds)
        code = self._process.exitcode
        assert code is not None, f"still running after {seconds} s"
        return code


def _become(
    arguments: list[str], folder: str, out: str, errors: str, stdin: str, environment: Mapping[str, str]
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    streams = [open(path, "a", buffering=1, encoding="utf-8") for path in (out, errors)]  # noqa: PTH123, SIM115 - until the end
    for stream, number in zip(streams, (1, 2), strict=True):
        os.dup2(stream.fileno(), number)
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(stdin), *streams
    sys.argv = ["fawen", *arguments]
    from bot.cli import main  # noqa: PLC0415 - this module is read by tests that need none of it

    main()
