"""How conversations stand, in a word each that changes whenever their page has something new to show."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, func, select

from storage.inbox import newest_in
from storage.records import ConversationKey
from storage.schema import attachments, conversations, handovers, outbox, staff_notes

_HOLDING = (
    "holder",
    "holder_id",
    "holder_name",
    "holder_via",
    "holder_active_at",
    "safe_mode",
    "township",
    "window_until",
    "window_left",
    "unreachable",
)


def standings(connection: Connection, ids: Collection[int]) -> Mapping[int, str]:
    """By row id: who holds it, what was said and what became of it, notes, files, handovers, all in one word."""
    if not ids:
        return {}
    traces: dict[int, list[object]] = {}
    for row in connection.execute(select(conversations).where(conversations.c.id.in_(ids))):
        key = ConversationKey(row.channel, row.account, row.chat)
        traces[row.id] = [*(getattr(row, name) for name in _HOLDING), newest_in(connection, key)]
    for query in _queries(ids):
        for row in connection.execute(query):
            traces[row.conversation_id] += row[1:]
    return {key: hashlib.sha256(repr(found).encode()).hexdigest()[:16] for key, found in traces.items()}


def _queries(ids: Collection[int]) -> list[Select[tuple[object, ...]]]:
    """For each table the numbers by which a change of a conversation's rows is noticed."""
    said, note, file, asked = outbox.c, staff_notes.c, attachments.c, handovers.c
    found = [
        (said.conversation_id, func.max(said.id), func.count(said.finished_at), func.sum(said.attempts)),
        (note.conversation_id, func.max(note.id)),
        (file.conversation_id, func.max(file.id), func.count(file.sha256), func.count(file.reason)),
        (asked.conversation_id, func.max(asked.id), func.count(asked.claimed_at), func.count(asked.closed_at)),
    ]
    return [select(*columns).where(columns[0].in_(ids)).group_by(columns[0]) for columns in found]


@dataclass(frozen=True, slots=True)
class Held:
    """Since when somebody holds a conversation, and when they last did something in it; None where nobody does."""

    since: datetime | None
    active_at: datetime | None


def held(connection: Connection, conversation_id: int) -> Held:
    """How long the holder of a conversation has held it."""
    row = connection.execute(
        select(conversations.c.held_at, conversations.c.holder_active_at).where(conversations.c.id == conversation_id)
    ).one_or_none()
    return Held(None, None) if row is None else Held(row.held_at, row.holder_active_at)
