"""How long each kind of case may stay in each part of its way (DOMAIN 3.3): pure functions of days and office hours.

The day on which a limit begins does not count; one that ends on a day off ends on the next working day, when the office
closes (民法典第201、203条). While a case waits for its resident's papers, or is suspended, the days do not count.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from handlers.hours import OfficeHours

STOPPED = frozenset({"need_supplement", "suspended"})  # 补证、中止不计
_PRACTICE = "惯例，以本局公布的为准"
_LONGEST = 400  # days within which a working day has to come
_SIMPLE = "简易"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many days; `working`: of working days only. `by_law` is False where it is what bureaus usually promise."""

    days: int
    working: bool
    source: str
    by_law: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """The limit of a case at one moment, as its row keeps it. `due_at` is None while nothing runs."""

    due_from: datetime | None = None
    due_at: datetime | None = None
    stopped_at: datetime | None = None


_ONE_DAY = Limit(1, working=True, source=_PRACTICE, by_law=False)
_EXAMINE: Mapping[str, Limit] = {
    "legal_aid": Limit(7, working=False, source="法律援助法第43条", by_law=True),
    "reconsideration": Limit(5, working=True, source="行政复议法第30、88条", by_law=True),
}
_ASSIGN: Mapping[str, Limit] = {"legal_aid": Limit(3, working=False, source="法律援助法第43条", by_law=True)}
_HANDLE: Mapping[str, Limit] = {
    "mediation": Limit(30, working=False, source=_PRACTICE, by_law=False),
    "appeal": Limit(3, working=True, source=_PRACTICE, by_law=False),
    "reconsideration": Limit(60, working=False, source="行政复议法第62条", by_law=True),
    "notarization": Limit(15, working=True, source="公证法第30条", by_law=True),
    "visit": Limit(3, working=True, source=_PRACTICE, by_law=False),
}
_PARTS = {
    "submitted": "examine",
    "need_supplement": "examine",
    "accepted": "handle",
    "assigned": "handle",
    "in_progress": "handle",
    "suspended": "handle",
    "pending_review": "handle",
    "reopened": "handle",
}


def part(kind: str, state: str) -> str:
    """The part of the way that one limit covers: examine, assign, handle; "" where none runs."""
    return "assign" if kind in _ASSIGN and state == "accepted" else _PARTS.get(state, "")


def limit_of(kind: str, state: str, details: Mapping[str, Any]) -> Limit | None:
    """The limit that covers this state; None where there is none."""
    now_in = part(kind, state)
    if now_in == "examine":
        return _EXAMINE.get(kind, _ONE_DAY)
    if now_in == "assign":
        return _ASSIGN[kind]
    limit = _HANDLE.get(kind) if now_in == "handle" else None
    if limit is None or kind != "reconsideration":
        return limit
    days = 30 if details.get("程序") == _SIMPLE else 60
    return replace(limit, days=days + (30 if details.get("延期") == "是" and days == 60 else 0))  # noqa: PLR2004 - 第62条


def begin(kind: str, state: str, details: Mapping[str, Any], now: datetime, hours: OfficeHours) -> Clock:
    """The clock of a case that comes into this state now."""
    limit = limit_of(kind, state, details)
    return Clock(now, due(limit, now, hours)) if limit else Clock()


def moved(
    clock: Clock, kind: str, before: str, after: str, details: Mapping[str, Any], now: datetime, hours: OfficeHours
) -> Clock:
    """The clock after a case went from one state to another now: it goes on, stops, goes on again, or begins anew."""
    limit = limit_of(kind, after, details)
    same = part(kind, before) == part(kind, after) and after != "reopened"
    if limit is None:
        return Clock()
    if after in STOPPED:
        return _stopped(clock, now)
    if same and clock.due_from is not None:
        start = clock.due_from
        if clock.stopped_at is not None:
            start = resumed(limit, clock.due_from, clock.stopped_at, now, hours)
        return Clock(start, due(limit, start, hours))
    return Clock(now, due(limit, now, hours))


def due(limit: Limit, start: datetime, hours: OfficeHours) -> datetime:
    """The last moment of a limit that began at `start`: when the office closes on its last day."""
    day = start.astimezone(hours.zone).date()
    left = limit.days
    while left:
        day += timedelta(days=1)
        left -= 1 if not limit.working or hours.spans_on(day) else 0
    for _ in range(_LONGEST):
        spans = hours.spans_on(day)
        if spans:
            return datetime.combine(day, spans[-1][1], hours.zone)
        day += timedelta(days=1)
    raise ValueError("the office hours never open: look at [desk] and at the days that the console closes")


def resumed(limit: Limit, start: datetime, stopped: datetime, now: datetime, hours: OfficeHours) -> datetime:
    """The start of a limit as if the pause from `stopped` to `now` had not been: as many days are left as before."""
    began, held = start.astimezone(hours.zone), stopped.astimezone(hours.zone)
    used = sum(
        1
        for ahead in range(1, (held.date() - began.date()).days + 1)
        if not limit.working or hours.spans_on(began.date() + timedelta(days=ahead))
    )
    day = now.astimezone(hours.zone).date()
    while used:
        used -= 1 if not limit.working or hours.spans_on(day) else 0
        day -= timedelta(days=1)
    return datetime.combine(day, began.timetz())


def _stopped(clock: Clock, now: datetime) -> Clock:
    """The clock stands still; one that stands already goes on standing since then."""
    if clock.due_from is None:
        return Clock()
    return Clock(clock.due_from, None, clock.stopped_at or now)
