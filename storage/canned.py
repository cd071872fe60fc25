"""Canned answers 常用语: what staff keep at hand, for everybody or for one workstation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import canned_answers

_INSERT = {
    "sqlite": sqlite.insert(canned_answers).on_conflict_do_nothing().returning(canned_answers.c.id),
    "postgresql": postgresql.insert(canned_answers).on_conflict_do_nothing().returning(canned_answers.c.id),
}


@dataclass(frozen=True, slots=True)
class Canned:
    """An answer as it is kept, with its variables still in it. `unit` "" is everybody's."""

    id: int
    title: str
    body: str
    unit: str
    updated_at: datetime


def of_unit(connection: Connection, unit: str) -> list[Canned]:
    """What a member of this unit has at hand: the unit's own, then everybody's."""
    rows = connection.execute(
        select(canned_answers)
        .where(canned_answers.c.disabled_at.is_(None))
        .where(or_(canned_answers.c.unit == "", canned_answers.c.unit == unit))
        .order_by(canned_answers.c.unit.desc(), canned_answers.c.title)
    )
    return [_canned(row) for row in rows]


def everything(connection: Connection) -> list[Canned]:
    """All that is in use, for those who write them."""
    rows = connection.execute(
        select(canned_answers)
        .where(canned_answers.c.disabled_at.is_(None))
        .order_by(canned_answers.c.unit, canned_answers.c.title)
    )
    return [_canned(row) for row in rows]


def read(connection: Connection, canned_id: int) -> Canned | None:
    """One of them, if it is in use."""
    row = connection.execute(
        select(canned_answers).where(canned_answers.c.id == canned_id, canned_answers.c.disabled_at.is_(None))
    ).one_or_none()
    return None if row is None else _canned(row)


def add(connection: Connection, title: str, body: str, unit: str, account_id: int, now: datetime) -> int | None:
    """Keep a new one; None where the unit has one of this title."""
    values = {"title": title, "body": body, "unit": unit, "updated_by": account_id, "updated_at": now}
    _free_title(connection, unit, title)
    row_id: int | None = connection.scalar(_INSERT[connection.dialect.name], values)
    return row_id


def change(connection: Connection, canned_id: int, title: str, body: str, account_id: int, now: datetime) -> bool:
    """Write it anew; False where it is gone.

    Raises:
        sqlalchemy.exc.IntegrityError: the unit has another of this title.
    """
    return _update(connection, canned_id, title=title, body=body, updated_by=account_id, updated_at=now)


def remove(connection: Connection, canned_id: int, account_id: int, now: datetime) -> bool:
    """Take it out of use; False where it is gone."""
    return _update(connection, canned_id, disabled_at=now, updated_by=account_id, updated_at=now)


def _free_title(connection: Connection, unit: str, title: str) -> None:
    """One out of use keeps its words and gives up its title."""
    rows = connection.execute(
        select(canned_answers.c.id).where(
            canned_answers.c.unit == unit, canned_answers.c.title == title, canned_answers.c.disabled_at.is_not(None)
        )
    ).all()
    for row in rows:
        connection.execute(
            update(canned_answers).where(canned_answers.c.id == row.id).values(title=f"{title[:50]}（停用 {row.id}）")
        )


def _update(connection: Connection, canned_id: int, **values: Any) -> bool:
    row = connection.execute(
        update(canned_answers)
        .where(canned_answers.c.id == canned_id, canned_answers.c.disabled_at.is_(None))
        .values(**values)
        .returning(canned_answers.c.id)
    ).one_or_none()
    return row is not None


def _canned(row: Row[Any]) -> Canned:
    return Canned(row.id, row.title, row.body, row.unit, row.updated_at)
