"""What the bot would have answered, as a member of staff is offered it."""

from typing import Any

from handlers.county import County
from handlers.desk.suggest import MOST, suggestions
from storage.records import ConsultationRow
from tests.running import matcher
from tests.storage_tools import NOW

WAGES, SITE = "labor.unpaid-wages-general", "labor.unpaid-wages-construction"
KNOWLEDGE = matcher().knowledge
COUNTY = County("酉阳县", "法问", "YY")


def record(topic: str = "", *candidates: tuple[str, float]) -> ConsultationRow:
    values: dict[str, Any] = {"topic": topic, "candidates": [{"id": key, "score": score} for key, score in candidates]}
    return ConsultationRow(1, "ZX-1", NOW, "", "", values)


def test_the_topic_of_the_newest_record_comes_first_then_the_nearest_each_once() -> None:
    found = suggestions([record(SITE, (WAGES, 0.2), (SITE, 0.9)), record("", (WAGES, 0.4))], KNOWLEDGE, COUNTY)
    assert [one.topic for one in found] == [SITE, WAGES]
    assert found[0].title == KNOWLEDGE.entries[SITE].question


def test_by_their_score_and_not_more_than_fit() -> None:
    topics = [key for key in KNOWLEDGE.entries if key.startswith("labor.")][: MOST + 3]
    ranked = [(key, number / 10) for number, key in enumerate(topics)]
    found = suggestions([record("", *ranked)], KNOWLEDGE, COUNTY)
    assert [one.topic for one in found] == list(reversed(topics))[:MOST]


def test_the_text_is_the_answer_with_its_law_and_without_who_speaks() -> None:
    (one,) = suggestions([record(WAGES)], KNOWLEDGE, COUNTY)
    assert KNOWLEDGE.entries[WAGES].conclusion in one.text
    assert "依据：\n《劳动合同法》第30条、第85条" in one.text
    assert "智能助手" not in one.text
    assert "【要带的】" in one.more


def test_small_talk_and_what_is_not_there_any_more_are_left_out_and_an_outline_has_no_text() -> None:
    outline = next(iter(KNOWLEDGE.outlines))
    small = next(key for key, entry in KNOWLEDGE.entries.items() if entry.is_small_talk)
    found = suggestions([record("", (small, 0.9), ("gone.topic", 0.8), (outline, 0.7))], KNOWLEDGE, COUNTY)
    assert [(one.topic, one.text) for one in found] == [(outline, "")]
