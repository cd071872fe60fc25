"""The register of 好差评: who was asked, what they answered, which bad grades still wait to be followed up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, func, or_, select

from storage.rating_records import RatingCounts, RatingLine
from storage.ratings import asked_rating
from storage.schema import accounts, cases, conversations, handovers, ratings

_worker = accounts.alias("worker")
_follower = accounts.alias("follower")
_unit = func.coalesce(cases.c.unit, handovers.c.township, "")
_JOINED = (
    ratings.outerjoin(handovers, and_(ratings.c.object_kind == "handover", handovers.c.id == ratings.c.object_id))
    .outerjoin(cases, and_(ratings.c.object_kind == "case", cases.c.id == ratings.c.object_id))
    .outerjoin(conversations, conversations.c.id == ratings.c.conversation_id)
    .outerjoin(_worker, _worker.c.id == ratings.c.account_id)
    .outerjoin(_follower, _follower.c.id == ratings.c.follow_up_by)
)


def listed(
    connection: Connection,
    *,
    unit: str = "",
    staff_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    grades: Sequence[int] = (),
    follow_up: str = "",
    before_id: int | None = None,
    limit: int = 50,
) -> list[RatingLine]:
    """The newest first; the next page comes with `before_id`, the id of the last line.

    `unit` "" is the whole county, else a township, with what `staff_id` worked on anywhere. `since` (included) and
    `until` (excluded) are of the asking. `grades` and `follow_up` (open, closed) narrow it down.
    """
    query = _lines().where(*_within(unit, staff_id, since, until)).order_by(ratings.c.id.desc()).limit(limit)
    if grades:
        query = query.where(ratings.c.grade.in_(grades))
    if follow_up:
        query = query.where(ratings.c.follow_up == follow_up)
    if before_id is not None:
        query = query.where(ratings.c.id < before_id)
    return [_line(row) for row in connection.execute(query)]


def read_line(connection: Connection, rating_id: int) -> RatingLine | None:
    """One line. Who may see it follows from its `unit` and its rating's `account_id`."""
    row = connection.execute(_lines().where(ratings.c.id == rating_id)).one_or_none()
    return None if row is None else _line(row)


def counts(
    connection: Connection,
    *,
    unit: str = "",
    staff_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> RatingCounts:
    """How many were asked in a period, how many of them answered, with which grades. The scope is that of `listed`."""
    rows = connection.execute(
        select(ratings.c.grade, ratings.c.follow_up, func.count().label("number_of"))
        .select_from(_JOINED)
        .where(*_within(unit, staff_id, since, until))
        .group_by(ratings.c.grade, ratings.c.follow_up)
    ).all()
    grades: dict[int, int] = {}
    for row in rows:
        if row.grade is not None:
            grades[row.grade] = grades.get(row.grade, 0) + row.number_of
    return RatingCounts(
        asked=sum(row.number_of for row in rows),
        graded=sum(grades.values()),
        grades=grades,
        follow_ups_open=sum(row.number_of for row in rows if row.follow_up == "open"),
    )


def _lines() -> Select[Any]:
    return select(
        ratings,
        func.coalesce(cases.c.number, handovers.c.number, "").label("number"),
        _unit.label("unit"),
        func.coalesce(_worker.c.name, "").label("staff"),
        or_(func.coalesce(conversations.c.safe_mode, false()), func.coalesce(cases.c.safe_mode, false())).label(
            "protected"
        ),
        func.coalesce(_follower.c.name, "").label("follower"),
    ).select_from(_JOINED)


def _within(
    unit: str, staff_id: int | None, since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if unit:
        own = ratings.c.account_id == staff_id if staff_id is not None else false()
        conditions.append(or_(_unit == unit, own))
    if since is not None:
        conditions.append(ratings.c.asked_at >= since)
    if until is not None:
        conditions.append(ratings.c.asked_at < until)
    return conditions


def _line(row: Row[Any]) -> RatingLine:
    return RatingLine(
        rating=asked_rating(row),
        number=row.number,
        unit=row.unit,
        staff=row.staff,
        channel=row.channel,
        safe_mode=bool(row.protected),
        follow_up_by=row.follower,
        follow_up_at=row.follow_up_at,
        follow_up_result=row.follow_up_result or "",
    )
