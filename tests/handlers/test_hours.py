"""Office hours: lunch, weekends, public holidays and make-up days 调休 of 2026, and how times are told."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.hours import OfficeHours
from tests.handlers.tools import SPANS, ZONE

HOURS = OfficeHours(ZONE, SPANS)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 1), timezones=st.just(ZONE))  # noqa: DTZ001 - the zone is added


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        ("2026-03-04 08:59:59", False),
        ("2026-03-04 09:00", True),
        ("2026-03-04 11:59:59", True),
        ("2026-03-04 12:00", False),
        ("2026-03-04 13:59", False),
        ("2026-03-04 14:00", True),
        ("2026-03-04 18:00", False),
        ("2026-03-07 10:00", False),  # Saturday
        ("2026-02-17 10:00", False),  # Spring Festival
        ("2026-10-01 10:00", False),  # National Day
        ("2026-10-07 10:00", False),
        ("2026-10-08 10:00", True),
        ("2026-09-20 10:00", True),  # a Sunday made up for National Day
        ("2026-10-10 10:00", True),  # a Saturday made up for National Day
        ("2026-10-11 10:00", False),
        ("2027-01-01 10:00", False),
    ],
)
def test_somebody_is_at_work(moment: str, opened: bool) -> None:
    assert HOURS.is_open(at(moment)) is opened


def test_a_moment_counts_in_the_bureaus_zone_wherever_it_was_taken() -> None:
    assert HOURS.is_open(datetime(2026, 3, 4, 2, 0, tzinfo=ZoneInfo("UTC")))
    assert not HOURS.is_open(datetime(2026, 3, 4, 10, 0, tzinfo=ZoneInfo("UTC")))


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-03-04 10:00", "2026-03-04 10:00"),
        ("2026-03-04 07:00", "2026-03-04 09:00"),
        ("2026-03-04 12:30", "2026-03-04 14:00"),
        ("2026-03-04 18:00", "2026-03-05 09:00"),
        ("2026-03-06 18:30", "2026-03-09 09:00"),  # Friday evening
        ("2026-09-19 12:00", "2026-09-20 09:00"),
        ("2026-09-30 18:30", "2026-10-08 09:00"),
        ("2026-10-09 18:30", "2026-10-10 09:00"),
        ("2026-12-31 18:00", "2027-01-04 09:00"),
    ],
)
def test_next_opening(moment: str, opening: str) -> None:
    assert HOURS.next_opening(at(moment)) == at(opening)


@pytest.mark.parametrize(
    ("moment", "hours", "due"),
    [
        ("2026-03-04 09:00", 3, "2026-03-04 12:00"),
        ("2026-03-04 10:00", 4, "2026-03-04 16:00"),  # over lunch
        ("2026-03-04 13:00", 4, "2026-03-04 18:00"),
        ("2026-03-04 17:00", 2, "2026-03-05 10:00"),  # over night
        ("2026-03-06 17:00", 8, "2026-03-09 18:00"),  # over a weekend
        ("2026-09-30 17:00", 4, "2026-10-08 12:00"),  # over National Day
        ("2026-10-09 17:00", 4, "2026-10-10 12:00"),  # into a make-up Saturday
        ("2026-12-31 17:50", 4, "2027-01-04 14:50"),
        ("2026-03-04 20:00", 0, "2026-03-05 09:00"),
    ],
)
def test_a_promise_counts_working_time_only(moment: str, hours: int, due: str) -> None:
    assert HOURS.after_working(at(moment), timedelta(hours=hours)) == at(due)


@given(MOMENTS, st.integers(0, 60 * 80))
def test_a_promise_falls_into_working_time_and_is_never_shorter_than_the_work(moment: datetime, minutes: int) -> None:
    work = timedelta(minutes=minutes)
    due = HOURS.after_working(moment, work)
    assert due >= moment + work or minutes == 0
    assert HOURS.is_open(due - timedelta(microseconds=1)) or due == HOURS.next_opening(moment)


def test_the_countys_own_days_go_before_the_calendar() -> None:
    own = OfficeHours(ZONE, SPANS, {date(2026, 3, 4): False, date(2026, 10, 1): True})
    assert not own.is_open(at("2026-03-04 10:00"))
    assert own.next_opening(at("2026-03-04 10:00")) == at("2026-03-05 09:00")
    assert own.is_open(at("2026-10-01 10:00"))


def test_hours_that_never_open_are_refused_instead_of_searched_for_ever() -> None:
    closed = {date(2026, 3, 1) + timedelta(days=day): False for day in range(60)}
    with pytest.raises(ValueError, match="never open"):
        OfficeHours(ZONE, SPANS, closed).next_opening(at("2026-03-04 10:00"))


def test_hours_in_words() -> None:
    assert HOURS.shown() == "工作日 9:00–12:00、14:00–18:00"
    assert OfficeHours(ZONE, ((time(8, 30), time(17, 5)),)).shown() == "工作日 8:30–17:05"


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-03-04 14:00", "今天 14:00"),
        ("2026-03-05 09:05", "明天 9:05"),
        ("2026-03-06 09:00", "3月6日（周五）9:00"),
        ("2027-01-04 14:50", "1月4日（周一）14:50"),
    ],
)
def test_times_as_people_say_them(moment: str, told: str) -> None:
    assert HOURS.moment(at(moment), at("2026-03-04 23:59")) == told
