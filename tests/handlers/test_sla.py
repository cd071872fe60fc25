"""Clocks of promises and limits: over lunch, night, weekend, holidays, make-up days, leap days; how they are told."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import sla
from handlers.cases import limits
from handlers.hours import OfficeHours
from tests.handlers.test_hours import MOMENTS, at
from tests.handlers.tools import SPANS, ZONE

HOURS = OfficeHours(ZONE, SPANS)


def promised(created: datetime, minutes: int = 240) -> datetime:
    return HOURS.after_working(created, timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("created", "now", "level", "told"),
    [
        ("2026-03-04 09:00", "2026-03-04 09:00", 0, "还剩 4 小时（上班时间）"),
        ("2026-03-04 09:00", "2026-03-04 10:59", 0, "还剩 2 小时 1 分（上班时间）"),
        ("2026-03-04 09:00", "2026-03-04 11:00", 50, "还剩 2 小时（上班时间）"),
        ("2026-03-04 09:00", "2026-03-04 13:00", 50, "还剩 1 小时（上班时间）"),  # lunch does not count
        ("2026-03-04 09:00", "2026-03-04 14:11", 50, "还剩 49 分（上班时间）"),
        ("2026-03-04 09:00", "2026-03-04 14:12", 80, "还剩 48 分（上班时间）"),
        ("2026-03-04 09:00", "2026-03-04 14:59:01", 80, "还剩 1 分（上班时间）"),
        ("2026-03-04 09:00", "2026-03-04 15:00", 100, "时间已到"),
        ("2026-03-04 09:00", "2026-03-04 16:20", 100, "已超过 1 小时 20 分（上班时间）"),
        ("2026-03-04 09:00", "2026-03-06 15:00", 100, "已超过 2 个工作日"),
        ("2026-03-04 09:00", "2026-03-06 16:00", 100, "已超过 2 个工作日 1 小时"),
        ("2026-03-04 16:00", "2026-03-05 08:00", 50, "还剩 2 小时（上班时间）"),  # over night
        ("2026-03-04 20:00", "2026-03-05 07:00", 0, "还剩 4 小时（上班时间）"),
        ("2026-03-06 17:00", "2026-03-08 12:00", 0, "还剩 3 小时（上班时间）"),  # over a weekend
        ("2026-03-06 17:00", "2026-03-09 10:00", 50, "还剩 2 小时（上班时间）"),
        ("2026-09-30 16:00", "2026-10-05 10:00", 50, "还剩 2 小时（上班时间）"),  # in the National Day week
        ("2026-09-30 16:00", "2026-10-08 10:12", 80, "还剩 48 分（上班时间）"),
        ("2026-10-09 16:00", "2026-10-10 10:12", 80, "还剩 48 分（上班时间）"),  # a make-up Saturday
        ("2026-10-09 16:00", "2026-10-11 10:12", 100, "已超过 5 小时（上班时间）"),
        ("2028-02-28 17:00", "2028-02-29 10:00", 50, "还剩 2 小时（上班时间）"),  # a leap day
        ("2026-03-04 14:00", "2026-03-04 19:00", 100, "时间已到"),  # over at closing time
    ],
)
def test_clock_of_a_handover(created: str, now: str, level: int, told: str) -> None:
    standing = sla.of_handover(HOURS, at(created), promised(at(created)), at(now), urgent=False)
    assert (standing.level, standing.told()) == (level, told)
    assert standing.due == promised(at(created))


@pytest.mark.parametrize(
    ("now", "level", "told"),
    [
        ("2026-03-06 22:00", 0, "还剩 4 小时"),
        ("2026-03-07 00:00", 50, "还剩 2 小时"),  # Saturday
        ("2026-03-07 01:12", 80, "还剩 48 分"),
        ("2026-03-07 02:00", 100, "时间已到"),
        ("2026-03-08 03:30", 100, "已超过 1 天 1 小时"),
    ],
)
def test_where_somebody_is_in_danger_the_night_counts_like_the_day(now: str, level: int, told: str) -> None:
    created = at("2026-03-06 22:00")
    standing = sla.of_handover(HOURS, created, created + timedelta(hours=4), at(now), urgent=True)
    assert (standing.level, standing.told()) == (level, told)
    assert standing.due == at("2026-03-07 02:00")


@pytest.mark.parametrize(
    ("kind", "state", "now", "level", "told"),
    [
        # Legal aid is decided within 7 days: from a Wednesday to the next one, closing time.
        ("legal_aid", "submitted", "2026-03-04 10:00", 0, "还剩 7 天 8 小时"),
        ("legal_aid", "submitted", "2026-03-08 02:00", 50, "还剩 3 天 16 小时"),
        ("legal_aid", "submitted", "2026-03-11 17:30", 80, "还剩 30 分"),
        ("legal_aid", "submitted", "2026-03-12 19:00", 100, "已超过 1 天 1 小时"),
        # An appeal is handled within 3 working days.
        ("appeal", "in_progress", "2026-03-04 10:00", 0, "还剩 3 个工作日 6 小时"),
        ("appeal", "in_progress", "2026-03-07 12:00", 50, "还剩 1 个工作日"),
        ("appeal", "in_progress", "2026-03-09 18:00", 100, "时间已到"),
        ("appeal", "in_progress", "2026-03-10 10:30", 100, "已超过 1 小时 30 分（上班时间）"),
    ],
)
def test_clock_of_a_cases_state(kind: str, state: str, now: str, level: int, told: str) -> None:
    clock = limits.begin(kind, state, {}, at("2026-03-04 10:00"), HOURS)
    assert (level, told) == shown(clock, kind, state, at(now))


def test_a_clock_that_stands_still_reaches_no_level_and_goes_on_where_it_stopped() -> None:
    begun = limits.begin("notarization", "in_progress", {}, at("2026-03-02 09:00"), HOURS)
    assert shown(begun, "notarization", "in_progress", at("2026-03-12 18:00")) == (50, "还剩 7 个工作日")
    stopped = limits.moved(begun, "notarization", "in_progress", "suspended", {}, at("2026-03-12 18:00"), HOURS)
    assert shown(stopped, "notarization", "suspended", at("2026-09-30 18:00")) == (0, "计时暂停")
    again = limits.moved(stopped, "notarization", "suspended", "in_progress", {}, at("2026-04-02 18:00"), HOURS)
    level, told = shown(again, "notarization", "in_progress", at("2026-04-02 18:00"))
    assert (level, told) == (50, "还剩 7 个工作日")


def test_no_clock_runs_where_no_limit_is() -> None:
    assert sla.of_case(HOURS, None, None, None, at("2026-03-04 10:00"), working=True) is None


def shown(clock: limits.Clock, kind: str, state: str, now: datetime) -> tuple[int, str]:
    limit = limits.limit_of(kind, state, {})
    assert limit is not None
    standing = sla.of_case(HOURS, clock.due_from, clock.due_at, clock.stopped_at, now, working=limit.working)
    assert standing is not None
    return standing.level, standing.told()


@given(MOMENTS, st.integers(1, 2000), st.integers(0, 60 * 24 * 20), st.integers(0, 60 * 24))
def test_time_only_goes_on(created: datetime, minutes: int, first: int, more: int) -> None:
    due = promised(created, minutes)
    earlier, later = (
        sla.of_handover(HOURS, created, due, created + timedelta(minutes=passed), urgent=False)
        for passed in (first, first + more)
    )
    assert 0 <= earlier.share <= later.share <= 1
    assert earlier.left >= later.left
    assert (later.level == 100) == (created + timedelta(minutes=first + more) >= due)
