"""What the desk looks at: the queue, one's own receptions, a conversation from its beginning."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, func, or_, select

from storage.conversations import conversation_of
from storage.inbox import heard_in
from storage.outbox import MAY_BE_FREE
from storage.records import Conversation, Json
from storage.schema import consultations, conversations, handovers, inbox, outbox, staff_notes
from storage.turn_result import AT_WORK

_TO_STAFF = ("alert", "relay")
Position = tuple[bool, datetime, int]  # urgent, created_at, id of the last item that was shown


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A handover as a line of a list. `summary` is masked already; safe mode hides more of it in the page."""

    id: int
    number: str
    conversation_id: int
    channel: str
    township: str | None
    domain: str
    reason: str
    summary: str
    urgent: bool
    state: str
    created_at: datetime
    promised_at: datetime
    claimed_at: datetime | None
    claimed_name: str | None
    first_reply_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    safe_mode: bool

    @property
    def position(self) -> Position:
        """Where the list goes on after it."""
        return self.urgent, self.created_at, self.id


@dataclass(frozen=True, slots=True)
class Reception:
    """A conversation that somebody holds, with when each side spoke last."""

    conversation: Conversation
    held_at: datetime
    resident_at: datetime | None
    holder_active_at: datetime
    handover: QueueItem | None

    @property
    def awaits_answer(self) -> bool:
        """Whether the resident spoke after the holder."""
        return self.resident_at is not None and self.resident_at > self.holder_active_at


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a conversation. `by` is resident, bot, staff or note; `state` tells what became of a reply."""

    at: datetime
    by: str
    name: str
    body: Json
    state: str
    error: str | None
    row: int


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many wait in a scope, how many of them in danger, and since when the first."""

    waiting: int
    urgent: int
    oldest: datetime | None


def waiting(
    connection: Connection, unit: str, after: Position | None, limit: int, *, township: str = "", channel: str = ""
) -> list[QueueItem]:
    """Who waits, the endangered first, then by arrival; `unit` is a township or "" for all.

    `township` and `channel` narrow the list down. Who is in safe mode stands in it whatever the township: the list
    shall not tell where they live, and nobody in danger is to be missed.
    """
    found: list[QueueItem] = []
    for urgent in (True, False):
        if len(found) >= limit or (after is not None and after[0] < urgent):
            continue
        query = _items().where(handovers.c.state == "waiting", handovers.c.urgent.is_(urgent))
        if after is not None and after[0] == urgent:
            query = query.where(_later_than(after))
        query = _narrowed(query, unit, township, channel)
        query = query.order_by(handovers.c.created_at, handovers.c.id).limit(limit - len(found))
        found += [_item(row) for row in connection.execute(query)]
    return found


def queue_counts(connection: Connection, unit: str) -> QueueCounts:
    """The numbers above the queue."""
    query = select(
        func.count(), func.sum(case((handovers.c.urgent, 1), else_=0)), func.min(handovers.c.created_at)
    ).where(handovers.c.state == "waiting")
    if unit:
        query = query.where(handovers.c.township == unit)
    count, urgent, oldest = connection.execute(query).one()
    return QueueCounts(int(count), int(urgent or 0), oldest)


def held_by(connection: Connection, account_id: int) -> list[Reception]:
    """The receptions of one member of staff, those that wait longest for an answer first."""
    rows = connection.execute(
        select(conversations, _newest_of_resident().label("resident_at"))
        .where(conversations.c.holder_id == account_id, conversations.c.holder == "person")
        .order_by(conversations.c.held_at)
    ).all()
    found = [_reception(connection, row) for row in rows]
    return sorted(found, key=lambda one: (not one.awaits_answer, one.resident_at or one.held_at))


def without_outcome(connection: Connection, account_id: int, limit: int = 50) -> list[QueueItem]:
    """Receptions that ended in the platform's client, whose outcome nobody has written down yet."""
    query = (
        _items()
        .where(handovers.c.claimed_by == account_id, handovers.c.state == "closed", handovers.c.outcome.is_(None))
        .order_by(handovers.c.closed_at)
        .limit(limit)
    )
    return [_item(row) for row in connection.execute(query)]


def handover(connection: Connection, handover_id: int) -> QueueItem | None:
    """One handover, whatever its state."""
    row = connection.execute(_items().where(handovers.c.id == handover_id)).one_or_none()
    return None if row is None else _item(row)


def handovers_of(connection: Connection, conversation_id: int) -> list[QueueItem]:
    """All handovers of a conversation, newest first."""
    query = _items().where(handovers.c.conversation_id == conversation_id).order_by(handovers.c.id.desc())
    return [_item(row) for row in connection.execute(query)]


def unalerted(connection: Connection, limit: int) -> list[QueueItem]:
    """Handovers that no member of staff has been told of."""
    query = (
        _items()
        .where(handovers.c.alerted_at.is_(None), handovers.c.state == "waiting")
        .order_by(handovers.c.id)
        .limit(limit)
    )
    return [_item(row) for row in connection.execute(query)]


