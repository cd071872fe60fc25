"""BM25 against its definition, computed the slow way."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.index import K1, B, Index, grams
from knowledge.rank import TopicRanker

WORDS = st.text(alphabet="工伤欠薪离婚", min_size=1, max_size=8)


def _bm25(documents: list[list[str]], query: str, number: int) -> float:
    counted = [sum((grams(s) for s in sentences), Counter[str]()) for sentences in documents]
    average = sum(sum(c.values()) for c in counted) / len(counted)
    total = 0.0
    for gram, times in grams(query).items():
        having = sum(1 for c in counted if gram in c)
        count = counted[number][gram]
        if not count:
            continue
        idf = math.log(1 + (len(documents) - having + 0.5) / (having + 0.5))
        norm = K1 * (1 - B + B * sum(counted[number].values()) / average)
        total += min(times, 2) * idf * count * (K1 + 1) / (count + norm)
    return total


@given(st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=4), WORDS)
def test_the_index_scores_as_defined(documents: list[list[str]], query: str) -> None:
    scores = Index(documents).score(query)
    for number in range(len(documents)):
        assert scores.values[number] == pytest.approx(_bm25(documents, query, number))
    assert max(scores.values) <= scores.attainable + 1e-9


def test_pairs_do_not_span_sentences() -> None:
    assert Index([["工", "伤"]]).score("工伤").values[0] < Index([["工伤"]]).score("工伤").values[0]


def test_a_ranker_beside_the_lexical_one_can_change_the_order() -> None:
    class Second:
        def score(self, _: str) -> list[float]:
            return [0.0, 5.0]

    documents = [["拖欠工资"], ["离婚财产"]]
    assert TopicRanker(documents).rank("拖欠工资").order[0] == 0
    assert TopicRanker(documents, [(Second(), 3.0)]).rank("拖欠工资").order[0] == 1
