"""The durable inbox: a message is here before the platform hears 200."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Subquery, bindparam, case, func, select, tuple_, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.records import Accepted, ConversationKey, NewMessage
from storage.schema import inbox

_UNIQUE = ("channel", "account", "sender", "message_id")
_RETURNED = (inbox.c.id, inbox.c.channel, inbox.c.account, inbox.c.sender, inbox.c.message_id)
# Built once: putting a statement together costs more than running it.
_INSERT = {
    "sqlite": sqlite.insert(inbox).on_conflict_do_nothing(index_elements=_UNIQUE).returning(*_RETURNED),
    "postgresql": postgresql.insert(inbox).on_conflict_do_nothing(index_elements=_UNIQUE).returning(*_RETURNED),
}
_STATE = select(inbox.c.state).where(inbox.c.id == bindparam("settled_id"))

_Unique = tuple[str, str, str, str]


def accept(connection: Connection, messages: Sequence[NewMessage]) -> list[Accepted]:
    """Store messages that are not there yet; one result for each, in their order.

    The same message twice in one call is fresh once. RETURNING tells which rows are new, because the row count of an
    insert that does nothing differs between the databases.
    """
    first: dict[_Unique, NewMessage] = {}
    for message in messages:
        first.setdefault(_unique(message), message)
    rows = connection.execute(_INSERT[connection.dialect.name], [_values(message) for message in first.values()])
    fresh = {(row.channel, row.account, row.sender, row.message_id): int(row.id) for row in rows}
    known = _existing(connection, [unique for unique in first if unique not in fresh])
    results = []
    for message in messages:
        unique = _unique(message)
        if unique in fresh:
            results.append(Accepted(fresh[unique], fresh=True))
            known[unique] = fresh.pop(unique)
        else:
            results.append(Accepted(known[unique], fresh=False))
    return results


def settled(connection: Connection, inbox_id: int) -> str | None:
    """The state of a message that is no longer waiting; None while it is."""
    state = connection.scalar(_STATE, {"settled_id": inbox_id})
    return None if state in (None, "new") else str(state)


def heard_in(key: ConversationKey) -> Subquery:
    """All messages of one chat, by whomever. Two halves, because each has an index and together they have none."""
    here = select(inbox).where(inbox.c.channel == key.channel, inbox.c.account == key.account, inbox.c.chat == key.chat)
    return union_all(here.where(inbox.c.sender == key.chat), here.where(inbox.c.sender != inbox.c.chat)).subquery()


def newest_in(connection: Connection, key: ConversationKey) -> int:
    """The row id of the newest message of a chat, 0 where there is none."""
    return connection.scalar(select(func.max(heard_in(key).c.id))) or 0


def blank(connection: Connection, key: ConversationKey, message_id: str, now: datetime) -> None:
    """Its sender took a message back: its words go. If it still waits, it is not answered either."""
    heard = heard_in(key)
    connection.execute(
        update(inbox)
        .where(inbox.c.id.in_(select(heard.c.id).where(heard.c.message_id == message_id)))
        .values(
            body={},
            state=case((inbox.c.state == "new", "ignored"), else_=inbox.c.state),
            finished_at=func.coalesce(inbox.c.finished_at, now),
        )
    )


def _unique(message: NewMessage) -> _Unique:
    return (message.key.channel, message.key.account, message.sender, message.message_id)


def _existing(connection: Connection, uniques: list[_Unique]) -> dict[_Unique, int]:
    if not uniques:
        return {}
    columns = (inbox.c.channel, inbox.c.account, inbox.c.sender, inbox.c.message_id)
    rows = connection.execute(select(*_RETURNED).where(tuple_(*columns).in_(uniques)))
    return {(row.channel, row.account, row.sender, row.message_id): int(row.id) for row in rows}


def _values(message: NewMessage) -> dict[str, Any]:
    return {
        "channel": message.key.channel,
        "account": message.key.account,
        "chat": message.key.chat,
        "sender": message.sender,
        "message_id": message.message_id,
        "body": message.body,
        "sent_at": message.sent_at,
        "received_at": message.received_at,
        "state": message.state,
        "attempts": 0,
        "error": message.error,
    }
