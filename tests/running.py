"""The real service for tests that speak HTTP to it: `bot.app.build` behind a real uvicorn on a free loopback port.

Inside asyncio, with the data in a temporary folder and any peers on loopback::

    def test_answers_on_the_web_and_in_telegram(tmp_path: Path) -> None:
        async def main() -> None:
            async with running(tmp_path, peer, settings={"web": {"messages_per_minute": 5}}) as app:
                told = await app.say(question())  # POST /api/v1/messages, asserts 200
                again = await app.say("要什么材料", conversation=told["conversation"])
                health = await app.client.get("/healthz")  # app.client: httpx.AsyncClient, app.base_url: its address
                assert len(await app.records()) == 1  # service records, oldest first
                await app.until(lambda: peer.sent_to(7))  # waits without blocking the service

        with TelegramPeer() as peer:
            asyncio.run(main())

* Peers: a `TelegramPeer` (polling; webhook with `settings={"telegram": {"mode": "webhook", …}}`), a `WeComPeer`.
* `settings` are sections like those of config.toml; they win over what the peers want.
* `clock=Clock()` lets hours pass: `clock.advance(hours=25)`.
* Leaving the block stops the service gently; entering it again with the same folder is a restart.
* `open_database(settings_for(tmp_path))` from `bot.app` writes "what a crash left behind" before a start.
* From threads (Playwright): ``with running_apart(tmp_path) as app: app.base_url; app.do(app.app.database.read(work))``.
* The command itself: `tests.processes`.
* Pauses before another try are the shortest that may be: one second after the first, two after the second.
* All use one matcher built once in a test session; `matcher=` gives another.
"""

import asyncio
import inspect
import random
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvicorn
from sqlalchemy import Table, select

from bot.app import App, build
from bot.channels.web import WebChannel
from bot.config import Settings
from knowledge.load import load
from knowledge.match import Matcher
from storage import consultations
from storage.records import ConsultationRow
from tests.compiled import compiled_once, pages_compiled_once
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer
from tests.template import lay_database

T = TypeVar("T")
Sections = Mapping[str, Mapping[str, Any]]
Peer = TelegramPeer | WeComPeer
_PATIENCE = 15.0


class Clock:
    """The present, moved on by `advance`."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, **span: float) -> None:
        """Let a time pass, in `timedelta`'s words."""
        self._ahead += timedelta(**span)


class Shortest(random.Random):
    """Pauses between tries are as short as they may be, and always the same."""

    def uniform(self, a: float, b: float) -> float:
        return min(a, b)


@dataclass
class Running:
    """A service that runs, and what tests ask of it."""

    app: App
    base_url: str
    client: httpx.AsyncClient = field(repr=False)

    async def post(self, **body: object) -> httpx.Response:
        """POST /api/v1/messages with this JSON body."""
        return await self.client.post("/api/v1/messages", json=body)

    async def say(self, text: str = "", *, conversation: str | None = None, **more: object) -> dict[str, Any]:
        """Say something on the web; the answer of the API, which has to be 200."""
        answer = await self.post(conversation=conversation, text=text, **more)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def later(self, conversation: str, after: int = 0) -> dict[str, Any]:
        """What a conversation's GET gives."""
        answer = await self.client.get("/api/v1/messages", params={"conversation": conversation, "after": after})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def records(self) -> list[ConsultationRow]:
        """All service records, oldest first."""
        return await self.app.database.read(lambda c: list(consultations.between(c, None, None)))

    async def rows(self, table: Table) -> list[Any]:
        """All rows of a table of `storage.schema`, oldest first."""
        return await self.app.database.read(lambda c: list(c.execute(select(table).order_by(*table.primary_key))))

    async def until(self, condition: Callable[[], object], what: str = "", *, seconds: float = _PATIENCE) -> None:
        """Wait until the condition is true; the service runs meanwhile. It may be slow, or awaitable."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            value = await asyncio.to_thread(condition)
            if await value if inspect.isawaitable(value) else value:
                return
            assert asyncio.get_running_loop().time() < deadline, f"waited {seconds} s in vain: {what}"
            await asyncio.sleep(0.02)


@cache
def matcher() -> Matcher:
    """The packaged knowledge: building it takes longer than all the rest of a start."""
    return Matcher(load())


def question(topic: str = "labor.unpaid-wages-general") -> str:
    """A question that this topic of the packaged knowledge answers at once, whatever the matcher's bands are."""
    return matcher().knowledge.entries[topic].question


