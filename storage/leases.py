"""Leases on conversations: whoever holds one handles its messages, in their order."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.conversations import conversation_of
from storage.records import Claim, ConversationKey, StoredMessage
from storage.schema import conversations, inbox

_INSERT_CONVERSATION = {
    "sqlite": sqlite.insert(conversations).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(conversations).on_conflict_do_nothing(),
}
# Built once, as in storage.inbox: every message passes here, and putting a statement together costs more than it does.
_AT = and_(
    conversations.c.channel == bindparam("at_channel"),
    conversations.c.account == bindparam("at_account"),
    conversations.c.chat == bindparam("at_chat"),
)
_WAITING = (
    select(inbox.c.id, inbox.c.sender)
    .where(
        inbox.c.channel == bindparam("at_channel"),
        inbox.c.account == bindparam("at_account"),
        inbox.c.chat == bindparam("at_chat"),
        inbox.c.state == "new",
    )
    .order_by(inbox.c.id)
    .limit(50)
)
_TAKE = (
    update(conversations)
    .where(_AT)
    .where(
        or_(
            conversations.c.lease_until.is_(None),
            conversations.c.lease_until <= bindparam("taken_at"),
            conversations.c.lease_owner == bindparam("taker"),
        )
    )
    .values(lease_owner=bindparam("taker"), lease_until=bindparam("until"))
    .returning(*conversations.c)
)
_COUNT_TRY = (
    update(inbox)
    .where(inbox.c.id.in_(bindparam("ids", expanding=True)), inbox.c.state == "new")
    # Only the first is sure to be tried: were all counted, a message that ends the process would take its neighbours
    # with it.
    .values(attempts=inbox.c.attempts + case((inbox.c.id == bindparam("first"), 1), else_=0))
    .returning(*inbox.c)
)
_RELEASE = (
    update(conversations)
    .where(_AT, conversations.c.lease_owner == bindparam("taker"))
    .values(lease_owner=None, lease_until=None)
)


def waiting_conversations(connection: Connection, now: datetime, limit: int) -> list[ConversationKey]:
    """Conversations with unhandled messages that nobody holds a lease on, oldest message first."""
    same = and_(
        conversations.c.channel == inbox.c.channel,
        conversations.c.account == inbox.c.account,
        conversations.c.chat == inbox.c.chat,
    )
    query = (
        select(inbox.c.channel, inbox.c.account, inbox.c.chat)
        .outerjoin(conversations, same)
        .where(inbox.c.state == "new")
        .where(or_(conversations.c.lease_until.is_(None), conversations.c.lease_until <= now))
        .group_by(inbox.c.channel, inbox.c.account, inbox.c.chat)
        .order_by(func.min(inbox.c.id))
        .limit(limit)
    )
    return [ConversationKey(*row) for row in connection.execute(query)]


def claim(connection: Connection, key: ConversationKey, owner: str, now: datetime, lease: timedelta) -> Claim | None:
    """Take the conversation for `owner`, with its waiting messages; None if it is taken or nothing waits.

    Only the holder of the lease handles the conversation's messages: this keeps their order, on one machine and on
    several.
    """
    waiting = connection.execute(_WAITING, _at(key)).all()
    if not waiting:
        return None
    values = {"channel": key.channel, "account": key.account, "chat": key.chat, "person": waiting[0].sender}
    values |= {"dialog": {}, "holder": "bot", "created_at": now, "updated_at": now}
    connection.execute(_INSERT_CONVERSATION[connection.dialect.name], values)
    taken = connection.execute(_TAKE, {**_at(key), "taken_at": now, "taker": owner, "until": now + lease}).one_or_none()
    if taken is None:
        return None
    fresh = connection.execute(_COUNT_TRY, {"ids": [row.id for row in waiting], "first": waiting[0].id}).all()
    messages = tuple(sorted((_stored(row) for row in fresh), key=lambda stored: stored.inbox_id))
    return Claim(conversation_of(taken), messages)


def release(connection: Connection, key: ConversationKey, owner: str) -> bool:
    """Give the conversation back; True if messages came in meanwhile and nobody has been told."""
    connection.execute(_RELEASE, {**_at(key), "taker": owner})
    return connection.execute(_WAITING, _at(key)).first() is not None


def release_all(connection: Connection) -> None:
    """Forget every lease: at the start of the only process of a SQLite database, none can be alive."""
    connection.execute(update(conversations).values(lease_owner=None, lease_until=None))


def _at(key: ConversationKey) -> dict[str, str]:
    return {"at_channel": key.channel, "at_account": key.account, "at_chat": key.chat}


def _stored(row: Row[Any]) -> StoredMessage:
    return StoredMessage(
        inbox_id=row.id,
        key=ConversationKey(row.channel, row.account, row.chat),
        sender=row.sender,
        message_id=row.message_id,
        body=row.body,
        sent_at=row.sent_at,
        received_at=row.received_at,
        attempts=row.attempts,
    )
