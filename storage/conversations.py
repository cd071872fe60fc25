"""Conversations and the one transaction that ends a turn."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningUpdate

from storage import parties, ratings, safety
from storage.consultations import Source, continue_or_open, write_feedback
from storage.desk_records import StaffMessage
from storage.errors import Changed, Lost
from storage.outbox import enqueue
from storage.records import Conversation, ConversationKey, Json, OutboxDraft
from storage.retention import forget_person
from storage.schema import conversations, handovers, inbox
from storage.turn_cases import write_cases
from storage.turn_result import TurnResult

# Built once, as in storage.inbox.
_BY_ID = select(conversations).where(conversations.c.id == bindparam("wanted_id"))
_INSERT = {
    "sqlite": sqlite.insert(conversations).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(conversations).on_conflict_do_nothing(),
}
_SETTLE = (
    update(inbox)
    .where(inbox.c.id == bindparam("settled_id"), inbox.c.state == "new")
    .values(state=bindparam("to_state"), error=bindparam("to_error"), finished_at=bindparam("to_finished_at"))
    .returning(inbox.c.id)
)


def commit_turn(connection: Connection, turn: TurnResult) -> None:
    """Write everything that came of one message: inbox done, conversation, service record, outbox.

    Raises:
        Lost: the lease is not ours any more, or the message has been settled: nothing is written.
        Changed: a person took the conversation, or gave it back, since the turn began: nothing is written.
    """
    settled = {"settled_id": turn.inbox_id, "to_state": turn.state, "to_error": turn.error, "to_finished_at": turn.now}
    if connection.execute(_SETTLE, settled).one_or_none() is None:
        raise Lost("this message has been settled already")
    changes = _conversation_changes(turn)
    values = {f"to_{name}": value for name, value in changes.items()}
    known = {"turned_id": turn.conversation_id, "turner": turn.owner, "expected_holder": turn.expected_holder}
    row = connection.execute(_change(frozenset(changes)), known | values).one_or_none()
    if row is None:
        raise _why_not_ours(connection, turn)
    conversation = conversation_of(row)
    _write_records(connection, turn, conversation)
    enqueue(connection, conversation, turn.inbox_id, turn.replies, turn.now)
    for message in turn.to_staff:
        tell_staff(connection, message, turn.now)


def remember(connection: Connection, conversation_id: int, dialog: Json) -> None:
    """What the bot remembers of a conversation, outside a turn."""
    connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(dialog=dict(dialog)))


def speak(connection: Connection, conversation: Conversation, draft: OutboxDraft, now: datetime) -> None:
    """Say something in a conversation outside a turn; once for each key. Who holds it is read anew."""
    current = read_by_id(connection, conversation.id) or conversation
    enqueue(connection, current, None, [draft], now, once=True)


def tell_staff(connection: Connection, message: StaffMessage, now: datetime) -> None:
    """Put something for a member of staff, or for a staff group, into the outbox; once for each key."""
    chat = ensure(connection, message.key, message.kind, now)
    enqueue(connection, chat, None, [message.draft], now, handover_id=message.handover_id, once=True)


def read_by_id(connection: Connection, conversation_id: int) -> Conversation | None:
    """The conversation of this row id, or None."""
    row = connection.execute(_BY_ID, {"wanted_id": conversation_id}).one_or_none()
    return None if row is None else conversation_of(row)


def ensure(connection: Connection, key: ConversationKey, kind: str, now: datetime) -> Conversation:
    """The conversation at `key`, made if it is new: how we reach a member of staff or a staff group."""
    values: dict[str, Any] = {
        "channel": key.channel,
        "account": key.account,
        "chat": key.chat,
        "person": key.chat,
        "kind": kind,
    }
    values |= {"dialog": {}, "holder": "bot", "created_at": now, "updated_at": now}
    connection.execute(_INSERT[connection.dialect.name], values)
    found = read_conversation(connection, key)
    if found is None:
        raise RuntimeError("a conversation that was just made is not there")
    return found


def read_conversation(connection: Connection, key: ConversationKey) -> Conversation | None:
    """The conversation at `key`, or None."""
    row = connection.execute(
        select(conversations).where(
            conversations.c.channel == key.channel,
            conversations.c.account == key.account,
            conversations.c.chat == key.chat,
        )
    ).one_or_none()
    return None if row is None else conversation_of(row)


def change_dialog(connection: Connection, conversation_id: int, change: Callable[[Json], Json]) -> None:
    """Change what a conversation remembers, outside a turn and without losing what a turn writes meanwhile."""
    kept = select(conversations.c.dialog).where(conversations.c.id == conversation_id).with_for_update()
    dialog = connection.scalar(kept)
    if dialog is not None:
        changed = update(conversations).where(conversations.c.id == conversation_id).values(dialog=dict(change(dialog)))
        connection.execute(changed)


def set_unreachable(connection: Connection, key: ConversationKey, reason: str | None) -> None:
    """The platform tells by itself that a chat can, or cannot, be written to: None where it can."""
    connection.execute(
        update(conversations)
        .where(
            conversations.c.channel == key.channel,
            conversations.c.account == key.account,
            conversations.c.chat == key.chat,
        )
        .values(unreachable=reason)
    )


def conversation_of(row: Row[Any]) -> Conversation:
    """A row of the table as a `Conversation`."""
    return Conversation(
        id=row.id,
        key=ConversationKey(row.channel, row.account, row.chat),
        person=row.person,
        dialog=row.dialog,
        holder=row.holder,
        holder_name=row.holder_name,
        township=row.township,
        window_until=row.window_until,
        window_left=row.window_left,
        unreachable=row.unreachable,
        holder_id=row.holder_id,
        holder_via=row.holder_via,
        safe_mode=row.safe_mode,
        kind=row.kind,
    )


@cache
def _change(columns: frozenset[str]) -> ReturningUpdate[Any]:
    return (
        update(conversations)
        .where(conversations.c.id == bindparam("turned_id"), conversations.c.lease_owner == bindparam("turner"))
        .where(conversations.c.holder == bindparam("expected_holder"))
        .values({name: bindparam(f"to_{name}", type_=conversations.c[name].type) for name in sorted(columns)})
        .returning(*conversations.c)
    )


def _why_not_ours(connection: Connection, turn: TurnResult) -> Changed | Lost:
    owner = connection.scalar(select(conversations.c.lease_owner).where(conversations.c.id == turn.conversation_id))
    if owner == turn.owner:
        return Changed("the conversation changed hands meanwhile")
    return Lost("another worker holds this conversation")


def _conversation_changes(turn: TurnResult) -> dict[str, Any]:
    changes: dict[str, Any] = {"dialog": dict(turn.dialog), "updated_at": turn.now}
    if turn.holder is not None:
        changes["holder"] = turn.holder
    if turn.township is not None:
        changes["township"] = turn.township
    if turn.window is not None:
        changes["window_until"], changes["window_left"] = turn.window
    if turn.reachable:
        changes["unreachable"] = None
    if turn.handover is not None:
        changes["kind"] = "resident"  # a member of staff, written to before, asks for a person in a matter of their own
    if turn.safe_mode is not None:
        changes["safe_mode"] = turn.safe_mode
    return changes


def _write_records(connection: Connection, turn: TurnResult, conversation: Conversation) -> None:
    consultation_id = None
    if turn.consultation is not None:
        source = Source(turn.person_key, turn.inbox_id, turn.org, turn.now)
        consultation_id = continue_or_open(connection, turn.consultation, source, conversation)
    if turn.feedback is not None:
        write_feedback(connection, turn.person_key, turn.feedback)
    if turn.handover is not None:
        draft = turn.handover
        connection.execute(
            insert(handovers).values(
                number=draft.number,
                conversation_id=conversation.id,
                inbox_id=turn.inbox_id,
                consultation_id=consultation_id,
                reason=draft.reason,
                summary=draft.summary,
                urgent=draft.urgent,
                state="waiting",
                created_at=turn.now,
                promised_at=draft.promised_at,
                township=turn.township or conversation.township,
                domain=turn.consultation.domain if turn.consultation else "",
            )
        )
    if turn.handover_note is not None:
        note = turn.handover_note
        told = handovers.c.summary + "；补充：" + note.summary if note.added else note.summary
        connection.execute(
            update(handovers)
            .where(handovers.c.number == note.number, handovers.c.conversation_id == conversation.id)
            .values(summary=told, consultation_id=func.coalesce(handovers.c.consultation_id, consultation_id))
        )
    case_id = write_cases(connection, turn, conversation)
    _write_safety(connection, turn, conversation, case_id)
    if turn.forget:
        forget_person(connection, conversation, turn.person_key, turn.sender)


def _write_safety(connection: Connection, turn: TurnResult, conversation: Conversation, case_id: int | None) -> None:
    """What the resident thought of our work, who stands on which side, and whether they are in safe mode."""
    if turn.rating is not None:
        ratings.give(connection, conversation.id, turn.rating, turn.now)
    if turn.parties:
        parties.note(connection, conversation.id, case_id, turn.parties, turn.now)
    if turn.safe_mode is not None:
        safety.protect_cases(connection, conversation.id, turn.safe_mode)
