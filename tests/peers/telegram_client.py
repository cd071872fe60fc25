"""python-telegram-bot as an independent client, and a plain HTTP server in the bot's place."""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

import httpx
import pytest
from telegram import Bot
from telegram.error import BadRequest

from tests.peers.telegram.peer import TelegramPeer

T = TypeVar("T")


def with_bot(peer: TelegramPeer, use: Callable[[Bot], Awaitable[T]]) -> T:
    """Run ``use`` with a bot of python-telegram-bot that talks to the peer."""

    async def run() -> T:
        bot = Bot(peer.token, base_url=f"{peer.base_url}/bot", base_file_url=f"{peer.base_url}/file/bot")
        async with bot:
            return await use(bot)

    return asyncio.run(run())


def refused(said: str) -> AbstractContextManager[object]:
    """The call must end in BadRequest; python-telegram-bot changes the case of the server's words."""
    return pytest.raises(BadRequest, match=f"(?i){said}")


def refusal(peer: TelegramPeer, method: str, **arguments: object) -> str:
    """The words after "Bad Request: " with which the peer refuses this call."""
    answer = httpx.post(f"{peer.base_url}/bot{peer.token}/{method}", json=arguments)
    body = answer.json()
    assert answer.status_code == body["error_code"] == 400
    assert body["ok"] is False
    return str(body["description"]).removeprefix("Bad Request: ")


@dataclass
class Receiver:
    """The bot's end of a webhook: ``answers`` are used up one by one, then everything is a 200."""

    address: str
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)

    @property
    def ids(self) -> list[int]:
        return [body["update_id"] for body in self.bodies]

    def wait(self, count: int, timeout: float = 5.0) -> None:
        deadline = time.monotonic() + timeout
        while len(self.bodies) < count:
            assert time.monotonic() < deadline, f"{len(self.bodies)} of {count} deliveries"
            time.sleep(0.005)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A webhook endpoint on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.secrets.append(self.headers["x-telegram-bot-api-secret-token"])
            got.bodies.append(json.loads(body))
            status, answer = got.answers.pop(0) if got.answers else (200, b"")
            time.sleep(got.delay)
            self.send_response(status)
            for name, value in got.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    got = Receiver(f"http://127.0.0.1:{server.server_port}/telegram")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
