"""A bare API client and a bare callback endpoint, for trying the peer itself."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import httpx

from .loopback import loopback_client
from .model import App
from .state import new_external_userid
from .world import World


class Probe:
    """Calls the API of a running peer as one app; the token is fetched at the first call."""

    def __init__(self, base_url: str, app: App) -> None:
        self._http = loopback_client(base_url=base_url + "/cgi-bin/")
        self._app = app
        self.token = ""

    def close(self) -> None:
        """Let go of the HTTP client."""
        self._http.close()

    def fetch(self, secret: str | None = None, corpid: str | None = None) -> dict[str, Any]:
        """One gettoken."""
        query = {"corpid": corpid or self._app.corpid, "corpsecret": secret or self._app.secret}
        return dict(self._http.get("gettoken", params=query).json())

    def query(self) -> dict[str, str]:
        """The query with the token."""
        self.token = self.token or str(self.fetch()["access_token"])
        return {"access_token": self.token}

    def post(self, path: str, /, **body: Any) -> dict[str, Any]:
        """One POST with a JSON body."""
        return dict(self._http.post(path, params=self.query(), json=body).json())

    def get(self, path: str, /, **query: str) -> httpx.Response:
        """One GET."""
        return self._http.get(path, params={**self.query(), **query})

    def upload(self, kind: str, file_name: str, data: bytes) -> dict[str, Any]:
        """One media/upload."""
        files = {"media": (file_name, data)}
        return dict(self._http.post("media/upload", params={**self.query(), "type": kind}, files=files).json())

    def webhook(self, path: str, /, key: str, **body: Any) -> dict[str, Any]:
        """One POST to the group webhook."""
        return dict(self._http.post(f"webhook/{path}", params={"key": key}, json=body).json())


@dataclass(frozen=True)
class Received:
    """One callback as it came in."""

    method: str
    query: dict[str, str]
    content_type: str
    body: bytes


Responder = Callable[[Received], bytes]


@dataclass
class Receiver:
    """A callback endpoint on a free port: answers `statuses` in turn, then 200, each after `delay` seconds."""

    respond: Responder = lambda received: b""
    statuses: list[int] = field(default_factory=list)
    delay: float = 0.0
    received: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.answer(self)

            def do_POST(self) -> None:
                owner.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The callback URL, with a query of its own as an admin may enter it."""
        return f"http://127.0.0.1:{self._server.server_port}/wecom/app?tenant=1"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Record one callback and answer it."""
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        query = dict(parse_qsl(urlsplit(handler.path).query))
        received = Received(handler.command, query, handler.headers.get("content-type", ""), body)
        self.received.append(received)
        time.sleep(self.delay)
        status = self.statuses.pop(0) if self.statuses else 200
        reply = self.respond(received) if status == 200 else b"no"
        try:
            handler.send_response(status)
            handler.send_header("content-length", str(len(reply)))
            handler.end_headers()
            handler.wfile.write(reply)
        except OSError:  # the sender hung up: its limit was over
            handler.close_connection = True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def greet(world: World, text: str = "你好") -> str:
    """A resident who has just written; the bell is lost unless callbacks have a target."""
    resident = new_external_userid()
    world.callbacks.resident_text(resident, text)
    return resident
