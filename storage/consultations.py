"""Service records 法律咨询: one legal matter of one person is one consultation 人次."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from storage.records import ConsultationDraft, ConsultationRow, Conversation, Feedback
from storage.schema import consultations, handovers

# DOMAIN 1-3: the same person's same matter within 24 hours counts once.
SAME_MATTER = timedelta(hours=24)
UNKNOWN_PLACE = "不详"
LONGEST_SUMMARY = 1000
_SHANGHAI = ZoneInfo("Asia/Shanghai")
# Built once, as in storage.inbox.
_RECENT = (
    select(consultations)
    .where(consultations.c.person_key == bindparam("of_person"), consultations.c.topic == bindparam("of_topic"))
    .where(consultations.c.opened_at > bindparam("since"), consultations.c.people > 0)
    .order_by(consultations.c.id.desc())
    .limit(1)
)
_INSERT = insert(consultations).returning(consultations.c.id)
_NUMBER = (
    update(consultations).where(consultations.c.id == bindparam("numbered_id")).values(number=bindparam("to_number"))
)


@dataclass(frozen=True, slots=True)
class Source:
    """Whose record it is and where it comes from. `org` stands in its number."""

    person_key: str
    inbox_id: int
    org: str
    now: datetime


def continue_or_open(
    connection: Connection, draft: ConsultationDraft, source: Source, conversation: Conversation
) -> int:
    """Write a consultation and return its row id.

    The same person's same topic within 24 hours continues its record. A record that turned out to be about the wrong
    topic (`replaces`) is corrected. Otherwise a new record is opened, which counts once.
    """
    same = _recent(connection, source, draft.topic)
    wrong = _recent(connection, source, draft.replaces) if draft.replaces and draft.replaces != draft.topic else None
    if same is not None:
        _continue(connection, same, source, draft, conversation)
        if wrong is not None:
            _close_as_merged(connection, wrong.id, same.number)
        return int(same.id)
    if wrong is not None:
        _correct(connection, wrong, source, draft, conversation)
        return int(wrong.id)
    return _open(connection, source, draft, conversation)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a member of staff made of a matter; what is None stays as it is."""

    responder: str
    responder_id: int
    disposition: str
    answer: str
    domain: str | None
    topic: str | None
    title: str | None
    township: str | None


def settle(connection: Connection, handover_ids: Sequence[int], settled: Settled, now: datetime) -> str | None:
    """Write into the records of these handovers who answered and what came of it.

    Returns the number of the newest of them, None where the handovers have no record.
    """
    theirs = select(handovers.c.consultation_id).where(
        handovers.c.id.in_(handover_ids), handovers.c.consultation_id.is_not(None)
    )
    values: dict[str, Any] = {
        "responder": settled.responder,
        "responder_id": settled.responder_id,
        "disposition": settled.disposition,
        "status": "已答复",
        "last_at": now,
    }
    optional = {"domain": settled.domain, "topic": settled.topic, "title": settled.title}
    optional |= {"township": settled.township, "answer": settled.answer or None}
    values |= {name: value for name, value in optional.items() if value is not None}
    rows = connection.execute(
        update(consultations)
        .where(consultations.c.id.in_(theirs))
        .values(**values)
        .returning(consultations.c.id, consultations.c.number)
    ).all()
    return str(max(rows, key=lambda row: row.id).number) if rows else None


def number_of(connection: Connection, row_id: int) -> str:
    """The number of a record."""
    return str(connection.execute(select(consultations.c.number).where(consultations.c.id == row_id)).scalar_one())


def write_feedback(connection: Connection, person_key: str, feedback: Feedback) -> None:
    """Note on the person's newest record of the topic what they thought of the answer."""
    newest = (
        select(func.max(consultations.c.id))
        .where(consultations.c.person_key == person_key, consultations.c.topic == feedback.topic)
        .scalar_subquery()
    )
    connection.execute(update(consultations).where(consultations.c.id == newest).values(feedback=feedback.word))


def of_person(connection: Connection, person_key: str, limit: int) -> list[ConsultationRow]:
    """The person's own records, newest first."""
    rows = connection.execute(
        select(consultations)
        .where(consultations.c.person_key == person_key, consultations.c.people > 0)
        .order_by(consultations.c.id.desc())
        .limit(limit)
    )
    return [_row(row) for row in rows]


