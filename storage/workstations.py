"""The directory 公共法律服务中心、工作站: read for residents, edited by administrators, never deleted from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import workstations

_INSERT = {
    "sqlite": sqlite.insert(workstations).on_conflict_do_nothing().returning(workstations.c.id),
    "postgresql": postgresql.insert(workstations).on_conflict_do_nothing().returning(workstations.c.id),
}


@dataclass(frozen=True, slots=True)
class StationFacts:
    """What is known of a workstation and can be edited. `kind` is county, station or village; "" is unknown."""

    name: str
    kind: str
    township: str
    address: str = ""
    phone: str = ""
    hours: str = ""
    lawyer_days: str = ""
    opened_on: date | None = None
    closed_on: date | None = None
    standard_on: date | None = None


@dataclass(frozen=True, slots=True)
class Workstation:
    """A row of the directory. `updated_at` is when somebody last entered or confirmed it."""

    id: int
    facts: StationFacts
    updated_at: datetime

    def is_open(self, day: date) -> bool:
        """Whether it serves people that day."""
        facts = self.facts
        begun = facts.opened_on is None or facts.opened_on <= day
        return begun and (facts.closed_on is None or facts.closed_on > day)


def seed(connection: Connection, known: Sequence[StationFacts], now: datetime) -> int:
    """Add what the directory lacks and return how many: a township that has a workstation, even one that closed or was
    renamed, gets no other, and the county centre is there once.
    """
    there = {tuple(row) for row in connection.execute(select(workstations.c.kind, workstations.c.township))}
    missing = [facts for facts in known if (facts.kind, facts.township) not in there]
    return sum(add(connection, facts, now) is not None for facts in missing)


def add(connection: Connection, facts: StationFacts, now: datetime) -> int | None:
    """A new row's number; None where another workstation has the name."""
    number: int | None = connection.execute(
        _INSERT[connection.dialect.name], {**asdict(facts), "updated_at": now}
    ).scalar_one_or_none()
    return number


def edit(connection: Connection, number: int, facts: StationFacts, seen_at: datetime, now: datetime) -> bool:
    """Put these facts in place of those that were shown as of `seen_at`; unchanged facts are confirmed by it.

    False where somebody else has edited the row since, or where it is not there: nothing was written.

    Raises:
        sqlalchemy.exc.IntegrityError: another workstation has the name (see `named`).
    """
    row = connection.execute(
        update(workstations)
        .where(workstations.c.id == number, workstations.c.updated_at == seen_at)
        .values(**asdict(facts), updated_at=now)
        .returning(workstations.c.id)
    ).one_or_none()
    return row is not None


def named(connection: Connection, name: str) -> Workstation | None:
    """The workstation of this name."""
    row = connection.execute(select(workstations).where(workstations.c.name == name)).one_or_none()
    return None if row is None else _workstation(row)


def by_id(connection: Connection, number: int) -> Workstation | None:
    """One row, open or closed."""
    row = connection.execute(select(workstations).where(workstations.c.id == number)).one_or_none()
    return None if row is None else _workstation(row)


def everything(connection: Connection) -> list[Workstation]:
    """The whole directory: the county centre, then township by township."""
    order = (workstations.c.township, workstations.c.kind, workstations.c.name)
    return [_workstation(row) for row in connection.execute(select(workstations).order_by(*order))]


def of_township(connection: Connection, township: str) -> list[Workstation]:
    """What a township has, its workstation before the villages' places."""
    query = (
        select(workstations).where(workstations.c.township == township).order_by(workstations.c.kind, workstations.c.id)
    )
    return [_workstation(row) for row in connection.execute(query)]


def _workstation(row: Row[Any]) -> Workstation:
    facts = {name: getattr(row, name) for name in StationFacts.__slots__}
    return Workstation(row.id, StationFacts(**facts), row.updated_at)
