"""BM25 over one document per topic, character uni- and bigrams.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009). One document per topic beats
one per sentence for colloquial Chinese, and k1 1.2, b 0.5 with the query's counts capped at 2 were found best by
measurement on this task.
"""

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import add

K1 = 1.2
B = 0.5
QUERY_CAP = 2


@dataclass(frozen=True, slots=True)
class Scores:
    """A query's score for every document; `attainable` is what a document with all the query's grams would get."""

    values: list[float]
    attainable: float

    def best(self, count: int) -> list[int]:
        """The `count` best documents, best first; equal scores in the order of the documents."""
        order = sorted(range(len(self.values)), key=lambda number: (-self.values[number], number))
        return order[:count]


def grams(text: str) -> Counter[str]:
    """Counts of single characters and of neighbouring pairs."""
    counts: Counter[str] = Counter()
    _count(text, counts)
    return counts


class Index:
    """An inverted index that is built once and then only read."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        """`documents` holds the sentences of each topic, in their compared form. Pairs do not span sentences."""
        self.size = len(documents)
        lengths: list[int] = []
        # For each gram: number of the document, count there, number of the next, ... Two hundred thousand pairs of
        # objects would keep the garbage collector busy for longer than the counting takes.
        found: dict[str, array[int]] = {}
        for number, sentences in enumerate(documents):
            counts: Counter[str] = Counter()
            for sentence in sentences:
                _count(sentence, counts)
            lengths.append(counts.total())
            for gram, count in counts.items():
                places = found.get(gram)
                if places is None:
                    places = found[gram] = array("i")
                places.extend((number, count))
        average = sum(lengths) / max(1, len(lengths)) or 1.0
        norms = [K1 * (1 - B + B * length / average) for length in lengths]
        self._postings = {gram: self._posting(places, norms) for gram, places in found.items()}
        self._unseen = self._idf(0)

    def _idf(self, having: int) -> float:
        """What a gram is worth that so many documents have."""
        return math.log(1 + (self.size - having + 0.5) / (having + 0.5))

    def _posting(self, places: "array[int]", norms: Sequence[float]) -> "tuple[float, array[int], array[float]]":
        numbers, counts = places[::2], places[1::2]
        idf = self._idf(len(numbers))
        weights = (
            idf * count * (K1 + 1) / (count + norms[number]) for number, count in zip(numbers, counts, strict=True)
        )
        return idf, numbers, array("d", weights)

    def score(self, text: str) -> Scores:
        """Score every document for `text` (in its compared form)."""
        values = [0.0] * self.size
        attainable = 0.0
        for gram, count in grams(text).items():
            weight = min(count, QUERY_CAP)
            posting = self._postings.get(gram)
            if posting is None:
                attainable += weight * self._unseen * (K1 + 1)
                continue
            idf, numbers, shares = posting
            attainable += weight * idf * (K1 + 1)
            for number, share in zip(numbers, shares, strict=True):
                values[number] += weight * share
        return Scores(values, attainable)


def _count(text: str, counts: Counter[str]) -> None:
    counts.update(text)
    counts.update(map(add, text, text[1:]))
