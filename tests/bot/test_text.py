"""Cutting text for a platform: nothing lost, nothing too long, no character broken."""

import re
from collections.abc import Callable
from itertools import accumulate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.fit import fit
from bot.text import cut, storable, utf8, utf16
from handlers.answer import MORE
from handlers.message import Button, Reply

Length = Callable[[str], int]
_FAMILY = "👨\u200d👩\u200d👧"
_SEEN_AS_ONE = ("e\u0301", "\u0301", "👍🏽", _FAMILY, "🇨🇳", "1\ufe0f\u20e3", "𠮷", "\u200d")
_PIECES = st.sampled_from([*"工资a \n。！？；", *_SEEN_AS_ONE]) | st.characters(codec="utf-8")
_TEXTS = st.lists(_PIECES, min_size=10, max_size=90).map("".join)
_LENGTHS = st.sampled_from([utf8, utf16])
# What is seen as one character: a flag or any code point, with the marks and joined characters that follow.
_CHARACTER = re.compile(r"(?:[🇦-🇿]{2}|.)(?:[\u0300-\u036f\ufe0f\u20e3🏻-🏿]|\u200d+.?)*", re.DOTALL)


def _visible(text: str) -> str:
    return "".join(text.split())


@given(_TEXTS, st.integers(60, 120), _LENGTHS)
@example("。\u0301" * 60, 60, utf8)
@example("\u0301" * 200, 60, utf8)
@example(" " * 200 + "工资" * 40, 60, utf8)
@example("工资。" * 30 + " \u0301", 60, utf16)
def test_cut_loses_nothing_that_can_be_seen_and_keeps_the_limit(text: str, limit: int, length: Length) -> None:
    head, rest = cut(text, limit, length)
    assert _visible(head + rest) == _visible(text)
    assert length(head) <= limit
    assert head or not rest, "an empty message cannot be sent, and 更多 would never come to an end"


@given(_TEXTS, st.integers(60, 120), _LENGTHS)
@example("工" * 14 + "。\u0301" * 60, 60, utf8)
@example("工" * 19 + "。\u200d" + "资" * 30, 60, utf8)
@example("工" * 18 + "🇨🇳" * 30, 60, utf8)
@example("工" * 18 + _FAMILY * 30, 60, utf8)
def test_cut_never_parts_what_is_seen_as_one_character(text: str, limit: int, length: Length) -> None:
    characters = _CHARACTER.findall(text.strip())
    if any(length(character) > limit for character in characters):
        return  # a tower of marks higher than a message has to be broken somewhere
    head, rest = cut(text, limit, length)
    assert not rest or len(head) in accumulate(map(len, characters))


@pytest.mark.parametrize(
    ("text", "limit", "head", "rest"),
    [
        ("工资。", 9, "工资。", ""),
        ("先投诉。再仲裁。最后起诉", 27, "先投诉。再仲裁。", "最后起诉"),
        ("先投诉\n再仲裁起诉", 18, "先投诉", "再仲裁起诉"),
        ("好。" + "长" * 20, 33, "好。" + "长" * 9, "长" * 11),  # the sentence ends too early to be worth a cut
        ("长" * 5, 7, "长长", "长长长"),
        ("ab  cd", 3, "ab", "cd"),
    ],
)
def test_cut_falls_after_a_sentence_where_it_can(text: str, limit: int, head: str, rest: str) -> None:
    assert cut(text, limit) == (head, rest)


def test_lengths_are_those_of_the_platforms() -> None:
    assert (utf8("工a👍"), utf16("工a👍")) == (3 + 1 + 4, 1 + 1 + 2)


def test_what_does_not_fit_waits_for_more_before_what_waited_already() -> None:
    reply = fit(Reply("一句话。" * 20, buttons=(Button("转人工", "human"),), more="材料：身份证"), 120)
    assert utf8(reply.text) <= 120
    assert reply.buttons == (MORE, Button("转人工", "human"))
    rest, _, waited = reply.more.rpartition("\n")
    assert reply.text + rest == "一句话。" * 20
    assert waited == "材料：身份证"


def test_more_is_offered_once() -> None:
    reply = fit(Reply("一句话。" * 20, buttons=(MORE, Button("转人工", "human"))), 120)
    assert reply.buttons.count(MORE) == 1


def test_a_reply_that_fits_stays_as_it_is() -> None:
    reply = Reply("一句话。", more="材料：身份证")
    assert fit(reply, 120) is reply


@given(st.text(st.characters()))
def test_storable_text_goes_into_every_database_and_loses_only_what_cannot(text: str) -> None:
    kept = storable(text)
    assert "\x00" not in kept.encode("utf-8").decode("utf-8")
    if all(character != "\x00" and not "\ud800" <= character <= "\udfff" for character in text):
        assert kept == text
