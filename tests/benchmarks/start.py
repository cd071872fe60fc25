"""How soon `fawen run` is ready, and how much memory it keeps."""

from pathlib import Path
from statistics import median

from tests.benchmarks.client import as_fast_as_possible, run
from tests.benchmarks.figures import Figure, at_most
from tests.benchmarks.processes import Served, seconds_to_ready
from tests.benchmarks.questions import answered
from tests.benchmarks.web import ask


def seconds(folder: Path, *, starts: int = 5) -> list[Figure]:
    """From the command to /readyz, in a folder where it has run before."""
    first, _ = seconds_to_ready(folder)
    later = [seconds_to_ready(folder)[0] for _ in range(starts)]
    return [
        Figure("first start, with an empty folder", first, "s"),
        at_most("start to /readyz", median(later), 3, "s", note=f"{min(later):.2f} to {max(later):.2f}"),
    ]


def memory(bot: Served, *, questions: int = 2000) -> list[Figure]:
    """Resident memory of a service that was just started, and after many questions."""
    before = bot.resident
    texts = answered(200)
    load = run(as_fast_as_possible(bot.port, [ask(texts[n % len(texts)]) for n in range(questions)], 8)).only(200)
    return [
        at_most("resident after the start", before, 200, "MB"),
        at_most(f"resident after {questions} questions", bot.resident, 200, "MB", note=f"{load.rate:.0f}/s"),
    ]
