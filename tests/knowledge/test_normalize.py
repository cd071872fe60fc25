"""One spelling for one meaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.load import load
from knowledge.normalize import LONGEST, Lexicon, clean, plain


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("老闆拖欠薪資，怎麼辦？", "老板拖欠薪资怎么办"),
        ("ＡＢＣ１２３", "abc123"),
        ("工\u200b伤\ufeff", "工伤"),
        ("\u202e工伤\u202c", "工伤"),
        ("救命啊啊啊啊啊！！！", "救命啊啊"),
        ("　 \t\n", ""),
        ("。。。？？", ""),
        ("①②③", "123"),
        ("", ""),
    ],
)
def test_what_looks_alike_compares_alike(written: str, compared: str) -> None:
    assert plain(written) == compared


@given(st.text(max_size=300))
def test_comparing_twice_changes_nothing_more(text: str) -> None:
    once = plain(text)
    assert plain(once) == once


@given(st.text())
def test_cleaned_text_has_no_control_characters(text: str) -> None:
    assert all(char == " " or char.isprintable() for char in clean(text))


def test_a_very_long_text_is_read_only_so_far() -> None:
    assert len(plain("欠薪" * 20_000)) <= LONGEST


def test_the_longest_word_of_the_lexicon_wins() -> None:
    lexicon = Lexicon([("工钱", "工资"), ("加工钱", "加工钱"), ("咋个", "怎么")])
    assert lexicon.apply("咋个要工钱") == "怎么要工资"
    assert lexicon.apply("加工钱") == "加工钱"


def test_an_empty_lexicon_changes_nothing() -> None:
    assert Lexicon([]).apply("工钱") == "工钱"


@pytest.mark.parametrize(
    ("said", "meant"), [("老板差我工钱咋个整", "工资"), ("申请法律元助", "法律援助"), ("莫得合同", "没有合同")]
)
def test_dialect_and_voice_errors_become_the_usual_word(said: str, meant: str) -> None:
    assert meant in Lexicon(load().lexicon).apply(plain(said))
