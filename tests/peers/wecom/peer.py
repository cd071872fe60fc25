"""The peer with its HTTP server, on a free port of 127.0.0.1."""

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self

import uvicorn

from .clock import VirtualClock
from .control import routes
from .rules import Rules
from .server import ResettableProtocol, build_app
from .world import World

_START_SECONDS = 10.0


class WeComPeer(World):
    """A context manager: inside it the fake platform answers under `base_url`.

    ``with WeComPeer() as peer: client = Client(api_base=peer.base_url, corp_id=peer.corp.corpid, ...)``
    """

    def __init__(self, clock: VirtualClock | None = None, rules: Rules | None = None, *, port: int = 0) -> None:
        super().__init__(clock, rules)
        self._port = port
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """The API base to configure in the service, without a slash at the end."""
        if self._socket is None:
            raise RuntimeError("the peer is not running")
        return f"http://127.0.0.1:{self._port}"

    def browses(self, userid: str, *domains: str) -> None:
        """Whose browser goes to the sign-in page from now on, and to which trusted domains it may be sent back."""
        with self.state.lock:
            self.state.visitor = userid
            self.state.trusted_domains |= set(domains)

    def start(self) -> None:
        """Bind the port and serve from a background thread."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", self._port))
        self._port = self._socket.getsockname()[1]
        config = uvicorn.Config(
            build_app(self.state, self.faults, routes(self)),
            loop="asyncio",
            http=ResettableProtocol,
            ws="none",
            lifespan="off",
            log_level="critical",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="wecom-peer", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the peer did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        """Stop serving and give the port back."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(_START_SECONDS)
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
        self._server = self._thread = self._socket = None
        self.callbacks.close()

    def wait(self) -> None:
        """Serve until the thread ends (the standalone command)."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(1.0)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
