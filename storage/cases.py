"""Cases 工单: submitted by residents, opened by staff, changed step by step, each step with its line of history."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.case_records import CaseChange, CaseEvent, CaseRow, case_of
from storage.desk_records import CaseDraft
from storage.errors import Changed
from storage.records import Conversation
from storage.schema import attachments, case_events, cases, consultations
from storage.turn_result import TurnResult

RESIDENT = "当事人"
_GUIDED_WITHIN = timedelta(hours=24)
_INSERT = {
    "sqlite": sqlite.insert(cases).on_conflict_do_nothing(index_elements=["origin"]),
    "postgresql": postgresql.insert(cases).on_conflict_do_nothing(index_elements=["origin"]),
}


def submit(connection: Connection, draft: CaseDraft, turn: TurnResult, conversation: Conversation) -> int:
    """The resident confirmed: open the case and return its row id. What was submitted from one form opens one case."""
    values = _values(draft, turn.now) | {
        "number": draft.number,
        "conversation_id": conversation.id,
        "consultation_id": _guided(connection, conversation.id, draft.guided, turn.now),
        "person_key": turn.person_key,
        "channel": conversation.key.channel,
    }
    case_id = connection.execute(_INSERT[connection.dialect.name].returning(cases.c.id), values).scalar_one_or_none()
    if case_id is None:
        return int(connection.execute(select(cases.c.id).where(cases.c.origin == draft.origin)).scalar_one())
    _write_event(connection, int(case_id), turn.now, RESIDENT, None, "submit")
    if draft.files_since is not None:
        connection.execute(
            update(attachments)
            .where(attachments.c.conversation_id == conversation.id, attachments.c.case_id.is_(None))
            .where(attachments.c.inbox_id >= draft.files_since)
            .values(case_id=case_id)
        )
    return int(case_id)


def open_by_staff(
    connection: Connection,
    draft: CaseDraft,
    conversation: Conversation | None,
    person_key: str | None,
    by: tuple[int, str],
    number: Callable[[int], str],
    now: datetime,
    way: str = "window",
) -> tuple[CaseRow, bool]:
    """A member of staff (`by`: id and name) opens a case for somebody; `number` makes its number from the row id.

    `way` is how somebody came who has no conversation. Returns the case, and whether it is new: the same form sent
    twice opens one.
    """
    values = _values(draft, now) | {
        "conversation_id": conversation.id if conversation else None,
        "consultation_id": _guided(connection, conversation.id, draft.guided, now) if conversation else None,
        "person_key": person_key,
        "channel": conversation.key.channel if conversation else way,
    }
    case_id = connection.execute(_INSERT[connection.dialect.name].returning(cases.c.id), values).scalar_one_or_none()
    if case_id is None:
        row = connection.execute(select(cases).where(cases.c.origin == draft.origin)).one()
        return case_of(row), False
    numbered = update(cases).where(cases.c.id == case_id).values(number=number(int(case_id))).returning(*cases.c)
    row = connection.execute(numbered).one()
    _write_event(connection, row.id, now, by[1], by[0], "open")
    return case_of(row), True


def change(connection: Connection, step: CaseChange) -> CaseRow | None:
    """Take one step and write it into the history; None if somebody else was first, and then nothing is written."""
    row = connection.execute(
        update(cases)
        .where(cases.c.id == step.case_id, cases.c.version == step.version, cases.c.state == step.before)
        .values(**{**step.values, "state": step.after, "version": step.version + 1, "updated_at": step.at})
        .returning(*cases.c)
    ).one_or_none()
    if row is None:
        return None
    _write_event(
        connection,
        step.case_id,
        step.at,
        step.actor,
        step.account_id,
        step.action,
        before=step.before,
        after=step.after,
        text=step.text,
        detail=step.detail,
    )
    return case_of(row)


def change_in_turn(connection: Connection, step: CaseChange) -> None:
    """A resident's own step.

    Raises:
        Changed: staff took a step meanwhile, so that what the resident was about to be told is not true any more.
    """
    if change(connection, step) is None:
        raise Changed("the case went on meanwhile")


def mark_rated(connection: Connection, case_id: int, conversation_id: int, grade: int, now: datetime) -> None:
    """The resident of this conversation graded a case that is closed; a case rated before stays as it is."""
    case = read(connection, case_id)
    if case is None or case.conversation_id != conversation_id or case.state not in ("closed", "visited"):
        return
    step = CaseChange(case_id, case.version, case.state, "rated", "rate", now, RESIDENT, detail={"grade": grade})
    change(connection, step)


def add_event(connection: Connection, case: CaseRow, step: CaseChange) -> None:
    """A line in the history of a case that does not change by it."""
    _write_event(
        connection,
        case.id,
        step.at,
        step.actor,
        step.account_id,
        step.action,
        before=case.state,
        after=case.state,
        text=step.text,
        detail=step.detail,
    )


def read(connection: Connection, case_id: int) -> CaseRow | None:
    """The case of this row id."""
    return _one(connection, cases.c.id == case_id)


def by_number(connection: Connection, number: str) -> CaseRow | None:
    """The case of this number, as `handlers.cases.kinds.number_in` spells it."""
    return _one(connection, cases.c.number == number)


def of_person(connection: Connection, person_key: str, limit: int) -> list[CaseRow]:
    """A person's own cases, newest first."""
    query = select(cases).where(cases.c.person_key == person_key).order_by(cases.c.id.desc()).limit(limit)
    return [case_of(row) for row in connection.execute(query)]


