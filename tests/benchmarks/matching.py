"""The matcher's decision about one question, beside rapidfuzz's ratio over all known wordings."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rapidfuzz import fuzz, process

from knowledge.entry import Entry, Outline
from knowledge.normalize import plain
from tests.benchmarks.figures import Figure, at_most, quantile
from tests.running import matcher

QUESTIONS = Path(__file__).parents[3] / "shared" / "domain" / "questions_tuning.jsonl"
MOST = 2000


def questions() -> list[str]:
    """The labelled questions where they lie beside the project, else the knowledge's own wordings, slightly changed."""
    if QUESTIONS.is_file():
        return [json.loads(line)["text"] for line in QUESTIONS.read_text("utf-8").splitlines() if line.strip()]
    variants = [text for entry in matcher().knowledge.entries.values() for text in entry.variants]
    return [f"请问{text}" for text in variants[:MOST]]


def measure(*, rounds: int = 10, most: int = MOST) -> list[Figure]:
    """Both over the same questions by turns; every call counts."""
    texts = questions()[:most]
    knowledge = matcher().knowledge
    topics: list[Entry | Outline] = [*knowledge.entries.values(), *knowledge.outlines.values()]
    wordings = [plain(text) for topic in topics for text in topic.variants]
    ours = _Timed(matcher().match, texts)
    theirs = _Timed(lambda text: process.extractOne(plain(text), wordings, scorer=fuzz.ratio), texts)
    for _ in range(rounds):
        ours.round()
        theirs.round()
    note = f"{len(texts)} questions, {len(topics)} topics, {len(wordings)} wordings; {rounds} rounds"
    return [
        Figure("match: p50", ours.milliseconds(0.5), "ms", note=note),
        at_most("match: p99", ours.milliseconds(0.99), 2, "ms"),
        Figure("match: p99 of processor time", ours.milliseconds(0.99, processor=True), "ms"),
        Figure("ratio over all: p50", theirs.milliseconds(0.5), "ms"),
        Figure("ratio over all: p99", theirs.milliseconds(0.99), "ms"),
        Figure("ratio over all / match, p50", theirs.milliseconds(0.5) / ours.milliseconds(0.5), "x"),
    ]


class _Timed:
    """Calls with their times, on the wall and of the processor."""

    def __init__(self, call: Callable[[str], object], texts: Sequence[str]) -> None:
        self._call = call
        self._texts = texts
        self._wall: list[float] = []
        self._processor: list[float] = []
        call(texts[0])

    def round(self) -> None:
        for text in self._texts:
            wall, processor = time.perf_counter(), time.thread_time()
            self._call(text)
            self._wall.append(time.perf_counter() - wall)
            self._processor.append(time.thread_time() - processor)

    def milliseconds(self, share: float, *, processor: bool = False) -> float:
        return quantile(self._processor if processor else self._wall, share) * 1000
