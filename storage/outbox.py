"""The outbox: what is to be said, in the transaction that decided it; and the proof of what was said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Row, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.records import Conversation, ConversationKey, OutboxDraft, OutboxRow
from storage.schema import conversations, outbox

# A person holds the conversation: the bot keeps silent, but for danger and for that person's own words.
# What goes to staff is no word to a resident: a member of staff may have asked for a person in the same chat.
_SPOKEN_OVER_A_PERSON = ("urgent", "staff", "alert", "relay")
# The channel may have a way to say these outside the window's budget: it decides, and tells when they are settled.
MAY_BE_FREE = ("handover", "waiting", "closing")
# Safe mode: nothing is sent unasked. What moves a platform's session is leased all the same, to move it silently.
_NEVER_IN_SAFE_MODE = ("notice",)
SAFE_MODE = "safe mode: nothing is sent unasked"
# Built once, as in storage.inbox.
_INSERT = insert(outbox)
_INSERT_ONCE = {
    "sqlite": sqlite.insert(outbox).on_conflict_do_nothing(index_elements=["key"]),
    "postgresql": postgresql.insert(outbox).on_conflict_do_nothing(index_elements=["key"]),
}
_TAKE_ONE = (
    update(conversations)
    .where(conversations.c.id == bindparam("taken_from"), conversations.c.window_left > 0)
    .values(window_left=conversations.c.window_left - 1)
)
_REPLIES_TO = select(outbox).where(outbox.c.inbox_id == bindparam("answered_id")).order_by(outbox.c.id)


def enqueue(
    connection: Connection,
    conversation: Conversation,
    inbox_id: int | None,
    replies: Sequence[OutboxDraft],
    now: datetime,
    *,
    handover_id: int | None = None,
    once: bool = False,
) -> None:
    """Write replies of a conversation; those that the channel fetches by itself count as sent.

    `once`: a key that is there already is not written again, so that what was decided twice is said once.
    """
    if not replies:
        return
    connection.execute(
        _INSERT_ONCE[connection.dialect.name] if once else _INSERT,
        [
            {
                "key": reply.key,
                "conversation_id": conversation.id,
                "inbox_id": inbox_id,
                "handover_id": handover_id,
                "channel": conversation.key.channel,
                "account": conversation.key.account,
                "chat": conversation.key.chat,
                "purpose": reply.purpose,
                "priority": reply.priority,
                "body": dict(reply.body),
                "reply_token": reply.reply_token,
                "state": _state(conversation, reply),
                "attempts": 0,
                "not_before": reply.not_before,
                "expires_at": reply.expires_at,
                "created_at": now,
                "finished_at": now if reply.pulled else None,
                "error": _silenced(conversation, reply) if reply.pulled else None,
            }
            for reply in replies
        ],
    )


def claim_due(
    connection: Connection, channel: str, account: str, now: datetime, lease: timedelta, limit: int
) -> list[OutboxRow]:
    """Lease up to `limit` messages that may go now, most urgent first.

    Whether each may still go is checked here, in the same transaction: its time may be over, a person may have taken
    the conversation, the platform's window may be closed, the resident may have blocked us. What may not go is dropped
    with the reason. The lease is `not_before` pushed forward: a crash makes the message due again.
    """
    waiting = connection.execute(
        select(
            outbox,
            conversations.c.holder,
            conversations.c.unreachable,
            conversations.c.window_until,
            conversations.c.window_left,
            conversations.c.safe_mode,
        )
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .where(outbox.c.channel == channel, outbox.c.account == account)
        .where(outbox.c.state == "due", outbox.c.not_before <= now)
        .where(outbox.c.id.in_(_heads(channel, account)))
        .order_by(outbox.c.priority, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=outbox)
    ).all()
    leased = []
    for row in waiting:
        reason = _why_not(row, now) or _spend(connection, row)
        if reason is None:
            leased.append(row)
        else:
            settle(connection, row.id, "dropped", now, error=reason)
    if leased:
        connection.execute(
            update(outbox)
            .where(outbox.c.id.in_([row.id for row in leased]))
            # Without an error: this tells a lease from a pause after a failure.
            .values(not_before=now + lease, attempts=outbox.c.attempts + 1, error=None)
        )
    return [_leased(row) for row in leased]


def settle(
    connection: Connection,
    row_id: int,
    state: str,
    now: datetime,
    *,
    platform_id: str | None = None,
    update_code: str | None = None,
    spent: bool = False,
    error: str | None = None,
) -> None:
    """A message is finished: "sent", "dead" (given up, `fawen check` reports it) or "dropped" (may not go).

    `spent`: it took one from the window's budget; for most messages `claim_due` has taken that already.
    """
    values = {"platform_id": platform_id, "update_code": update_code, "error": _cut(error, outbox.c.error)}
    row = connection.execute(
        update(outbox)
        .where(outbox.c.id == row_id, outbox.c.state == "due")
        .values(state=state, finished_at=now, **values)
        .returning(outbox.c.conversation_id, outbox.c.purpose)
    ).one_or_none()
    if spent and row is not None and row.purpose in MAY_BE_FREE:
        connection.execute(_TAKE_ONE, {"taken_from": row.conversation_id})


def bounce(connection: Connection, key: str, now: datetime, error: str) -> None:
    """The platform took a message and could not deliver it after all: it is "dead", whether settled or not."""
    connection.execute(
        update(outbox)
        .where(outbox.c.key == key, outbox.c.state.in_(("due", "sent")))
        .values(state="dead", finished_at=now, error=_cut(error, outbox.c.error))
    )


def postpone(connection: Connection, row_id: int, not_before: datetime, error: str) -> None:
    """Try again later."""
    connection.execute(
        update(outbox)
        .where(outbox.c.id == row_id, outbox.c.state == "due")
        .values(not_before=not_before, error=_cut(error, outbox.c.error))
    )


def release_all(connection: Connection, now: datetime) -> None:
    """End every lease: at the start of the only process of a SQLite database, nothing can be on the wire."""
    connection.execute(
        update(outbox)
        .where(outbox.c.state == "due", outbox.c.attempts > 0, outbox.c.error.is_(None), outbox.c.not_before > now)
        .values(not_before=now)
    )


def mark_unreachable(connection: Connection, conversation_id: int, reason: str) -> None:
    """The platform says that this person cannot be written to; what is still due is dropped when it is claimed."""
    connection.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(unreachable=_cut(reason, conversations.c.unreachable))
    )


def replies_to(connection: Connection, inbox_id: int) -> list[OutboxRow]:
    """What was said in answer to one message, in its order."""
    rows = connection.execute(_REPLIES_TO, {"answered_id": inbox_id})
    return [_row(row) for row in rows]


def said_after(connection: Connection, key: ConversationKey, after: int, limit: int) -> list[OutboxRow]:
    """What was said in a conversation after the outbox id `after`, oldest first."""
    rows = connection.execute(
        select(outbox)
        .where(outbox.c.channel == key.channel, outbox.c.account == key.account, outbox.c.chat == key.chat)
        .where(outbox.c.id > after, outbox.c.state != "dropped")
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [_row(row) for row in rows]


def due_accounts(connection: Connection) -> list[tuple[str, str]]:
    """The (channel, account) pairs that have something to send."""
    rows = connection.execute(select(outbox.c.channel, outbox.c.account).where(outbox.c.state == "due").distinct())
    return [(row.channel, row.account) for row in rows]


def _state(conversation: Conversation, reply: OutboxDraft) -> str:
    """What the channel fetches by itself is out with the commit, so it is silenced here; the rest when it is due."""
    if not reply.pulled:
        return "due"
    return "dropped" if _silenced(conversation, reply) else "sent"


def _silenced(about: Conversation | Row[Any], reply: OutboxDraft | Row[Any]) -> str | None:
    """Why the bot may not say this, whatever the channel."""
    if about.holder == "person" and reply.purpose not in _SPOKEN_OVER_A_PERSON:
        return "a person holds the conversation"
    if about.safe_mode and reply.purpose in _NEVER_IN_SAFE_MODE:
        return SAFE_MODE
    return None


def _heads(channel: str, account: str) -> Any:
    """The oldest unsent message of each conversation: two answers to one person must not overtake each other."""
    return (
        select(func.min(outbox.c.id))
        .where(outbox.c.channel == channel, outbox.c.account == account, outbox.c.state == "due")
        .group_by(outbox.c.conversation_id, outbox.c.priority)
        .scalar_subquery()
    )


def _why_not(row: Row[Any], now: datetime) -> str | None:
    if row.expires_at is not None and row.expires_at <= now:
        return "too late: the platform's time for this answer is over"
    if row.unreachable is not None:
        return f"unreachable: {row.unreachable}"
    silenced = _silenced(row, row)
    if silenced is not None:
        return silenced
    if row.reply_token is None and row.window_until is not None and row.window_until <= now:
        return "window: the platform allows no answer this long after the last message"
    return None


def _spend(connection: Connection, row: Row[Any]) -> str | None:
    """Take one from the window's budget, once for a message whatever its tries; why not if none is left."""
    if row.attempts > 0 or row.reply_token is not None or row.window_left is None or row.purpose in MAY_BE_FREE:
        return None
    taken = _TAKE_ONE.returning(conversations.c.id)
    left = connection.execute(taken, {"taken_from": row.conversation_id}).first()
    return None if left else "window: the platform allows no more answers before the next message"


def _cut(words: str | None, column: Column[str]) -> str | None:
    """A platform's words, as long as the column holds: PostgreSQL refuses longer ones, and the reply would go again."""
    return None if words is None else words[: column.type.length]  # type: ignore[attr-defined]


def _leased(row: Row[Any]) -> OutboxRow:
    return replace(_row(row), attempts=row.attempts + 1, window_left=row.window_left, safe_mode=row.safe_mode)


def _row(row: Row[Any]) -> OutboxRow:
    return OutboxRow(
        id=row.id,
        key=row.key,
        conversation_id=row.conversation_id,
        inbox_id=row.inbox_id,
        chat=ConversationKey(row.channel, row.account, row.chat),
        purpose=row.purpose,
        body=row.body,
        reply_token=row.reply_token,
        attempts=row.attempts,
        expires_at=row.expires_at,
        created_at=row.created_at,
        state=row.state,
    )