def settings_for(data_dir: Path, *peers: Peer, base_url: str = "", settings: Sections | None = None) -> Settings:
    """Settings for a service that knows these peers."""
    sections: dict[str, dict[str, Any]] = {"service": {"data_dir": data_dir, "public_url": base_url}}
    for peer in peers:
        sections |= _of_telegram(peer) if isinstance(peer, TelegramPeer) else _of_wecom(peer)
    for name, values in (settings or {}).items():
        sections[name] = {**sections.get(name, {}), **values}
    return Settings(**sections)  # type: ignore[arg-type]


@asynccontextmanager
async def running(
    data_dir: Path,
    *peers: Peer,
    settings: Sections | None = None,
    clock: Callable[[], datetime] | None = None,
    matcher: Matcher | None = None,
) -> AsyncIterator[Running]:
    """Run the service in this event loop."""
    listener = _listen()
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        chosen = settings_for(data_dir, *peers, base_url=base_url, settings=settings)
        if not chosen.database.url:
            lay_database(chosen.service.data_dir / "fawen.db")
        app = build(chosen, clock=clock or Clock(), jitter=Shortest(), matcher=matcher or _shared())
        compiled_once(app.database)
        pages_compiled_once(app.console)
        await app.start()
        try:
            async with _served(app, listener), httpx.AsyncClient(base_url=base_url, timeout=30) as client:
                yield Running(app, base_url, client)
        finally:
            await app.stop()
    finally:
        listener.close()


@dataclass
class Apart:
    """A service that runs in a thread of its own."""

    running: Running
    loop: asyncio.AbstractEventLoop

    @property
    def app(self) -> App:
        return self.running.app

    @property
    def base_url(self) -> str:
        return self.running.base_url

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run on the service's event loop and wait."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(_PATIENCE)


@contextmanager
def running_apart(
    data_dir: Path,
    *peers: Peer,
    settings: Sections | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Iterator[Apart]:
    """Run the service in a thread, for tests that block."""
    started = threading.Event()
    found: list[Apart] = []
    over: list[asyncio.Event] = []

    async def main() -> None:
        async with running(data_dir, *peers, settings=settings, clock=clock) as app:
            over.append(asyncio.Event())
            found.append(Apart(app, asyncio.get_running_loop()))
            started.set()
            await over[0].wait()

    def work() -> None:
        try:
            asyncio.run(main())
        finally:
            started.set()

    thread = threading.Thread(target=work, name="fawen")
    thread.start()
    started.wait()
    try:
        assert found, "the service did not start; its traceback is above"
        yield found[0]
    finally:
        if found:
            found[0].loop.call_soon_threadsafe(over[0].set)
        thread.join()


class _Server(uvicorn.Server):
    """Stops on an event, at once, and like `fawen run` ends open streams before it waits for connections."""

    def __init__(self, config: uvicorn.Config, app: App, over: asyncio.Event) -> None:
        super().__init__(config)
        self._fawen = app
        self._over = over

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._over.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        web = self._fawen.channels.get(WebChannel.name)
        if web is not None:
            await web.stop()
        self._fawen.console.stop()
        await super().shutdown(sockets)


@asynccontextmanager
async def _served(app: App, listener: socket.socket) -> AsyncIterator[None]:
    over = asyncio.Event()
    config = uvicorn.Config(
        app.web, http="httptools", lifespan="off", access_log=False, log_config=None, timeout_graceful_shutdown=5
    )
    server = _Server(config, app, over)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        while not server.started:
            assert not serving.done(), "uvicorn did not start"
            await asyncio.sleep(0.001)
        yield
    finally:
        over.set()
        await serving


def _listen() -> socket.socket:
    # With the protocol spelled out asyncio switches Nagle's algorithm off; else every answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    return listener


def _shared() -> Matcher:
    return matcher()


def _of_telegram(peer: TelegramPeer) -> dict[str, dict[str, Any]]:
    return {"telegram": {"enabled": True, "token": peer.token, "api_base": peer.base_url}}


def _of_wecom(peer: WeComPeer) -> dict[str, dict[str, Any]]:
    return {
        "wecom": {
            "enabled": True,
            "corp_id": peer.corp.corpid,
            "agent_id": peer.app.agentid,
            "secret": peer.app.secret,
            "token": peer.app.callback_token,
            "aes_key": peer.app.aes_key,
            "api_base": peer.base_url,
        }
    }
