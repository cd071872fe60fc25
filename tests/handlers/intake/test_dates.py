"""Days and months as people say them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.intake.dates import day_or_month, first_day, shown

TODAY = date(2026, 3, 4)  # a Wednesday
HAN = "零一二三四五六七八九"


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("2026-03-04", "2026-03-04"),
        ("2026年2月28日", "2026-02-28"),
        ("2026/2/8", "2026-02-08"),
        ("20260301", "2026-03-01"),
        ("25年11月", "2025-11"),
        ("二〇二五年三月五日", "2025-03-05"),
        ("今年三月", "2026-03"),
        ("去年十月", "2025-10"),
        ("大概是去年12月5号左右", "2025-12-05"),
        ("前年八月底", "2024-08-28"),
        ("昨天下午", "2026-03-03"),
        ("前天", "2026-03-02"),
        ("上个月", "2026-02"),
        ("上月15号", "2026-02-15"),
        ("上周三", "2026-02-25"),
        ("周一", "2026-03-02"),
        ("星期天", "2026-03-01"),
        ("上个礼拜五", "2026-02-27"),
        ("三天前", "2026-03-01"),
        ("半个月前", "2026-03"),
        ("两个月前", "2026-01"),
        ("半年前", "2025-09"),
        ("3.1", "2026-03-01"),
        ("三月一号", "2026-03-01"),
        ("12月", "2025-12"),
        ("十二月二十号", "2025-12-20"),
        ("2024年2月29日", "2024-02-29"),
    ],
)
def test_in_the_past(said: str, value: str) -> None:
    assert day_or_month(said, TODAY) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("明天", "2026-03-05"),
        ("后天上午", "2026-03-06"),
        ("下周三", "2026-03-11"),
        ("周五", "2026-03-06"),
        ("周二", "2026-03-10"),
        ("3月20号", "2026-03-20"),
        ("2月1号", "2027-02-01"),
        ("3天后", "2026-03-07"),
        ("下个月5号", "2026-04-05"),
    ],
)
def test_to_come(said: str, value: str) -> None:
    assert day_or_month(said, TODAY, future=True) == value


@pytest.mark.parametrize(
    "said", ["", "不晓得", "5", "明天", "2028年1月", "2月30日", "去年2月29", "1949年1月", "13月", "廿三号", "去年腊月"]
)
def test_no_day_of_the_past(said: str) -> None:
    assert day_or_month(said, TODAY) is None


@pytest.mark.parametrize("said", ["昨天", "2026-03-03", "上个月", "去年三月"])
def test_no_day_to_come(said: str) -> None:
    assert day_or_month(said, TODAY, future=True) is None


PAST = st.dates(date(1990, 1, 1), TODAY)


@given(PAST)
def test_every_day_in_every_spelling(day: date) -> None:
    for said in (day.isoformat(), f"{day:%Y/%m/%d}", f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}号"):
        assert day_or_month(said, TODAY) == day.isoformat()
    assert day_or_month(shown(day.isoformat()), TODAY) == day.isoformat()
    year = "".join(HAN[int(digit)] for digit in str(day.year))
    assert day_or_month(f"{year}年{day.month}月", TODAY) == day.isoformat()[:7]


@given(PAST.filter(lambda day: day > TODAY - timedelta(days=300)))
def test_without_a_year_the_last_one_that_passed(day: date) -> None:
    assert day_or_month(f"{day.month}月{day.day}日", TODAY) == day.isoformat()


@given(st.text(max_size=30), st.booleans())
def test_whatever_is_typed_is_a_day_on_the_right_side_or_none(said: str, future: bool) -> None:
    value = day_or_month(said, TODAY, future=future)
    if value is not None:
        assert first_day(value) >= TODAY.replace(day=1) if future else first_day(value) <= TODAY
