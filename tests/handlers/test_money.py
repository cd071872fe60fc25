"""Amounts as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.money import MOST_FEN, fen_of, yuan


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("35000", "35000"),
        ("35,000.5", "35000.5"),
        ("３５０００元", "35000"),
        ("3.5万", "35000"),
        ("3万5", "35000"),
        ("3万5千", "35000"),
        ("3万5000", "35000"),
        ("3千5", "3500"),
        ("2w", "20000"),
        ("1.2亿", "120000000"),
        ("50块", "50"),
        ("大概三万左右", "30000"),
        ("三万五", "35000"),
        ("三万零五", "30005"),
        ("三点五万", "35000"),
        ("一万半", "15000"),
        ("半万", "5000"),
        ("两万三千五百元", "23500"),
        ("十万八", "108000"),
        ("一千二", "1200"),
        ("一千零五十", "1050"),
        ("一百五", "150"),
        ("一百零五", "105"),
        ("十五块", "15"),
        ("壹万贰仟元整", "12000"),
        ("欠我八千六", "8600"),
        ("三块五毛", "3.5"),
        ("九十九万九千九百九十九", "999999"),
    ],
)
def test_an_amount(said: str, amount: str) -> None:
    fen = fen_of(said)
    assert fen is not None
    assert yuan(fen) == amount


@pytest.mark.parametrize(
    "said", ["", "不晓得", "万把", "两三万", "-5", "三万五万", "百千", "12345678901234567890", "3.5.5", "零点"]
)
def test_no_amount(said: str) -> None:
    assert fen_of(said) is None


@given(st.integers(0, MOST_FEN))
def test_what_is_shown_is_read_again(fen: int) -> None:
    assert fen_of(yuan(fen)) == fen
    assert fen_of(f"{yuan(fen)} 元") == fen


_DIGITS = "零一二三四五六七八九"


def _written(number: int) -> str:
    """The full reading of a number below ten thousand, as in a bank."""
    units = ["千", "百", "十", ""]
    said, zero = "", False
    for digit, unit in zip(f"{number:04d}", units, strict=True):
        if digit == "0":
            zero = bool(said)
            continue
        said += ("零" if zero else "") + _DIGITS[int(digit)] + unit
        zero = False
    return said


@given(st.integers(1, 9999), st.integers(0, 9999))
def test_full_readings_in_chinese(thousands: int, rest: int) -> None:
    said = _written(thousands) + "万"
    if rest:
        said += ("零" if rest < 1000 else "") + _written(rest)
    assert fen_of(said) == (thousands * 10_000 + rest) * 100


@given(st.text(max_size=40))
def test_whatever_is_typed_ends_in_an_amount_or_in_none(said: str) -> None:
    fen = fen_of(said)
    assert fen is None or 0 <= fen <= MOST_FEN
