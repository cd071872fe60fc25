"""The server in a background thread."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import uvicorn

from .api import BotApi
from .app import build_app
from .connections import ResettableProtocol
from .people import People
from .state import State
from .updates import UpdateQueue
from .webhook import DeliveryOptions, WebhookSender
from .world import World

P = ParamSpec("P")
T = TypeVar("T")
Json = dict[str, Any]

TOKEN = "700000001:AAHpeer-token-of-no-value-000000000"
_PATIENCE = 10.0


class PromptServer(uvicorn.Server):
    """uvicorn that stops on an event instead of looking ten times a second whether it should."""

    def __init__(self, config: uvicorn.Config, over: asyncio.Event) -> None:
        super().__init__(config)
        self.over = over

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.over.wait()


class Server:
    """uvicorn in a thread; whatever touches the state runs on its event loop."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "peer_bot",
        port: int = 0,
        now: Callable[[], float] = time.time,
        delivery: DeliveryOptions | None = None,
    ) -> None:
        self.token = token
        queue = UpdateQueue()
        sender = WebhookSender(queue, delivery or DeliveryOptions(), self._obey)
        queue.on_new = sender.pump
        self._state = State(token, World(token, username, now), queue, sender)
        self._people = People(self._state)
        self._api = BotApi(self._state)
        self._port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """What goes before ``/bot<token>/``: python-telegram-bot wants ``base_url + "/bot"``."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; the port stays the same when a stopped peer starts again, and so does what it knows."""
        listener = self._listen()
        self._state.closing = asyncio.Event()
        config = uvicorn.Config(
            build_app(self._state, self._api),
            http=ResettableProtocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = PromptServer(config, self._state.closing)
        self._thread = threading.Thread(target=self._run, args=(self._server, listener), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _PATIENCE
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the Telegram peer did not start")
            time.sleep(0.002)
        self._do(self._state.sender.resume)

    def _listen(self) -> socket.socket:
        # With the protocol spelled out asyncio switches Nagle's algorithm off; else every answer takes 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._port))
        except OSError:
            listener.close()
            raise
        self._port = listener.getsockname()[1]
        return listener

    def stop(self) -> None:
        """Refuse connections from now on; long polls that wait are answered, webhook delivery ends."""
        if self._server is None or self._thread is None or self._loop is None:
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(_PATIENCE)
        self._thread.join(_PATIENCE)
        self._server = self._thread = self._loop = None

    def _run(self, server: uvicorn.Server, listener: socket.socket) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            await server.serve([listener])

        try:
            asyncio.run(serve())
        finally:
            listener.close()

    async def _close(self) -> None:
        self._state.queue.interrupt()
        await self._state.sender.pause()
        self._state.closing.set()

    async def _obey(self, body: Json) -> None:
        await self._api.by_webhook_answer(body)

    def _do(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run on the server's loop and wait: the state knows no locks."""
        if self._loop is None:
            return function(*args, **kwargs)

        async def run() -> T:
            return function(*args, **kwargs)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(_PATIENCE)