def history(connection: Connection, conversation: Conversation, limit: int = 200) -> list[Said]:
    """The newest lines of a conversation, oldest first: what was said by everybody, and the notes of staff.

    A member of staff may ask for a person too, in the chat in which they work: what passed there about residents is no
    part of it.
    """
    lines = heard_in(conversation.key)
    heard = connection.execute(
        select(lines.c.id, lines.c.received_at, lines.c.sender, lines.c.body, lines.c.state, lines.c.error)
        .where(or_(lines.c.error.is_(None), lines.c.error != AT_WORK))
        .order_by(lines.c.id.desc())
        .limit(limit)
    )
    said = connection.execute(
        select(outbox.c.id, outbox.c.created_at, outbox.c.purpose, outbox.c.body, outbox.c.state, outbox.c.error)
        .where(outbox.c.conversation_id == conversation.id, outbox.c.purpose.not_in(_TO_STAFF))
        .order_by(outbox.c.id.desc())
        .limit(limit)
    )
    notes = connection.execute(
        select(staff_notes)
        .where(staff_notes.c.conversation_id == conversation.id)
        .order_by(staff_notes.c.id.desc())
        .limit(limit)
    )
    found = [_heard(row, conversation) for row in heard.all()]
    found += [_spoken(row) for row in said.all()]
    found += [Said(row.at, "note", row.author, {"text": row.text}, "", None, row.id) for row in notes]
    return sorted(found, key=lambda line: line.at)[-limit:]


def unspent(connection: Connection, conversation_id: int) -> int:
    """How many messages of a conversation in the outbox may yet count against the platform's window.

    Most are counted when they go out for the first time; what may be free only when the channel has told.
    """
    waiting = select(func.count()).where(
        outbox.c.conversation_id == conversation_id,
        outbox.c.state == "due",
        or_(outbox.c.attempts == 0, outbox.c.purpose.in_(MAY_BE_FREE)),
        outbox.c.reply_token.is_(None),
    )
    return connection.scalar(waiting) or 0


def is_said(connection: Connection, key: str) -> bool:
    """Whether the outbox has a row under this key, whatever became of it."""
    return connection.scalar(select(outbox.c.id).where(outbox.c.key == key)) is not None


def search(connection: Connection, words: str, unit: str, account_id: int, limit: int) -> list[QueueItem]:
    """Handovers whose number or summary holds the words, newest first, in a scope or of one's own."""
    pattern = f"%{words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    query = (
        _items()
        .outerjoin(consultations, consultations.c.id == handovers.c.consultation_id)
        .where(
            or_(
                handovers.c.number.ilike(pattern, escape="!"),
                and_(handovers.c.summary.ilike(pattern, escape="!"), conversations.c.safe_mode.is_(False)),
                consultations.c.number.ilike(pattern, escape="!"),
            )
        )
        .order_by(handovers.c.id.desc())
        .limit(limit)
    )
    if unit:
        query = query.where(or_(handovers.c.township == unit, handovers.c.claimed_by == account_id))
    return [_item(row) for row in connection.execute(query)]


def _items() -> Select[Any]:
    return select(handovers, conversations.c.channel, conversations.c.safe_mode).join(
        conversations, conversations.c.id == handovers.c.conversation_id
    )


def _narrowed(query: Select[Any], unit: str, township: str, channel: str) -> Select[Any]:
    if unit:
        query = query.where(handovers.c.township == unit)
    if township:
        query = query.where(or_(handovers.c.township == township, conversations.c.safe_mode.is_(True)))
    return query.where(conversations.c.channel == channel) if channel else query


def _later_than(after: Position) -> Any:
    _, created_at, row_id = after
    return or_(handovers.c.created_at > created_at, and_(handovers.c.created_at == created_at, handovers.c.id > row_id))


def _newest_of_resident() -> Any:
    return (
        select(func.max(inbox.c.received_at))
        .where(inbox.c.channel == conversations.c.channel, inbox.c.account == conversations.c.account)
        .where(inbox.c.chat == conversations.c.chat, inbox.c.sender == conversations.c.person)
        .scalar_subquery()
    )


def _reception(connection: Connection, row: Row[Any]) -> Reception:
    query = (
        _items()
        .where(handovers.c.conversation_id == row.id, handovers.c.state == "claimed")
        .order_by(handovers.c.id.desc())
        .limit(1)
    )
    found = connection.execute(query).one_or_none()
    item = None if found is None else _item(found)
    return Reception(conversation_of(row), row.held_at, row.resident_at, row.holder_active_at, item)


def _item(row: Row[Any]) -> QueueItem:
    return QueueItem(**{name: getattr(row, name) for name in QueueItem.__slots__})


def _heard(row: Any, conversation: Conversation) -> Said:
    by = "resident" if row.sender == conversation.person else "staff"
    return Said(row.received_at, by, "" if by == "resident" else row.sender, row.body, row.state, row.error, row.id)


def _spoken(row: Any) -> Said:
    by = "staff" if row.purpose == "staff" else "bot"
    return Said(row.created_at, by, row.body.get("author", ""), row.body, row.state, row.error, row.id)
