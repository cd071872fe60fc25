"""The duty roster 值班表: who is on duty at which workstation, day by day."""

import re
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import accounts, duties

_INSERT = {
    "sqlite": sqlite.insert(duties).on_conflict_do_nothing().returning(duties.c.id),
    "postgresql": postgresql.insert(duties).on_conflict_do_nothing().returning(duties.c.id),
}
_WEEK = timedelta(days=7)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


@dataclass(frozen=True, slots=True)
class Shift:
    """Somebody's duty on one day, in the bureau's time: from `start` until before `end`, HH:MM, at most 24:00."""

    unit: str
    day: date
    start: str
    end: str
    account_id: int

    def __post_init__(self) -> None:
        told = _TIME.fullmatch(self.start) and _TIME.fullmatch(self.end)
        if not told or self.start >= self.end:
            raise ValueError(f"{self.start!r} to {self.end!r} is no shift; write it like 09:00 to 12:00")


@dataclass(frozen=True, slots=True)
class Duty:
    """A shift of the roster, with the name of who has it."""

    id: int
    shift: Shift
    name: str

    def covers(self, local: datetime) -> bool:
        """Whether it is this shift's time; `local` is in the bureau's zone."""
        return self.shift.day == local.date() and self.shift.start <= f"{local:%H:%M}" < self.shift.end


def add(connection: Connection, shift: Shift) -> Duty | None:
    """Put somebody on duty. None: done; else their duty at that time, here or elsewhere, which was there already."""
    query = (
        _duties()
        .where(duties.c.account_id == shift.account_id, duties.c.day == shift.day)
        .where(duties.c.start < shift.end, duties.c.end > shift.start)
        .order_by(duties.c.start)
        .limit(1)
    )
    other = connection.execute(query).one_or_none()
    if other is not None:
        return _duty(other)
    connection.execute(_INSERT[connection.dialect.name], asdict(shift))
    return None


def read(connection: Connection, duty_id: int) -> Duty | None:
    """One shift of the roster."""
    row = connection.execute(_duties().where(duties.c.id == duty_id)).one_or_none()
    return None if row is None else _duty(row)


def remove(connection: Connection, duty_id: int) -> Duty | None:
    """Take somebody off duty; what was removed, None where it was gone already."""
    duty = read(connection, duty_id)
    if duty is not None:
        connection.execute(delete(duties).where(duties.c.id == duty_id))
    return duty


def of_week(connection: Connection, unit: str, monday: date) -> list[Duty]:
    """A unit's roster of the seven days from `monday` on."""
    return _between(connection, unit, monday, monday + _WEEK)


def of_day(connection: Connection, unit: str, day: date) -> list[Duty]:
    """A unit's roster of one day; empty where it has none for the day."""
    return _between(connection, unit, day, day + timedelta(days=1))


def copy_week(connection: Connection, unit: str, source: date, target: date) -> int:
    """Repeat the week from `source` on in the week from `target` on; how many shifts were added.

    What stands in the target week stays. Nobody is put on duty twice at a time, nor those whose accounts are disabled.
    """
    active = select(accounts.c.id).where(accounts.c.disabled_at.is_(None))
    able = set(connection.scalars(active))
    added = 0
    for duty in of_week(connection, unit, source):
        shift = duty.shift
        moved = Shift(unit, shift.day + (target - source), shift.start, shift.end, shift.account_id)
        added += shift.account_id in able and add(connection, moved) is None
    return added


def rostered_units(connection: Connection, first: date, days: int) -> set[str]:
    """The units that have anybody on duty in the coming days."""
    rows = connection.scalars(
        select(duties.c.unit).where(duties.c.day >= first, duties.c.day < first + timedelta(days=days)).distinct()
    )
    return set(rows)


def _between(connection: Connection, unit: str, first: date, end: date) -> list[Duty]:
    query = (
        _duties()
        .where(duties.c.unit == unit, duties.c.day >= first, duties.c.day < end)
        .order_by(duties.c.day, duties.c.start, duties.c.id)
    )
    return [_duty(row) for row in connection.execute(query)]


def _duties() -> Select[Any]:
    return select(duties, accounts.c.name).join(accounts, accounts.c.id == duties.c.account_id)


def _duty(row: Row[Any]) -> Duty:
    return Duty(row.id, Shift(**{name: getattr(row, name) for name in Shift.__slots__}), row.name)
