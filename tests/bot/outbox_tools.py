"""Tools of the outbox tests: a channel that fails as it is told, and a database with due replies."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import insert

from bot.channels.base import Channel, Rate, Sent
from bot.channels.fetched import Fetched, FetchGone
from bot.outbox import Outbox
from handlers.message import Reply
from storage import schema as tables
from storage.database import Database
from storage.records import OutboxRow
from tests.in_client_tools import in_client
from tests.running import Clock

QUICK = Rate(per_second=1000, burst=100)


class Wire:
    """A channel that notes what is sent and fails as it is told; `faults` are used up one by one."""

    def __init__(self, rate: Rate | None = QUICK) -> None:
        self.name = "telegram"
        self.rate = rate
        self.sent: list[str] = []
        self.tried: list[tuple[str, int]] = []
        self.faults: list[Exception] = []

    async def send(self, row: OutboxRow, reply: Reply) -> Sent:
        self.tried.append((reply.text, row.attempts))
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(reply.text)
        return Sent(f"id of {reply.text}", f"code of {reply.text}")

    def fit(self, reply: Reply) -> Reply:
        return reply

    async def fetch(self, source: str) -> Fetched:
        raise FetchGone(source)

    def routes(self) -> list[Any]:
        return []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def close(self) -> None: ...


class Desk:
    """A database with due replies, and the sender that works them off."""

    def __init__(self, database: Database, wire: Wire, clock: Clock) -> None:
        self.database, self.wire, self.clock = database, wire, clock
        channels: dict[str, Channel] = {wire.name: wire}
        self.outbox = Outbox(database, channels, clock, random.Random(7), in_client(database, clock, channels))

    def due(self, chat: str, text: str, *, priority: int = 2, purpose: str = "answer", account: str = "a") -> None:
        """Put a reply into the outbox, and its conversation beside it."""
        where = {"channel": self.wire.name, "account": account, "chat": chat}
        now = self.clock()
        empty: dict[str, Any] = {"person": chat, "dialog": {}, "holder": "bot", "created_at": now, "updated_at": now}
        table = tables.conversations

        def write(connection: Any) -> None:
            found = connection.execute(table.select().filter_by(**where)).one_or_none()
            number = (
                found.id
                if found
                else connection.execute(insert(table).values(**where, **empty).returning(table.c.id)).scalar_one()
            )
            values = {"key": f"{account}-{chat}-{text}", "conversation_id": number, "purpose": purpose}
            values |= {"priority": priority, "body": Reply(text).body(), "state": "due", "attempts": 0}
            connection.execute(insert(tables.outbox).values(**where, **values, not_before=now, created_at=now))

        self.database.write_now(write)

    def rows(self) -> list[Any]:
        return self.database.read_now(lambda c: list(c.execute(tables.outbox.select().order_by(tables.outbox.c.id))))

    async def until(self, condition: Callable[[], object], what: str, seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self.outbox.wake()
                await asyncio.sleep(0.01)

    async def finished(self) -> list[str]:
        """The state of every reply, once none is due."""
        await self.until(lambda: all(row.state != "due" for row in self.rows()), "nothing due")
        return [row.state for row in self.rows()]


@asynccontextmanager
async def sending(desk: Desk) -> AsyncIterator[None]:
    await desk.outbox.start()
    try:
        yield
    finally:
        await desk.outbox.stop()