def of_conversation(connection: Connection, conversation_id: int) -> list[CaseRow]:
    """The cases that came of a conversation, newest first."""
    query = select(cases).where(cases.c.conversation_id == conversation_id).order_by(cases.c.id.desc())
    return [case_of(row) for row in connection.execute(query)]


def events(connection: Connection, case_id: int) -> list[CaseEvent]:
    """The history of a case, oldest first."""
    query = select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.id)
    return [
        CaseEvent(**{name: getattr(row, name) for name in CaseEvent.__slots__}) for row in connection.execute(query)
    ]


def newest_told(connection: Connection, case_id: int, action: str) -> str:
    """What stands in the newest line of this act: what is missing, why it was refused; "" where there is none."""
    query = (
        select(case_events.c.text)
        .where(case_events.c.case_id == case_id, case_events.c.action == action)
        .order_by(case_events.c.id.desc())
        .limit(1)
    )
    return str(connection.scalar(query) or "")


def _one(connection: Connection, condition: Any) -> CaseRow | None:
    row = connection.execute(select(cases).where(condition)).one_or_none()
    return None if row is None else case_of(row)


def _guided(connection: Connection, conversation_id: int, disposition: str, now: datetime) -> int | None:
    """The newest consultation of the conversation, which from now on says where it led."""
    newest: int | None = connection.scalar(
        select(func.max(consultations.c.id)).where(
            consultations.c.conversation_id == conversation_id, consultations.c.people > 0
        )
    )
    if newest is not None and disposition:
        connection.execute(
            update(consultations)
            .where(consultations.c.id == newest, consultations.c.last_at > now - _GUIDED_WITHIN)
            .where(consultations.c.disposition == "当场答复")
            .values(disposition=disposition)
        )
    return newest


def _values(draft: CaseDraft, now: datetime) -> dict[str, Any]:
    return {
        "kind": draft.kind,
        "state": "submitted",
        "version": 1,
        "origin": draft.origin,
        "unit": draft.unit,
        "township": draft.township,
        "title": draft.title,
        "facts": [dict(fact) for fact in draft.facts],
        "name_sealed": draft.name_sealed,
        "phone_sealed": draft.phone_sealed,
        "address_sealed": draft.address_sealed,
        "other_sealed": draft.other_sealed,
        "phone_hash": draft.phone_hash,
        "consent_at": draft.consent_at,
        "client_types": list(draft.client_types),
        "urgent": draft.urgent,
        "minor": draft.minor,
        "safe_mode": draft.safe_mode,
        "details": dict(draft.details or {}),
        "submitted_at": now,
        "updated_at": now,
        "due_at": draft.due_at,
        "due_from": now if draft.due_at is not None else None,
    }


def _write_event(
    connection: Connection,
    case_id: int,
    at: datetime,
    actor: str,
    account_id: int | None,
    action: str,
    *,
    before: str = "",
    after: str = "submitted",
    text: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    connection.execute(
        insert(case_events).values(
            case_id=case_id,
            at=at,
            account_id=account_id,
            actor=actor,
            action=action,
            before=before,
            after=after,
            text=text,
            detail=dict(detail or {}),
        )
    )
