"""Office hours: lunch, weekends, holidays and make-up days 调休 of 2026, single weekdays, how times are told."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import public_calendar
from handlers.hours import OfficeHours
from tests.handlers.tools import SPANS, ZONE

HOURS = OfficeHours(ZONE, SPANS)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 1), timezones=st.just(ZONE))  # noqa: DTZ001 - the zone is added


MORNING, NOTHING = ((time(9), time(12)),), ()
SATURDAYS = OfficeHours(ZONE, SPANS, week={5: MORNING})
SHORT_WEEK = OfficeHours(ZONE, SPANS, week={2: NOTHING, 4: MORNING})


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


def test_the_consoles_days_go_before_those_of_the_settings() -> None:
    settings = OfficeHours(ZONE, SPANS, {date(2026, 3, 4): False, date(2026, 3, 7): True})
    hours = settings.with_days({date(2026, 3, 4): True, date(2026, 3, 5): False})
    opened = [day for day in range(4, 8) if hours.is_open(at(f"2026-03-0{day} 10:00"))]
    assert opened == [4, 6, 7]
    assert not settings.is_open(at("2026-03-04 10:00"))


@pytest.mark.parametrize(
    ("hours", "moment", "opened"),
    [
        (SATURDAYS, "2026-03-07 10:00", True),
        (SATURDAYS, "2026-03-07 14:00", False),
        (SATURDAYS, "2026-03-08 10:00", False),  # Sunday
        (SATURDAYS, "2026-02-21 10:00", False),  # the Saturday in the middle of Spring Festival
        (SATURDAYS, "2026-10-03 10:00", False),
        (SATURDAYS, "2026-06-20 10:00", False),  # the day after the Dragon Boat Festival, a Friday
        (SATURDAYS, "2026-06-27 10:00", True),
        (SATURDAYS, "2026-10-10 15:00", True),  # a make-up Saturday is a whole working day
        (SATURDAYS, "2026-10-10 13:00", False),
        (SHORT_WEEK, "2026-03-04 10:00", False),  # Wednesday
        (SHORT_WEEK, "2026-03-05 15:00", True),
        (SHORT_WEEK, "2026-03-06 11:00", True),  # Friday
        (SHORT_WEEK, "2026-03-06 15:00", False),
        (SHORT_WEEK, "2026-09-25 10:00", False),  # a Friday, and Mid-Autumn
        (SATURDAYS.with_days({date(2026, 3, 7): False}), "2026-03-07 10:00", False),
        (SATURDAYS.with_days({date(2026, 3, 7): True}), "2026-03-07 15:00", True),
        (SHORT_WEEK.with_days({date(2026, 3, 4): True}), "2026-03-04 15:00", True),
        (SHORT_WEEK.with_days({date(2026, 3, 6): True}), "2026-03-06 15:00", False),
    ],
)
def test_single_weekdays_have_hours_of_their_own(hours: OfficeHours, moment: str, opened: bool) -> None:
    assert hours.is_open(at(moment)) is opened


@pytest.mark.parametrize(
    ("hours", "moment", "work", "due"),
    [
        (SATURDAYS, "2026-03-06 17:00", 2, "2026-03-07 10:00"),
        (SATURDAYS, "2026-03-07 11:30", 2, "2026-03-09 10:30"),
        (SHORT_WEEK, "2026-03-03 17:00", 2, "2026-03-05 10:00"),
        (SHORT_WEEK, "2026-03-06 11:00", 2, "2026-03-09 10:00"),
    ],
)
def test_promises_know_the_single_weekdays(hours: OfficeHours, moment: str, work: int, due: str) -> None:
    assert hours.after_working(at(moment), timedelta(hours=work)) == at(due)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-03-04 09:00", "2026-03-04 10:30", 90),
        ("2026-03-04 11:00", "2026-03-04 15:00", 120),  # over lunch
        ("2026-03-04 12:10", "2026-03-04 13:50", 0),
        ("2026-03-04 17:00", "2026-03-05 10:00", 120),
        ("2026-03-06 17:00", "2026-03-09 10:00", 120),  # over a weekend
        ("2026-03-07 08:00", "2026-03-08 20:00", 0),
        ("2026-09-30 17:00", "2026-10-08 10:00", 120),  # over National Day
        ("2026-10-09 17:00", "2026-10-10 10:00", 120),  # into a make-up Saturday
        ("2026-12-31 17:00", "2027-01-04 10:00", 120),
        ("2028-02-28 17:00", "2028-03-01 10:00", 540),  # a leap day is worked like any other
        ("2026-03-05 10:00", "2026-03-04 10:00", 0),
        ("2026-03-04 10:00", "2026-03-04 10:00", 0),
    ],
)
def test_working_time_between_two_moments(start: str, end: str, minutes: int) -> None:
    assert HOURS.working_time(at(start), at(end)) == timedelta(minutes=minutes)


@given(MOMENTS, st.integers(0, 60 * 80))
def test_working_time_and_promises_are_each_others_measure(moment: datetime, minutes: int) -> None:
    work = timedelta(minutes=minutes)
    assert HOURS.working_time(moment, HOURS.after_working(moment, work)) == work


@pytest.mark.parametrize(("year", "published"), [(2019, True), (2026, True), (2027, False), (2099, False)])
def test_a_year_whose_make_up_days_are_not_published_is_noticed(year: int, published: bool) -> None:
    assert public_calendar.is_published(year) is published


def test_the_whole_break_is_the_holiday_and_nothing_else() -> None:
    days = [date(2026, 2, 13) + timedelta(days=number) for number in range(18)]
    in_holiday = [day.day for day in days if public_calendar.is_in_holiday(day)]
    assert in_holiday == [15, 16, 17, 18, 19, 20, 21, 22, 23]  # as the State Council's notice says
    assert [d for d in (1, 2, 3, 4) if public_calendar.is_in_holiday(date(2026, 1, d))] == [1, 2, 3]


def test_hours_that_never_open_are_refused_instead_of_searched_for_ever() -> None:
    closed = {date(2026, 3, 1) + timedelta(days=day): False for day in range(400)}
    with pytest.raises(ValueError, match="never open"):
        OfficeHours(ZONE, SPANS, closed).next_opening(at("2026-03-04 10:00"))


def test_hours_in_words() -> None:
    assert HOURS.shown() == "工作日 9:00–12:00、14:00–18:00"
    assert OfficeHours(ZONE, ((time(8, 30), time(17, 5)),)).shown() == "工作日 8:30–17:05"
    assert SATURDAYS.shown() == "工作日 9:00–12:00、14:00–18:00；周六 9:00–12:00"
    assert SHORT_WEEK.shown() == "工作日 9:00–12:00、14:00–18:00；周三休息；周五 9:00–12:00"
    assert HOURS.full_day() == timedelta(hours=7)


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
