"""Both WeCom channels as they run, on a real database and a real port, against the peer."""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from pydantic import SecretStr
from sqlalchemy import Connection, Row, select
from starlette.applications import Starlette

from bot.channels.wecom import build_wecom
from bot.config import WeCom
from bot.rows import new_message
from handlers.desk.tools import Wire
from handlers.message import Message, Reply
from storage import inbox, leases, outbox
from storage.conversations import read_conversation
from storage.database import Database
from storage.records import Accepted, ConversationKey, OutboxDraft, OutboxRow
from storage.schema import channel_states, conversations
from storage.schema import inbox as inbox_table
from storage.schema import outbox as outbox_table
from tests.in_client_tools import in_client
from tests.peers.wecom import WeComPeer
from tests.template import lay_database

T = TypeVar("T")
OWNER = "test"


def settings_for(peer: WeComPeer, **changes: Any) -> WeCom:
    """The settings that fit the peer; not validated, so that a test may poll every tenth of a second."""
    values = {
        "enabled": True,
        "corp_id": peer.corp.corpid,
        "agent_id": peer.app.agentid,
        "secret": SecretStr(peer.app.secret),
        "token": SecretStr(peer.app.callback_token),
        "aes_key": SecretStr(peer.app.aes_key),
        "api_base": peer.base_url,
        "kf_accounts": (),
        "kf_poll_seconds": 600,
        "kf_first_minutes": 10,
    }
    return WeCom.model_construct(**{**values, **changes})


class Service:
    """The channels and what a test wants to know of them."""

    def __init__(self, peer: WeComPeer, database: Database, settings: WeCom) -> None:
        self.peer = peer
        self.database = database
        self.woken: list[ConversationKey] = []
        self.refuse: Exception | None = None
        self.said: list[ConversationKey] = []
        self.wires: dict[str, Wire] = {}
        self.in_client = in_client(database, self.now, self.wires, self.said.append)
        self.app, self.kf = build_wecom(
            settings,
            database,
            self._accept,
            self.woken.append,
            lambda: self.in_client,
            self.now,
            OWNER,
            random.Random(7),
        )
        self.wires |= {self.app.name: self.app, self.kf.name: self.kf}
        self.client = self.kf._client  # noqa: SLF001 - the token is looked at

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.peer.clock.now(), UTC)

    async def _accept(self, message: Message) -> Accepted:
        if self.refuse is not None:
            raise self.refuse
        return await self.database.write_batch(inbox.accept, new_message(message))

    def chat(self, resident: str) -> ConversationKey:
        return ConversationKey("wecom_kf", self.peer.kf.open_kfid, resident)

    async def rows(self) -> Sequence[Row[Any]]:
        return await self.read(lambda c: c.execute(select(inbox_table).order_by(inbox_table.c.id)).all())

    async def texts(self) -> list[str]:
        return [row.body.get("text") for row in await self.rows()]

    async def state(self) -> Row[Any]:
        """What is kept of the peer's first account."""
        wanted = channel_states.c.account == self.peer.kf.open_kfid
        return await self.read(lambda c: c.execute(select(channel_states).where(wanted)).one())

    async def conversation(self, chat: ConversationKey) -> Row[Any]:
        return await self.read(
            lambda c: c.execute(select(conversations).where(conversations.c.chat == chat.chat)).one()
        )

    async def sent(self, key: str) -> Row[Any]:
        return await self.read(lambda c: c.execute(select(outbox_table).where(outbox_table.c.key == key)).one())

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self.database.read(work)

    async def act(self, act: Callable[..., T], *args: Any, **more: Any) -> T:
        """Let the peer's people do something; it blocks until our callback has answered."""
        return await asyncio.to_thread(act, *args, **more)

    async def until(self, count: int) -> Sequence[Row[Any]]:
        """Wait until the inbox has `count` rows and nothing more is wanted from the first account."""
        deadline = time.monotonic() + 10
        while True:
            rows = await self.rows()
            served = await self.read(lambda c: c.execute(select(channel_states)).all())
            if len(rows) >= count and served and all(one.pull_served >= one.pull_wanted for one in served):
                return rows
            assert time.monotonic() < deadline, f"{len(rows)} rows, {[one.pull_lease_until for one in served]}"
            await asyncio.sleep(0.02)

    async def talk(self, chat: ConversationKey) -> int:
        """A conversation as it is after its waiting messages were taken up; its id."""
        claim = await self.database.write(lambda c: leases.claim(c, chat, OWNER, self.now(), timedelta(minutes=1)))
        assert claim is not None
        return claim.conversation.id

    async def draft(self, chat: ConversationKey, reply: Reply, key: str, **more: Any) -> OutboxRow:
        """A reply in the outbox, leased for sending."""
        draft = OutboxDraft(key, reply.purpose, 2, reply.body(), self.now(), **more)
        await self.talk(chat)

        def work(connection: Connection) -> OutboxRow:
            conversation = read_conversation(connection, chat)
            assert conversation is not None
            outbox.enqueue(connection, conversation, None, [draft], self.now())
            rows = outbox.claim_due(connection, chat.channel, chat.account, self.now(), timedelta(seconds=1), 10)
            return next(row for row in rows if row.key == key)

        return await self.database.write(work)


@contextlib.asynccontextmanager
async def serving(
    peer: WeComPeer, folder: Path, *, start: bool = True, path: str = "/wecom/app", **changes: Any
) -> AsyncIterator[Service]:
    """The channels behind a port, with the peer's callbacks pointed at it."""
    lay_database(folder / "fawen.db")
    database = Database(f"sqlite:///{folder / 'fawen.db'}")
    database.start()
    service = Service(peer, database, settings_for(peer, **changes))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    routes = [*service.app.routes(), *service.kf.routes()]
    config = uvicorn.Config(Starlette(routes=routes), lifespan="off", log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listener]))
    try:
        while not server.started:
            await asyncio.sleep(0.005)
        peer.callbacks.target = f"http://127.0.0.1:{listener.getsockname()[1]}{path}"
        if start:
            await service.app.start()
            await service.kf.start()
        yield service
    finally:
        peer.callbacks.target = ""
        await service.kf.stop()
        await service.app.close()
        server.should_exit = True
        await task
        listener.close()
        await database.close()
