"""Rows for the tests of storage: short to write, with everything that a test does not care about filled in."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, insert, select

from storage import inbox, leases
from storage.conversations import commit_turn
from storage.database import Database
from storage.outbox import claim_due
from storage.records import (
    Accepted,
    Claim,
    ConsultationDraft,
    ConversationKey,
    NewMessage,
    OutboxDraft,
    OutboxRow,
)
from storage.schema import consultations
from storage.turn_result import TurnResult

T = TypeVar("T")
NOW = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)
KEY = ConversationKey("wecom_kf", "wk1", "resident")
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def chat(name: str) -> ConversationKey:
    """A conversation of another person on the same account."""
    return replace(KEY, chat=name)


def message(message_id: str, key: ConversationKey = KEY, **changes: Any) -> NewMessage:
    """A message of the conversation's own person."""
    known = NewMessage(key, key.chat, message_id, {"kind": "text", "text": f"话 {message_id}"}, NOW, NOW)
    return replace(known, **changes)


def accept(database: Database, *messages: NewMessage) -> list[Accepted]:
    """Store messages in one batch."""
    return database.write_now(lambda connection: inbox.accept(connection, messages))


def try_claim(database: Database, key: ConversationKey = KEY, owner: str = "w", now: datetime = NOW) -> Claim | None:
    """Try to lease the conversation for a minute."""
    return database.write_now(lambda connection: leases.claim(connection, key, owner, now, LEASE))


def claim(database: Database, key: ConversationKey = KEY, owner: str = "w", now: datetime = NOW) -> Claim:
    """Lease the conversation for a minute, which must be free."""
    found = try_claim(database, key, owner, now)
    assert found is not None
    return found


def arrive(database: Database, message_id: str, key: ConversationKey = KEY, **changes: Any) -> Claim:
    """One message comes in and its conversation is leased."""
    accept(database, message(message_id, key, **changes))
    return claim(database, key)


def turn(held: Claim, **changes: Any) -> TurnResult:
    """What came of the first message of a claim."""
    first, about = held.messages[0], held.conversation
    known = TurnResult(first.inbox_id, about.id, "w", NOW, {}, f"key-{first.sender}", first.sender, "YY")
    known = replace(known, expected_holder=about.holder)
    return replace(known, **changes)


def commit(database: Database, result: TurnResult) -> None:
    """End a turn."""
    database.write_now(lambda connection: commit_turn(connection, result))


def say(database: Database, message_id: str, key: ConversationKey = KEY, **changes: Any) -> None:
    """A whole turn: a message comes in and this comes of it."""
    commit(database, turn(arrive(database, message_id, key), **changes))


def draft(topic: str = "labor.wages", **changes: Any) -> ConsultationDraft:
    """A service record about a topic."""
    known = ConsultationDraft("labor", topic, f"{topic}？", "诉求", "答复", (), "当场答复", "已答复", "机器人")
    return replace(known, **changes)


def reply(key: str, **changes: Any) -> OutboxDraft:
    """A reply that may go at once."""
    return replace(OutboxDraft(key, "answer", 2, {"text": f"答 {key}"}, NOW), **changes)


def due(database: Database, now: datetime = NOW, limit: int = 10, account: str = KEY.account) -> list[OutboxRow]:
    """Lease what may be sent now, for a minute."""
    return database.write_now(lambda connection: claim_due(connection, KEY.channel, account, now, LEASE, limit))


def rows(database: Database, table: Table) -> list[dict[str, Any]]:
    """All rows of a table, by its first column."""
    found = database.read_now(lambda c: c.execute(select(table).order_by(*table.primary_key)).mappings().all())
    return [dict(row) for row in found]


def write_consultations(database: Database, count: int, **changes: Any) -> None:
    """Fill the ledger straight away, as an archive of years would."""
    known = {"channel": "web", "person_key": "p", "opened_at": NOW, "last_at": NOW, "messages": 1, "people": 1}
    known |= {"township": "不详", "client_types": [], "domain": "labor", "topic": "labor.wages", "title": "欠薪"}
    known |= {"summary": "诉求", "answer": "答复", "cites": [], "disposition": "当场答复", "urgent": False}
    known |= {"group_matter": False, "minor": False, "responder": "机器人", "consent": False, "status": "已答复"}
    known |= {"candidates": [], "knowledge_version": "v1"} | changes
    written = [known | {"number": f"ZX-{number}"} for number in range(count)]
    database.write_now(lambda connection: connection.execute(insert(consultations), written))


def race(works: Sequence[Callable[[Connection], T]], databases: Sequence[Database]) -> list[T]:
    """Run all works at the same moment, each in a transaction of its own; their results in order."""
    barrier = Barrier(len(works))

    def run(number: int) -> T:
        barrier.wait()
        return databases[number % len(databases)].write_now(works[number])

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, range(len(works))))
