"""Receptions that colleagues have in hand, for those who direct them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.conversations import conversation_of
from storage.records import Conversation
from storage.schema import conversations, inbox


@dataclass(frozen=True, slots=True)
class InHand:
    """A conversation that somebody holds: since when, when they last did something, when the resident last wrote."""

    conversation: Conversation
    held_at: datetime
    active_at: datetime
    resident_at: datetime | None

    @property
    def awaits_answer(self) -> bool:
        """Whether the resident spoke after the holder."""
        return self.resident_at is not None and self.resident_at > self.active_at


def in_hand(connection: Connection, unit: str, besides: int, limit: int) -> list[InHand]:
    """What others than the account `besides` hold, those first in which nothing has happened for longest.

    `unit` is a township or "" for all.
    """
    newest = (
        select(func.max(inbox.c.received_at))
        .where(inbox.c.channel == conversations.c.channel, inbox.c.account == conversations.c.account)
        .where(inbox.c.chat == conversations.c.chat, inbox.c.sender == conversations.c.person)
        .scalar_subquery()
    )
    query = (
        select(conversations, newest.label("resident_at"))
        .where(conversations.c.holder == "person", conversations.c.kind == "resident")
        .where(conversations.c.holder_id.is_distinct_from(besides))
        .order_by(conversations.c.holder_active_at, conversations.c.id)
        .limit(limit)
    )
    if unit:
        query = query.where(conversations.c.township == unit)
    return [
        InHand(conversation_of(row), row.held_at, row.holder_active_at, row.resident_at)
        for row in connection.execute(query)
    ]
