"""What a record keeps of a text holds nobody's numbers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.mask import mask, summary

WORDS = st.text(st.characters(blacklist_categories=("Nd", "Cs")), max_size=20).filter(lambda text: "@" not in text)
DIGITS = "0123456789"


def number(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True, alphabet=DIGITS + "X")


IDENTITY = number(r"[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-3][0-9][0-9]{3}[0-9X]")
MOBILE = number(r"1[3-9][0-9]{9}")
CARD = number(r"[3-6][0-9]{15,18}")


@given(WORDS, st.one_of(IDENTITY, MOBILE, CARD), WORDS)
def test_no_identity_mobile_or_card_number_survives(before: str, secret: str, after: str) -> None:
    shown = mask(f"{before}{secret}{after}")
    assert secret not in shown
    assert not re.search(r"\d{9}", shown)


@given(st.lists(st.one_of(IDENTITY, MOBILE, CARD), min_size=2, max_size=4), st.sampled_from(("，", " ", "和", "")))
def test_several_numbers_in_a_row_are_all_masked(secrets: list[str], between: str) -> None:
    shown = mask(between.join(secrets))
    assert not any(secret in shown for secret in secrets)


@given(WORDS)
def test_text_without_numbers_is_unchanged(text: str) -> None:
    assert mask(text) == text


@given(st.text(max_size=60))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("我身份证500242199001011234", "我身份证500242********1234"),
        ("50024219900101123x的", "500242********123x的"),
        ("500242 19900101 1234", "500242********1234"),
        ("打13812345678找我", "打138****5678找我"),
        ("138-1234-5678", "138****5678"),
        ("+8613812345678", "+86138****5678"),
        ("+86 138 1234 5678", "+86 138****5678"),
        ("座机023-75551234", "座机023-****234"),
        ("卡号6222021234567890123", "卡号6222********0123"),
        ("6222 0212 3456 7890 123", "6222********7890"),
        ("a.b@qq.com", "***@***"),
        ("老身份证500242900101123", "老身份证5002********1123"),
    ],
)
def test_numbers_as_people_write_them(text: str, shown: str) -> None:
    assert mask(text) == shown


@pytest.mark.parametrize("text", ["欠我30000元", "打12348", "2024年3月1日到2026-03-04", "（2024）渝0242民初12号"])
def test_amounts_dates_and_hotlines_stay(text: str) -> None:
    assert mask(text) == text


@given(st.text(max_size=500), st.integers(1, 300))
def test_a_summary_is_one_line_of_bounded_length(text: str, longest: int) -> None:
    shown = summary(text, longest)
    assert len(shown) <= longest
    assert len(shown.splitlines()) <= 1


def test_a_number_at_the_end_of_a_summary_is_masked_before_it_is_cut() -> None:
    assert summary("欠" * 190 + "13812345678").endswith("138****56…")
