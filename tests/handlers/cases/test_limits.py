"""Limits of cases in days and working days, over leap days and holidays, and with the clock standing still."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.cases.limits import STOPPED, Clock, Limit, begin, due, limit_of, moved, part, resumed
from storage.schema.cases import KINDS, STATES
from tests.case_tools import HOURS
from tests.handlers.tools import ZONE


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("kind", "state", "details", "start", "end"),
    [
        # 法律援助法 43: seven days, counted from the next one.
        ("legal_aid", "submitted", {}, "2026-03-04 10:00", "2026-03-11 18:00"),
        ("legal_aid", "submitted", {}, "2026-03-04 23:59", "2026-03-11 18:00"),
        # The seventh day is a Saturday: Monday.
        ("legal_aid", "submitted", {}, "2026-03-07 10:00", "2026-03-16 18:00"),
        # Over 29 February.
        ("legal_aid", "submitted", {}, "2028-02-24 10:00", "2028-03-02 18:00"),
        # The seventh day falls into the National Day holiday: the first working day after it.
        ("legal_aid", "submitted", {}, "2026-09-26 10:00", "2026-10-08 18:00"),
        # The third day is a make-up Saturday, which is worked.
        ("legal_aid", "accepted", {}, "2026-10-07 10:00", "2026-10-10 18:00"),
        ("legal_aid", "assigned", {}, "2026-03-04 10:00", None),
        # 行政复议法 30, 88: five working days.
        ("reconsideration", "submitted", {}, "2026-03-04 10:00", "2026-03-11 18:00"),
        ("reconsideration", "submitted", {}, "2026-09-29 10:00", "2026-10-12 18:00"),
        ("reconsideration", "accepted", {}, "2026-03-04 10:00", "2026-05-06 18:00"),
        ("reconsideration", "accepted", {"程序": "简易"}, "2026-03-04 10:00", "2026-04-03 18:00"),
        ("reconsideration", "accepted", {"延期": "是"}, "2026-03-04 10:00", "2026-06-02 18:00"),
        ("reconsideration", "accepted", {"程序": "简易", "延期": "是"}, "2026-03-04 10:00", "2026-04-03 18:00"),
        # 公证法 30: fifteen working days.
        ("notarization", "accepted", {}, "2026-03-04 10:00", "2026-03-25 18:00"),
        ("mediation", "accepted", {}, "2026-03-04 10:00", "2026-04-03 18:00"),
        ("mediation", "submitted", {}, "2026-03-06 17:00", "2026-03-09 18:00"),
        ("appeal", "accepted", {}, "2026-03-04 10:00", "2026-03-09 18:00"),
        ("visit", "submitted", {}, "2026-03-04 10:00", "2026-03-05 18:00"),
        ("complaint_lawyer", "in_progress", {}, "2026-03-04 10:00", None),
        ("legal_aid", "closed", {}, "2026-03-04 10:00", None),
    ],
)
def test_limit(kind: str, state: str, details: dict[str, str], start: str, end: str | None) -> None:
    clock = begin(kind, state, details, at(start), HOURS)
    assert clock.due_at == (at(end) if end else None)
    assert clock.due_from == (at(start) if end else None)


def test_limits_by_law_name_the_law() -> None:
    for kind in KINDS:
        for state in STATES:
            limit = limit_of(kind, state, {})
            if limit is not None:
                assert limit.by_law == ("法第" in limit.source)


class TestPauses:
    def test_papers_take_no_time_of_the_seven_days(self) -> None:
        clock = begin("legal_aid", "submitted", {}, at("2026-03-02 10:00"), HOURS)
        assert clock.due_at == at("2026-03-09 18:00")
        clock = move(clock, "submitted", "need_supplement", "2026-03-04 09:00")
        assert (clock.due_at, clock.stopped_at) == (None, at("2026-03-04 09:00"))
        # Two days are used up, five are left.
        clock = move(clock, "need_supplement", "submitted", "2026-03-20 15:00")
        assert clock.due_at == at("2026-03-25 18:00")
        assert clock.stopped_at is None

    def test_a_second_pause_counts_what_the_first_left(self) -> None:
        clock = begin("legal_aid", "submitted", {}, at("2026-03-02 10:00"), HOURS)
        clock = move(clock, "submitted", "need_supplement", "2026-03-04 09:00")
        clock = move(clock, "need_supplement", "submitted", "2026-03-20 15:00")
        clock = move(clock, "submitted", "need_supplement", "2026-03-23 15:00")  # five are used
        clock = move(clock, "need_supplement", "submitted", "2026-04-07 09:00")
        assert clock.due_at == at("2026-04-09 18:00")

    def test_working_days_stand_still_over_a_holiday_too(self) -> None:
        clock = begin("notarization", "accepted", {}, at("2026-09-21 10:00"), HOURS)
        whole = clock.due_at
        clock = move(clock, "in_progress", "suspended", "2026-09-24 10:00", "notarization")  # three are used
        clock = move(clock, "suspended", "in_progress", "2026-10-09 10:00", "notarization")
        expected = due(Limit(12, working=True, source="", by_law=True), at("2026-10-09 10:00"), HOURS)
        assert clock.due_at == expected
        assert whole is not None
        assert clock.due_at is not None
        assert clock.due_at > whole

    def test_accepted_goes_on_with_a_new_limit(self) -> None:
        clock = begin("mediation", "submitted", {}, at("2026-03-04 10:00"), HOURS)
        clock = move(clock, "submitted", "accepted", "2026-03-05 10:00", "mediation")
        assert clock == Clock(at("2026-03-05 10:00"), at("2026-04-07 18:00"))
        # Assigning and working change nothing in it.
        for before, after in [("accepted", "assigned"), ("assigned", "in_progress"), ("in_progress", "pending_review")]:
            assert move(clock, before, after, "2026-03-09 10:00", "mediation") == clock

    def test_reopened_begins_anew(self) -> None:
        clock = move(Clock(), "closed", "reopened", "2026-03-04 10:00", "appeal")
        assert clock.due_at == at("2026-03-09 18:00")

    def test_what_ended_has_no_clock(self) -> None:
        clock = begin("appeal", "accepted", {}, at("2026-03-04 10:00"), HOURS)
        for ended in ("closed", "withdrawn", "merged", "transferred"):
            assert move(clock, "in_progress", ended, "2026-03-05 10:00", "appeal") == Clock()

    def test_a_pause_of_what_has_no_limit_is_no_clock(self) -> None:
        assert move(Clock(), "in_progress", "suspended", "2026-03-05 10:00") == Clock()


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 10, 1)).map(lambda naive: naive.replace(tzinfo=ZONE))  # noqa: DTZ001
SPANS_OF_DAYS = st.timedeltas(timedelta(0), timedelta(days=60))
LIMITS = st.builds(Limit, days=st.integers(1, 60), working=st.booleans(), source=st.just(""), by_law=st.just(True))


@given(LIMITS, MOMENTS)
def test_a_limit_ends_on_a_working_day_at_closing_time(limit: Limit, start: datetime) -> None:
    end = due(limit, start, HOURS)
    assert HOURS.spans_on(end.date())[-1][1] == end.time()
    assert (end.date() - start.date()).days >= limit.days


@given(LIMITS, MOMENTS, SPANS_OF_DAYS, SPANS_OF_DAYS)
def test_no_pause_takes_days_away(limit: Limit, start: datetime, before: timedelta, pause: timedelta) -> None:
    """However long the pause, the end never comes nearer, and without a pause it stays where it was."""
    stopped = start + before
    end = due(limit, start, HOURS)
    if stopped > end:
        return
    later = due(limit, resumed(limit, start, stopped, stopped + pause, HOURS), HOURS)
    assert later >= end
    assert due(limit, resumed(limit, start, stopped, stopped, HOURS), HOURS) == end


def test_stopped_states_belong_to_a_part_that_goes_on() -> None:
    assert {part("notarization", state) for state in STOPPED} == {"examine", "handle"}


def move(clock: Clock, before: str, after: str, when: str, kind: str = "legal_aid") -> Clock:
    return moved(clock, kind, before, after, {}, at(when), HOURS)