def between(
    connection: Connection, start: datetime | None, end: datetime | None, *, chunk: int = 1000
) -> Iterator[ConsultationRow]:
    """All records opened from `start` (included) to `end` (excluded), in their order, in constant memory.

    Records that were merged into another (people = 0) are left out: they are the same matter.
    """
    query = select(consultations).where(consultations.c.people > 0).order_by(consultations.c.id)
    if start is not None:
        query = query.where(consultations.c.opened_at >= start)
    if end is not None:
        query = query.where(consultations.c.opened_at < end)
    for row in connection.execute(query, execution_options={"yield_per": chunk}):
        yield _row(row)


def _recent(connection: Connection, source: Source, topic: str) -> Row[Any] | None:
    wanted = {"of_person": source.person_key, "of_topic": topic, "since": source.now - SAME_MATTER}
    return connection.execute(_RECENT, wanted).one_or_none()


def _open(connection: Connection, source: Source, draft: ConsultationDraft, conversation: Conversation) -> int:
    values = {
        "conversation_id": conversation.id,
        "inbox_id": source.inbox_id,
        "channel": conversation.key.channel,
        "person_key": source.person_key,
        "opened_at": source.now,
        "last_at": source.now,
        "messages": 1,
        "people": 1,
        "consent": False,
        **_told(draft, conversation),
    }
    row_id = connection.execute(_INSERT, values).scalar_one()
    # The year is that of the bureau, not of UTC: its records of 1 January must not bear last year's number.
    number = f"ZX{source.now.astimezone(_SHANGHAI).year}-{source.org}-{row_id:06d}"
    connection.execute(_NUMBER, {"numbered_id": row_id, "to_number": number})
    return int(row_id)


def _continue(
    connection: Connection, same: Row[Any], source: Source, draft: ConsultationDraft, conversation: Conversation
) -> None:
    """Go on with a record: what was learnt since is added, nothing that stands is taken back."""
    values: dict[str, Any] = {"last_at": source.now, "messages": same.messages + 1}
    values |= {name: getattr(same, name) or getattr(draft, name) for name in ("urgent", "group_matter", "minor")}
    if draft.disposition != "当场答复" or same.disposition == "":
        values |= {"disposition": draft.disposition, "status": draft.status}
    place = draft.township or conversation.township
    if place and same.township == UNKNOWN_PLACE:
        values["township"] = place
    # Questions without a topic stand in one record until a person has sorted them: all of them have to be in it.
    if not draft.topic and draft.summary not in same.summary:
        values["summary"] = f"{same.summary}；{draft.summary}"[:LONGEST_SUMMARY]
    connection.execute(update(consultations).where(consultations.c.id == same.id).values(**values))


def _correct(
    connection: Connection, wrong: Row[Any], source: Source, draft: ConsultationDraft, conversation: Conversation
) -> None:
    values = _told(draft, conversation) | {"last_at": source.now, "messages": wrong.messages + 1, "feedback": None}
    values["summary"] = wrong.summary or draft.summary
    values["remark"] = f"原归为“{wrong.title}”，当事人说不是其情况，已更正"
    connection.execute(update(consultations).where(consultations.c.id == wrong.id).values(**values))


def _close_as_merged(connection: Connection, row_id: int, number: str) -> None:
    connection.execute(
        update(consultations)
        .where(consultations.c.id == row_id)
        .values(people=0, status="已合并", remark=f"并入 {number}")
    )


def _told(draft: ConsultationDraft, conversation: Conversation) -> dict[str, Any]:
    return {
        "township": draft.township or conversation.township or UNKNOWN_PLACE,
        "client_types": list(draft.client_types),
        "domain": draft.domain,
        "topic": draft.topic,
        "title": draft.title,
        "summary": draft.summary,
        "answer": draft.answer,
        "cites": [dict(cite) for cite in draft.cites],
        "disposition": draft.disposition,
        "urgent": draft.urgent,
        "group_matter": draft.group_matter,
        "minor": draft.minor,
        "responder": draft.responder,
        "status": draft.status,
        "score": draft.score,
        "candidates": [dict(candidate) for candidate in draft.candidates],
        "knowledge_version": draft.knowledge_version,
    }


def _row(row: Row[Any]) -> ConsultationRow:
    return ConsultationRow(
        id=row.id,
        number=row.number,
        opened_at=row.opened_at,
        title=row.title,
        status=row.status,
        values=dict(row._mapping),  # noqa: SLF001 - SQLAlchemy's documented way to a row as a mapping
    )
