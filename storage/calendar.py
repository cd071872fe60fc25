"""The bureau's own word on single days, before settings and public calendar 工作日历. Administrators enter it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import accounts, calendar_days

_SET = ("working", "note", "updated_by", "updated_at")
_SQLITE, _POSTGRESQL = sqlite.insert(calendar_days), postgresql.insert(calendar_days)
_UPSERT = {
    "sqlite": _SQLITE.on_conflict_do_update(
        index_elements=["day"], set_={name: _SQLITE.excluded[name] for name in _SET}
    ),
    "postgresql": _POSTGRESQL.on_conflict_do_update(
        index_elements=["day"], set_={name: _POSTGRESQL.excluded[name] for name in _SET}
    ),
}


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day, whether it is worked, why, and who said so."""

    day: date
    working: bool
    note: str
    updated_by: str
    updated_at: datetime


def overrides(connection: Connection) -> dict[date, bool]:
    """Whether each day that was entered is worked."""
    rows = connection.execute(select(calendar_days.c.day, calendar_days.c.working))
    return {row.day: row.working for row in rows}


def days_from(connection: Connection, first: date) -> list[CalendarDay]:
    """What was entered for `first` and later days, in their order."""
    rows = connection.execute(
        select(calendar_days, accounts.c.name)
        .join(accounts, accounts.c.id == calendar_days.c.updated_by)
        .where(calendar_days.c.day >= first)
        .order_by(calendar_days.c.day)
    )
    return [CalendarDay(row.day, row.working, row.note, row.name, row.updated_at) for row in rows]


def set_day(connection: Connection, day: date, working: bool, note: str, account_id: int, now: datetime) -> None:
    """Say whether a day is worked; what was said before is replaced."""
    values = {"day": day, "working": working, "note": note[:100], "updated_by": account_id, "updated_at": now}
    connection.execute(_UPSERT[connection.dialect.name], values)


def clear_day(connection: Connection, day: date) -> bool:
    """Take back what was said of a day; False where nothing was."""
    statement = delete(calendar_days).where(calendar_days.c.day == day).returning(calendar_days.c.day)
    return connection.execute(statement).one_or_none() is not None
