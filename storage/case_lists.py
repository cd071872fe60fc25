"""Lists of cases: within somebody's scope, narrowed, page by page, with the numbers above them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select

from storage.case_records import CaseCounts, CaseFilter, CaseItem, CaseScope, Position
from storage.schema import UtcDateTime, cases

# As in handlers.cases.states; a case that ended is not counted as open.
ENDED = ("rejected", "closed", "visited", "rated", "archived", "withdrawn", "merged")
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)
_DUE = func.coalesce(cases.c.due_at, literal(_NEVER, UtcDateTime()))


def by_limit(
    connection: Connection, scope: CaseScope, wanted: CaseFilter, after: Position | None, limit: int
) -> list[CaseItem]:
    """What has to be done first: the urgent, then by limit, those without one last."""
    query = _narrowed(_items(), scope, wanted)
    if after is not None:
        query = query.where(_beyond(after))
    query = query.order_by(cases.c.urgent.desc(), _DUE, cases.c.id).limit(limit)
    return [_item(row) for row in connection.execute(query)]


def newest(
    connection: Connection, scope: CaseScope, wanted: CaseFilter, before_id: int | None, limit: int
) -> list[CaseItem]:
    """What came in last, first."""
    query = _narrowed(_items(), scope, wanted)
    if before_id is not None:
        query = query.where(cases.c.id < before_id)
    return [_item(row) for row in connection.execute(query.order_by(cases.c.id.desc()).limit(limit))]


def position(item: CaseItem) -> Position:
    """Where `by_limit` goes on after this line."""
    return item.urgent, item.due_at or _NEVER, item.id


def counts(connection: Connection, scope: CaseScope, now: datetime) -> CaseCounts:
    """The numbers of a scope."""
    query = _narrowed(
        select(
            func.count(),
            _sum(cases.c.state == "submitted"),
            _sum(cases.c.due_at < now),
            _sum(cases.c.state == "pending_review"),
            _sum(cases.c.assignee_id == scope.account_id),
        ).select_from(cases),
        scope,
        CaseFilter(),
    ).where(cases.c.state.not_in(ENDED))
    found = connection.execute(query).one()
    return CaseCounts(*(int(number or 0) for number in found))


def by_state(connection: Connection, scope: CaseScope, wanted: CaseFilter) -> dict[str, int]:
    """How many cases stand in each state, narrowed as `wanted` says but for its states."""
    query = _narrowed(select(cases.c.state, func.count().label("number")), scope, replace(wanted, states=()))
    return {row.state: int(row.number) for row in connection.execute(query.group_by(cases.c.state))}


def _items() -> Select[Any]:
    return select(*(cases.c[name] for name in CaseItem.__slots__))


def _narrowed(query: Select[Any], scope: CaseScope, wanted: CaseFilter) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = [*_of_time(wanted)]
    if scope.unit:
        conditions.append(or_(cases.c.unit == scope.unit, cases.c.assignee_id == scope.account_id))
    if wanted.unit is not None:
        conditions.append(cases.c.unit == wanted.unit)
    if wanted.kinds:
        conditions.append(cases.c.kind.in_(wanted.kinds))
    if wanted.states:
        conditions.append(cases.c.state.in_(wanted.states))
    if wanted.assignee_id is not None:
        conditions.append(cases.c.assignee_id == wanted.assignee_id)
    if wanted.unassigned:
        conditions.append(cases.c.assignee_id.is_(None))
    if wanted.phone_hash is not None:
        conditions.append(cases.c.phone_hash == wanted.phone_hash)
    if wanted.number:
        conditions.append(cases.c.number.icontains(wanted.number, autoescape=True))
    if wanted.words:
        conditions.append(_holds(wanted.words))
    return query.where(*conditions)


def _of_time(wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.overdue_at is not None:
        yield cases.c.due_at < wanted.overdue_at
    if wanted.due_after is not None:
        yield cases.c.due_at >= wanted.due_after
    if wanted.since is not None:
        yield cases.c.submitted_at >= wanted.since
    if wanted.until is not None:
        yield cases.c.submitted_at < wanted.until


def _holds(words: str) -> ColumnElement[bool]:
    by_title = and_(cases.c.title.icontains(words, autoescape=True), cases.c.safe_mode.is_(False))
    return or_(cases.c.number.icontains(words, autoescape=True), by_title)


def _beyond(after: Position) -> ColumnElement[bool]:
    urgent, due_at, row_id = after
    edge = literal(due_at, UtcDateTime())
    later = or_(edge < _DUE, and_(edge == _DUE, cases.c.id > row_id))
    if urgent:
        return or_(cases.c.urgent.is_(False), later)
    return and_(cases.c.urgent.is_(False), later)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))


def _item(row: Any) -> CaseItem:
    return CaseItem(**{name: getattr(row, name) for name in CaseItem.__slots__})
