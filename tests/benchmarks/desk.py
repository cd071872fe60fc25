"""The staff desk: fifty claims at once for one conversation, on both databases, each heard to its answer."""

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from bot.app import App, build
from bot.config import Settings
from handlers.desk.accounts import staff_of
from handlers.desk.claim import Claimed, claim
from handlers.desk.staff import Staff
from storage import accounts, inbox, leases
from storage.account_records import NewAccount
from storage.conversations import commit_turn
from storage.records import ConversationKey, HandoverDraft, NewMessage
from storage.turn_result import TurnResult
from tests.benchmarks.client import run
from tests.benchmarks.figures import Figure, at_most, quantile
from tests.postgres import Cluster, Missing

RACING = 50
_numbers = itertools.count()


def racing(folder: Path, *, rounds: int = 200, racing: int = RACING) -> list[Figure]:
    """How long a claim takes where fifty race, from the click to the answer; the first rounds warm up."""
    (folder / "sqlite").mkdir()
    figures = _figures("SQLite", run(_race(_settings(folder / "sqlite"), rounds, racing)))
    try:
        cluster = Cluster()
    except Missing:
        return figures
    with cluster:
        settings = _settings(folder / "postgresql", cluster.create_database())
        return [*figures, *_figures("PostgreSQL", run(_race(settings, rounds, racing)))]


def _settings(folder: Path, url: str = "") -> Settings:
    return Settings.model_validate({"service": {"data_dir": folder}, "database": {"url": url}})


def _figures(name: str, seconds: list[float]) -> list[Figure]:
    values = [1000 * one for one in seconds]
    return [
        Figure(f"claim, {RACING} at once, {name}: p50", quantile(values, 0.5), "ms"),
        at_most(f"claim, {RACING} at once, {name}: p99", quantile(values, 0.99), 30, "ms"),
    ]


async def _race(settings: Settings, rounds: int, racing: int) -> list[float]:
    app = build(settings)
    app.database.start()
    try:
        staff = [await _member(app, number) for number in range(racing)]
        found: list[float] = []
        for number in range(rounds):
            conversation_id = await _waiting(app)
            taken = await asyncio.gather(*(_one(app, member, conversation_id) for member in staff))
            assert sum(won for won, _ in taken) == 1
            if number >= rounds // 8:
                found += [seconds for _, seconds in taken]
        return found
    finally:
        await app.database.close()
        if app.lock is not None:
            app.lock.close()


async def _one(app: App, member: Staff, conversation_id: int) -> tuple[bool, float]:
    began = time.perf_counter()
    told = await claim(app.tools, member, conversation_id)
    return isinstance(told, Claimed), time.perf_counter() - began


async def _member(app: App, number: int) -> Staff:
    new = NewAccount(f"clerk{number}", f"接待员{number}", ("desk",), "", "no password")
    made = await app.database.write(lambda c: accounts.create(c, new, datetime.now(UTC)))
    assert made is not None
    return staff_of(made)


async def _waiting(app: App) -> int:
    """A resident who asked for a person."""
    now, number = datetime.now(UTC), next(_numbers)
    key = ConversationKey("web", "web", f"racing{number}")
    message = NewMessage(key, key.chat, str(number), {"kind": "text", "text": "转人工"}, now, now)
    handover = HandoverDraft(f"RG-{number}", "word", "要找人工", urgent=False, promised_at=now + timedelta(hours=4))

    def work(connection: Connection) -> int:
        inbox.accept(connection, [message])
        held = leases.claim(connection, key, "benchmark", now, timedelta(minutes=1))
        assert held is not None
        stored, about = held.messages[0], held.conversation
        turn = TurnResult(stored.inbox_id, about.id, "benchmark", now, {}, "person", key.chat, "YY", handover=handover)
        commit_turn(connection, turn)
        return about.id

    return await app.database.write(work)
