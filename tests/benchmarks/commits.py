"""Group commit: many writers whose waiting work shares a commit, beside one commit per message."""

import asyncio
import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sqlalchemy import Connection

from storage import inbox
from storage.database import Database
from storage.records import Accepted, ConversationKey, NewMessage
from storage.upgrade import upgrade
from tests.benchmarks.client import run
from tests.benchmarks.figures import Figure, at_least

WRITERS = 32
_numbers = itertools.count()


def measure(folder: Path, *, rounds: int = 5, messages: int = 3200) -> list[Figure]:
    """Messages a second with synchronous=FULL: in groups, one by one, and one by one from as many threads."""
    database = Database(f"sqlite:///{folder / 'commits.db'}")
    upgrade(database)
    ways: dict[str, Callable[[], float]] = {
        "in groups": lambda: run(_in_groups(database, messages)),
        "one": lambda: _one_by_one(database, 1, messages // 10),
        "many": lambda: _one_by_one(database, WRITERS, messages // 10),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    database.start()
    try:
        for _ in range(rounds):
            for name, way in ways.items():
                rates[name].append(way())
    finally:
        asyncio.run(database.close())
    ratios = {name: median(map(float.__truediv__, rates["in groups"], rates[name])) for name in ("one", "many")}
    return [
        Figure(f"{WRITERS} writers in groups", median(rates["in groups"]), "/s"),
        Figure("a commit each, one thread", median(rates["one"]), "/s"),
        Figure(f"a commit each, {WRITERS} threads", median(rates["many"]), "/s"),
        at_least(f"in groups / a commit each, {WRITERS} threads", ratios["many"], 10),
        # For the eye: one thread has nobody to wait for, and is not what 32 writers without groups would do.
        Figure("in groups / a commit each, one thread", ratios["one"], "x"),
    ]


async def _in_groups(database: Database, messages: int) -> float:
    async def write() -> None:
        for _ in range(messages // WRITERS):
            stored: Accepted = await database.write_batch(inbox.accept, _message())
            assert stored.fresh

    began = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(WRITERS)))
    return messages / (time.perf_counter() - began)


def _one_by_one(database: Database, threads: int, messages: int) -> float:
    def write(_: int) -> None:
        for _ in range(max(1, messages // threads)):
            message = _message()

            def work(connection: Connection, message: NewMessage = message) -> list[Accepted]:
                return inbox.accept(connection, [message])

            database.write_now(work)

    with ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        list(pool.map(write, range(threads)))
        return max(1, messages // threads) * threads / (time.perf_counter() - began)


def _message() -> NewMessage:
    number = next(_numbers)
    now = datetime.now(UTC)
    key = ConversationKey("wecom_app", "1000002", f"member{number % 500:03}")
    return NewMessage(key, key.chat, str(number), {"kind": "text", "text": "老板拖欠工资三个月不给，怎么办"}, now, now)
