"""`python -m tests.benchmarks [NAME …]`: the figures of the project, measured here and now.

The data lies in a temporary folder: set TMPDIR where /tmp is memory, which never waits for a disk.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import callbacks, commits, desk, matching, queue, start, web
from tests.benchmarks.figures import Figure, table
from tests.benchmarks.processes import fawen


def _callback(folder: Path) -> list[Figure]:
    with callbacks.platform(folder) as corp:
        # By twos, each pair alone on the machine: a third program, idle or not, takes from one of them.
        alone, beside = folder / "alone", folder / "beside"
        for part in (alone, beside):
            part.mkdir()
        figures = callbacks.throughput(alone, corp, rounds=9, parts=("bare", "accept"))
        figures += callbacks.throughput(beside, corp, rounds=3, parts=("nothing", "bare", "working"))
        whole = folder / "whole"
        whole.mkdir()
        with fawen(whole, corp.settings()) as bot:
            return [*figures, *callbacks.latency(bot, whole, corp)]


def _web(folder: Path) -> list[Figure]:
    with fawen(folder) as bot:
        return web.latency(bot, folder)


def _start(folder: Path) -> list[Figure]:
    figures = start.seconds(folder)
    with fawen(folder) as bot:
        return [*figures, *start.memory(bot)]


def _queue(folder: Path) -> list[Figure]:
    queue.fill(folder)
    with fawen(folder) as bot:
        return queue.latency(bot)


BENCHMARKS: dict[str, tuple[str, Callable[[Path], list[Figure]]]] = {
    "callback": ("A WeCom callback accepted durably", _callback),
    "commit": ("Group commit on SQLite, synchronous=FULL", commits.measure),
    "web": ("POST /api/v1/messages to a cited answer", _web),
    "match": ("Lexical match", lambda _: matching.measure()),
    "claim": ("Fifty claims at once for one conversation", desk.racing),
    "queue": ("The console's queue page while ten thousand wait", _queue),
    "start": ("Start and memory of `fawen run`", _start),
}


def main() -> int:
    """Run the benchmarks named, or all; 1 where a figure misses what is wanted."""
    names = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}\n")
        return 2
    good = True
    for name in names:
        title, measure = BENCHMARKS[name]
        with tempfile.TemporaryDirectory(prefix="fawen-benchmark-") as folder:
            figures = measure(Path(folder))
        good = good and all(figure.good is not False for figure in figures)
        sys.stdout.write(table(f"{name}: {title}", figures) + "\n")
        sys.stdout.flush()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
