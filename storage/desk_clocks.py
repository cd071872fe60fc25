"""What the desk's clocks look at: promises that run, limits of cases, residents who wait, receptions that fell silent.

Every act on it is a compare-and-set, so that of two replicas one does it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, exists, func, or_, select, update

from storage.conversations import conversation_of
from storage.desk import IN_CLIENT, STEPPED_IN
from storage.records import Conversation, Json
from storage.schema import cases, conversations, handovers, inbox

LAST_LEVEL = 100


@dataclass(frozen=True, slots=True)
class RunningPromise:
    """A handover that nobody has answered yet. `claimed_by` is whose it is, None where it waits or they have no
    account; `level` the last reminder that went.
    """

    id: int
    number: str
    conversation_id: int
    township: str | None
    urgent: bool
    state: str
    created_at: datetime
    promised_at: datetime
    claimed_by: int | None
    level: int
    safe_mode: bool


@dataclass(frozen=True, slots=True)
class RunningLimit:
    """A case whose clock runs; `level` is the last reminder that went."""

    id: int
    number: str
    kind: str
    state: str
    details: Json
    unit: str
    assignee_id: int | None
    due_from: datetime
    due_at: datetime
    level: int
    safe_mode: bool


@dataclass(frozen=True, slots=True)
class Waiter:
    """A resident who asked for a person and waits; the handover is the one that was promised first."""

    conversation: Conversation
    handover_id: int
    number: str
    township: str | None
    created_at: datetime
    promised_at: datetime
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class SilentReception:
    """A reception whose holder has said nothing since the resident began to wait at `since`."""

    conversation: Conversation
    holder_id: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """How many requests for a person wait, and how many of them past their promise."""

    waiting: int
    overdue: int


def queue(connection: Connection, now: datetime) -> Queue:
    """Count who waits."""
    late = func.sum(case((handovers.c.promised_at < now, 1), else_=0))
    waiting, overdue = connection.execute(
        select(func.count(), late).select_from(handovers).where(handovers.c.state == "waiting")
    ).one()
    return Queue(int(waiting), int(overdue or 0))


def running_promises(connection: Connection, limit: int) -> list[RunningPromise]:
    """Handovers without an answer whose last reminder has not gone, those promised first before the others."""
    unanswered = or_(
        handovers.c.state == "waiting", and_(handovers.c.state == "claimed", handovers.c.first_reply_at.is_(None))
    )
    query = (
        select(handovers, conversations.c.safe_mode)
        .join(conversations, conversations.c.id == handovers.c.conversation_id)
        .where(unanswered, handovers.c.sla_level < LAST_LEVEL, handovers.c.reason != STEPPED_IN)
        .order_by(handovers.c.promised_at, handovers.c.id)
        .limit(limit)
    )
    return [_promise(row) for row in connection.execute(query)]


def raise_promise(connection: Connection, handover_id: int, level: int) -> bool:
    """True for the transaction whose reminder of this level goes; False where it, or a later one, went before."""
    row = connection.execute(
        update(handovers)
        .where(handovers.c.id == handover_id, handovers.c.sla_level < level, handovers.c.state != "closed")
        .values(sla_level=level)
        .returning(handovers.c.id)
    ).one_or_none()
    return row is not None


def running_limits(connection: Connection, limit: int) -> list[RunningLimit]:
    """Cases whose clock runs and whose last reminder has not gone, those that are due first before the others."""
    query = (
        select(cases)
        .where(cases.c.due_at.is_not(None), cases.c.due_from.is_not(None), cases.c.number.is_not(None))
        .where(cases.c.clock_stopped_at.is_(None), cases.c.sla_level < LAST_LEVEL)
        .order_by(cases.c.due_at, cases.c.id)
        .limit(limit)
    )
    return [_limit(row) for row in connection.execute(query)]


def raise_limit(connection: Connection, case_id: int, due_at: datetime, level: int) -> bool:
    """As `raise_promise`, for the limit that is due at `due_at`: a new limit has reminders of its own."""
    row = connection.execute(
        update(cases)
        .where(cases.c.id == case_id, cases.c.due_at == due_at, cases.c.sla_level < level)
        .values(sla_level=level)
        .returning(cases.c.id)
    ).one_or_none()
    return row is not None


def waiters(connection: Connection, now: datetime, limit: int) -> list[Waiter]:
    """Residents who wait and may be told how it stands, those who heard nothing for longest first.

    Not those in safe mode or out of reach, nor those who have heard that the promise was missed. For a danger that was
    noted beside it no time was promised to them, so nothing is told of it.
    """
    untold = or_(handovers.c.told_at.is_(None), handovers.c.told_at < handovers.c.promised_at)
    reachable = or_(conversations.c.window_until.is_(None), conversations.c.window_until > now)
    query = (
        select(handovers)
        .join(conversations, conversations.c.id == handovers.c.conversation_id)
        .where(handovers.c.state == "waiting", untold, conversations.c.holder == "waiting")
        .where(handovers.c.urgent.is_(False))
        .where(conversations.c.safe_mode.is_(False), conversations.c.unreachable.is_(None), reachable)
        .order_by(func.coalesce(handovers.c.told_at, handovers.c.created_at), handovers.c.id)
        .limit(limit)
    )
    first: dict[int, Row[Any]] = {}
    for row in connection.execute(query):
        known = first.get(row.conversation_id)
        if known is None or row.promised_at < known.promised_at:
            first[row.conversation_id] = row
    rows = connection.execute(select(conversations).where(conversations.c.id.in_(first)))
    return [_waiter(first[row.id], conversation_of(row)) for row in rows]


def claim_telling(connection: Connection, waiter: Waiter, now: datetime) -> bool:
    """True for the transaction that tells this waiter now; False where another has told them, or somebody took them."""
    unchanged = handovers.c.told_at.is_(None) if waiter.told_at is None else handovers.c.told_at == waiter.told_at
    row = connection.execute(
        update(handovers)
        .where(handovers.c.id == waiter.handover_id, handovers.c.state == "waiting", unchanged)
        .values(told_at=now)
        .returning(handovers.c.id)
    ).one_or_none()
    if row is None:
        return False
    note_told(connection, waiter.conversation.id, now)
    return True


def note_told(connection: Connection, conversation_id: int, now: datetime) -> None:
    """The resident has just heard how all their requests that wait stand."""
    connection.execute(
        update(handovers)
        .where(handovers.c.conversation_id == conversation_id, handovers.c.state == "waiting")
        .values(told_at=now)
    )


def ahead_of(connection: Connection, waiter: Waiter) -> int:
    """How many wait before this one at the same workstation."""
    township = handovers.c.township.is_(None) if waiter.township is None else handovers.c.township == waiter.township
    earlier = or_(handovers.c.urgent.is_(True), handovers.c.created_at < waiter.created_at)
    query = select(func.count(handovers.c.conversation_id.distinct())).where(
        handovers.c.state == "waiting",
        township,
        earlier,
        handovers.c.conversation_id != waiter.conversation.id,
    )
    return connection.scalar(query) or 0


def silent_receptions(connection: Connection, quiet_since: datetime, limit: int) -> list[SilentReception]:
    """Receptions whose holder has said nothing after `quiet_since` while the resident waits, the longest silent first.

    They are locked for this transaction. Those in the platform's own client are left out: their session is its own.
    """
    heard = (
        select(func.min(inbox.c.received_at))
        .where(inbox.c.channel == conversations.c.channel, inbox.c.account == conversations.c.account)
        .where(inbox.c.chat == conversations.c.chat, inbox.c.sender == conversations.c.person)
        .where(inbox.c.received_at > conversations.c.holder_active_at)
        .scalar_subquery()
    )
    unanswered = exists().where(
        handovers.c.conversation_id == conversations.c.id,
        handovers.c.state == "claimed",
        handovers.c.first_reply_at.is_(None),
        handovers.c.reason != STEPPED_IN,
    )
    query = (
        select(conversations, heard.label("heard_at"), unanswered.label("unanswered"))
        .where(conversations.c.holder == "person", conversations.c.holder_id.is_not(None))
        .where(conversations.c.holder_via != IN_CLIENT, conversations.c.holder_active_at <= quiet_since)
        .where(or_(heard.is_not(None), unanswered))
        .order_by(conversations.c.holder_active_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=conversations)
    )
    return [
        SilentReception(conversation_of(row), row.holder_id, row.holder_active_at if row.unanswered else row.heard_at)
        for row in connection.execute(query)
    ]


def _promise(row: Row[Any]) -> RunningPromise:
    known = {name: getattr(row, name) for name in RunningPromise.__slots__ if name != "level"}
    return RunningPromise(**known, level=row.sla_level)


def _limit(row: Row[Any]) -> RunningLimit:
    known = {name: getattr(row, name) for name in RunningLimit.__slots__ if name != "level"}
    return RunningLimit(**known, level=row.sla_level)


def _waiter(row: Row[Any], conversation: Conversation) -> Waiter:
    return Waiter(conversation, row.id, row.number, row.township, row.created_at, row.promised_at, row.told_at)
