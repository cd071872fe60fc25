"""Cases and ratings for the ledgers: all of a kind and a period, in their order, in constant memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from storage.case_records import CaseRow, case_of
from storage.schema import cases, consultations, handovers, ratings

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class RatedCase:
    """A case with the grade that its resident gave, None where they gave none."""

    case: CaseRow
    grade: int | None


@dataclass(frozen=True, slots=True)
class GivenRating:
    """A grade with what it is about: handover, or the kind of the case; `number` is that of the record it is about."""

    id: int
    graded_at: datetime
    about: str
    number: str
    grade: int
    channel: str
    reason: str


def of_kind(connection: Connection, kind: str, start: datetime | None, end: datetime | None) -> Iterator[RatedCase]:
    """Cases of a kind that came in from `start` (included) to `end` (excluded); what was merged is the other case."""
    query = (
        select(cases, ratings.c.grade)
        .outerjoin(ratings, and_(ratings.c.object_kind == "case", ratings.c.object_id == cases.c.id))
        .where(cases.c.kind == kind, cases.c.state != "merged")
        .order_by(cases.c.id)
    )
    if start is not None:
        query = query.where(cases.c.submitted_at >= start)
    if end is not None:
        query = query.where(cases.c.submitted_at < end)
    for row in connection.execute(query, execution_options={"yield_per": _CHUNK}):
        yield RatedCase(case_of(row), row.grade)


def ratings_given(connection: Connection, start: datetime | None, end: datetime | None) -> Iterator[GivenRating]:
    """Grades that were given from `start` (included) to `end` (excluded), oldest first."""
    number = func.coalesce(cases.c.number, consultations.c.number, handovers.c.number, "")
    query = (
        select(
            ratings.c.id,
            ratings.c.graded_at,
            func.coalesce(cases.c.kind, "handover").label("about"),
            number.label("number"),
            ratings.c.grade,
            ratings.c.channel,
            func.coalesce(ratings.c.reason, "").label("reason"),
        )
        .outerjoin(cases, and_(ratings.c.object_kind == "case", cases.c.id == ratings.c.object_id))
        .outerjoin(handovers, and_(ratings.c.object_kind == "handover", handovers.c.id == ratings.c.object_id))
        .outerjoin(consultations, consultations.c.id == ratings.c.consultation_id)
        .where(ratings.c.grade.is_not(None))
        .order_by(ratings.c.graded_at, ratings.c.id)
    )
    if start is not None:
        query = query.where(ratings.c.graded_at >= start)
    if end is not None:
        query = query.where(ratings.c.graded_at < end)
    for row in connection.execute(query, execution_options={"yield_per": _CHUNK}):
        yield GivenRating(**{name: getattr(row, name) for name in GivenRating.__slots__})
