"""Ranking topics for a question: rankers are added up after their scores are made comparable."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rapidfuzz import fuzz, process

from knowledge.index import Index


class Ranker(Protocol):
    """Scores every topic for a question. A sentence encoder joins the lexical ranker through this seam."""

    def score(self, text: str) -> Sequence[float]:
        """One score for each topic, in the topics' order; higher is nearer. `text` is in its compared form."""
        ...


@dataclass(frozen=True, slots=True)
class Ranked:
    """The topics nearest to a question, best first: numbers, scores, and what a perfect document would get."""

    order: tuple[int, ...]
    scores: tuple[float, ...]
    attainable: float

    def among(self, wanted: Callable[[int], bool]) -> "Ranked":
        """The same ranking with only the topics that `wanted` keeps."""
        kept = [(number, score) for number, score in zip(self.order, self.scores, strict=True) if wanted(number)]
        return Ranked(tuple(number for number, _ in kept), tuple(score for _, score in kept), self.attainable)

    @property
    def coverage(self) -> float:
        """The best topic's share of what a perfect document would score (0..1)."""
        return self.scores[0] / self.attainable if self.scores and self.attainable else 0.0

    @property
    def margin(self) -> float:
        """How far the best topic is ahead of the next, as a share of its own score (0..1)."""
        if not self.scores or self.scores[0] <= 0:
            return 0.0
        return 1.0 - (self.scores[1] / self.scores[0] if len(self.scores) > 1 else 0.0)


class TopicRanker:
    """The lexical ranker with the rankers that stand beside it, each with its weight."""

    def __init__(
        self,
        documents: Sequence[Sequence[str]],
        beside: Sequence[tuple[Ranker, float]] = (),
        *,
        candidates: int = 16,
    ) -> None:
        """`documents` are each topic's sentences in their compared form; `candidates` how many topics come back."""
        self._documents = documents
        self._index = Index(documents)
        self._beside = tuple(beside)
        self._candidates = candidates

    def rank(self, text: str) -> Ranked:
        """Rank all topics for `text` (in its compared form); the best come back."""
        lexical = self._index.score(text)
        values = self._fused(text, lexical.values)
        order = sorted(range(len(values)), key=values.__getitem__, reverse=True)[: self._candidates]
        return Ranked(tuple(order), tuple(lexical.values[number] for number in order), lexical.attainable)

    def likeness(self, text: str, topic: int) -> float:
        """The ratio (0..1) of `text` to the nearest sentence of a topic. `ratio`, not `WRatio`, which splits at
        spaces that Chinese does not have.
        """
        return nearest(text, self._documents[topic])[1]

    def _fused(self, text: str, lexical: list[float]) -> list[float]:
        if not self._beside:
            return lexical
        total = _standardised(lexical)
        for ranker, weight in self._beside:
            for number, value in enumerate(_standardised(ranker.score(text))):
                total[number] += weight * value
        return total


def nearest(text: str, sentences: Sequence[str]) -> tuple[int, float]:
    """The number of the sentence most like `text`, and the ratio (0..1); (-1, 0) where there is none."""
    if not sentences:
        return -1, 0.0
    found = process.extractOne(text, sentences, scorer=fuzz.ratio)
    return int(found[2]), float(found[1]) / 100


def _standardised(values: Sequence[float]) -> list[float]:
    mean = sum(values) / len(values)
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values)) or 1.0
    return [(value - mean) / spread for value in values]
