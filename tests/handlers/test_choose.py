"""Choosing by number and by words, and what is offered after "not my case"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.choose import NONE_OF_THESE, as_choice
from handlers.dialog import Dialog
from handlers.message import Button, Kind
from tests.handlers.tools import respond, turn

OPTIONS = (Button("老板打了工资欠条", "topic:a.b"), Button("包工头不给钱？", "topic:c.d"), NONE_OF_THESE)


def payload(text: str, options: tuple[Button, ...] = OPTIONS) -> str:
    return as_choice(turn(text).message, options).payload


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1", "topic:a.b"),
        ("２", "topic:c.d"),
        ("②", "topic:c.d"),
        ("二", "topic:c.d"),
        ("第一个", "topic:a.b"),
        ("选2", "topic:c.d"),
        ("我选第2个吧", "topic:c.d"),
        ("2号", "topic:c.d"),
        (" 2。", "topic:c.d"),
        ("3", "none"),
        ("都不是", "none"),
        ("都不是！", "none"),
        ("老板打了工资欠条", "topic:a.b"),
        ("老闆打了工資欠條。", "topic:a.b"),
        ("包工头不给钱", "topic:c.d"),
        ("4", ""),
        ("0", ""),
        ("10", ""),
        ("2026", ""),
        ("2个月没发工资", ""),
        ("一直不给", ""),
        ("老板打了", ""),
        ("", ""),
    ],
)
def test_a_number_or_the_words_stand_for_the_tap(text: str, meant: str) -> None:
    assert payload(text) == meant


@pytest.mark.parametrize("text", ["1", "第一个", "一"])
def test_a_number_means_nothing_where_nothing_was_offered(text: str) -> None:
    assert payload(text, ()) == ""


@given(st.text(max_size=30), st.lists(st.sampled_from(OPTIONS), max_size=3).map(tuple))
def test_a_choice_is_always_one_that_was_offered(text: str, options: tuple[Button, ...]) -> None:
    assert payload(text, options) in {"", NONE_OF_THESE.payload, *(option.payload for option in options)}


@pytest.mark.parametrize("text", ["4", "0", "99", "第九个", "十"])
def test_a_number_too_high_shows_the_choices_once_more(text: str) -> None:
    outcome = respond(turn(text, Dialog(options=OPTIONS, asked="工资")))
    assert outcome.replies[0].buttons == OPTIONS
    assert "1 到 3" in outcome.replies[0].text
    assert outcome.dialog == Dialog(options=OPTIONS, asked="工资")


@pytest.mark.parametrize("said", ["有用", "没用", "不是我的情况"])
def test_what_is_said_of_an_answer_counts_however_it_is_said(said: str) -> None:
    about = Dialog(topic="labor.unpaid-wages-general", asked="老板不发工资")
    words = {"有用": "useful", "没用": "useless", "不是我的情况": "other"}
    typed = respond(turn(said, about))
    tapped = respond(turn(said, about, kind=Kind.BUTTON, payload=f"{words[said]}:labor.unpaid-wages-general"))
    assert typed.feedback == tapped.feedback
    assert typed.feedback is not None
    assert typed.consultation is None


def test_not_my_case_never_offers_what_was_denied_nor_an_emergency() -> None:
    dialog, offered = Dialog(topic="labor.unpaid-wages-general", asked="老板拖欠工资三个月不给，怎么办"), set[str]()
    for _ in range(3):
        outcome = respond(turn("", dialog, kind=Kind.BUTTON, payload=f"other:{dialog.topic}"))
        topics = [
            b.payload.removeprefix("topic:") for b in outcome.replies[0].buttons if b.payload.startswith("topic:")
        ]
        assert topics
        assert dialog.topic not in topics
        assert not offered & set(topics)
        assert not any(topic.startswith("urgent.") for topic in topics)
        offered.add(dialog.topic)
        chosen = next(topic for topic in topics if topic in turn("").office.knowledge.entries)
        dialog = Dialog(topic=chosen, asked=dialog.asked, denied=outcome.dialog.denied)


@given(st.text(max_size=80))
def test_a_strange_tap_never_fails(payload: str) -> None:
    assert respond(turn("", kind=Kind.BUTTON, payload=payload or "x")).replies
