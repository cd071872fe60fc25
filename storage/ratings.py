"""好差评: asked once about one thing, graded by the person who was asked, followed up where the grade was bad."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.desk_records import RatingGiven
from storage.rating_records import GRADES, WORST_GOOD, AskedRating
from storage.schema import cases, consultations, conversations, handovers, ratings

# A thumb slips; after that nobody can be talked into a better grade.
CHANGEABLE = timedelta(minutes=10)
_SHOWN = 5
_UNIQUE = ("object_kind", "object_id")
_INSERT = {
    "sqlite": sqlite.insert(ratings).on_conflict_do_nothing(index_elements=_UNIQUE).returning(ratings.c.id),
    "postgresql": postgresql.insert(ratings).on_conflict_do_nothing(index_elements=_UNIQUE).returning(ratings.c.id),
}


def ask(connection: Connection, object_kind: str, object_id: int, now: datetime, *, free: bool = False) -> bool:
    """Note that the resident is asked about a handover or a case; call it where the closing reply is written.

    False, and nothing noted: they were asked before, are in safe mode, cannot be written to, or the platform takes no
    more than one message, which is kept for something else. `free` says that the closing costs nothing of the
    platform's budget, as the end of a session in 微信客服 does.
    """
    found = connection.execute(_asked_about(object_kind, object_id)).one_or_none()
    if found is None or not _may_be_asked(found, now, free=free):
        return False
    values = {
        "object_kind": object_kind,
        "object_id": object_id,
        "conversation_id": found.conversation_id,
        "consultation_id": found.consultation_id,
        "case_id": object_id if object_kind == "case" else None,
        "account_id": found.account_id,
        "channel": found.channel,
        "asked_at": now,
        "follow_up": "none",
    }
    return connection.execute(_INSERT[connection.dialect.name], values).one_or_none() is not None


def asked_in(connection: Connection, conversation_id: int) -> list[AskedRating]:
    """What the resident of a conversation was asked about, newest first, a handful."""
    rows = connection.execute(
        select(ratings).where(ratings.c.conversation_id == conversation_id).order_by(ratings.c.id.desc()).limit(_SHOWN)
    )
    return [asked_rating(row) for row in rows]


def of_object(connection: Connection, object_kind: str, object_id: int) -> AskedRating | None:
    """The rating of a handover or a case; None where nobody was asked."""
    row = connection.execute(
        select(ratings).where(ratings.c.object_kind == object_kind, ratings.c.object_id == object_id)
    ).one_or_none()
    return None if row is None else asked_rating(row)


def give(connection: Connection, conversation_id: int, given: RatingGiven, now: datetime) -> AskedRating | None:
    """Write a grade, or the reason for a bad one, of something that was asked about in this conversation.

    A grade may be changed within ten minutes of the first one. A bad grade opens a follow-up, which stays open whatever
    comes after it: what went wrong is looked at. The grade of a handover becomes the satisfaction of its consultation.
    Returns the rating as it stands now; None where nothing was changed.
    """
    theirs = (
        ratings.c.object_kind == given.object_kind,
        ratings.c.object_id == given.object_id,
        ratings.c.conversation_id == conversation_id,
    )
    values = {"reason": given.reason} if given.grade is None else _graded(given.grade, now)
    row = connection.execute(
        update(ratings).where(*theirs, *_may_be_given(given, now)).values(values).returning(*ratings.c)
    ).one_or_none()
    if row is None:
        return None
    if given.grade is not None and row.object_kind == "handover" and row.consultation_id is not None:
        of_it = consultations.c.id == row.consultation_id
        connection.execute(update(consultations).where(of_it).values(satisfaction=GRADES[given.grade]))
    return asked_rating(row)


def follow_up_close(
    connection: Connection, rating_id: int, account_id: int, result: str, now: datetime
) -> AskedRating | None:
    """Close the follow-up of a bad grade 差评整改 with what came of it.

    Returns the rating, whose case may now be reopened; None where no follow-up is open.

    Raises:
        ValueError: the result is empty.
    """
    if not result.strip():
        raise ValueError("a follow-up is closed with a result: write what was found and done")
    row = connection.execute(
        update(ratings)
        .where(ratings.c.id == rating_id, ratings.c.follow_up == "open")
        .values(follow_up="closed", follow_up_by=account_id, follow_up_at=now, follow_up_result=result.strip())
        .returning(*ratings.c)
    ).one_or_none()
    return None if row is None else asked_rating(row)


def forget(connection: Connection, conversation_id: int) -> None:
    """Cut the grades of a conversation loose from it; the figures stay, the words go."""
    connection.execute(
        update(ratings).where(ratings.c.conversation_id == conversation_id).values(conversation_id=None, reason=None)
    )


def _may_be_given(given: RatingGiven, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """A reason is for a bad grade and given once; a grade is new, or changed before long."""
    if given.grade is None:
        return (ratings.c.grade < WORST_GOOD, ratings.c.reason.is_(None))
    return (
        ratings.c.graded_at.is_(None) | (ratings.c.graded_at > now - CHANGEABLE),
        ratings.c.grade.is_(None) | (ratings.c.grade != given.grade),
    )


def _graded(grade: int, now: datetime) -> dict[str, Any]:
    opened = "open" if grade < WORST_GOOD else "none"
    return {
        "grade": grade,
        "graded_at": func.coalesce(ratings.c.graded_at, now),
        "follow_up": case((ratings.c.follow_up == "none", opened), else_=ratings.c.follow_up),
    }


def _asked_about(object_kind: str, object_id: int) -> Select[Any]:
    talk = (
        conversations.c.channel,
        conversations.c.unreachable,
        conversations.c.window_until,
        conversations.c.window_left,
    )
    if object_kind == "handover":
        return (
            select(
                handovers.c.conversation_id,
                handovers.c.consultation_id,
                handovers.c.claimed_by.label("account_id"),
                conversations.c.safe_mode,
                *talk,
            )
            .join(conversations, conversations.c.id == handovers.c.conversation_id)
            .where(handovers.c.id == object_id)
        )
    return (
        select(
            cases.c.conversation_id,
            cases.c.consultation_id,
            cases.c.assignee_id.label("account_id"),
            (conversations.c.safe_mode | cases.c.safe_mode).label("safe_mode"),
            *talk,
        )
        .join(conversations, conversations.c.id == cases.c.conversation_id)
        .where(cases.c.id == object_id)
    )


def _may_be_asked(found: Row[Any], now: datetime, *, free: bool) -> bool:
    if found.safe_mode or found.unreachable is not None:
        return False
    if found.window_until is not None and found.window_until <= now:
        return False
    return free or found.window_left is None or found.window_left > 1


def asked_rating(row: Row[Any]) -> AskedRating:
    """A row of the table as an `AskedRating`."""
    return AskedRating(
        id=row.id,
        object_kind=row.object_kind,
        object_id=row.object_id,
        conversation_id=row.conversation_id,
        consultation_id=row.consultation_id,
        case_id=row.case_id,
        account_id=row.account_id,
        asked_at=row.asked_at,
        graded_at=row.graded_at,
        grade=row.grade,
        reason=row.reason,
        follow_up=row.follow_up,
    )
