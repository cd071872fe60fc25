"""A small HTTP/1.1 client with kept connections: cheap enough that the service is what gets measured."""

import asyncio
import gc
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import uvloop

from tests.benchmarks.figures import quantile

T = TypeVar("T")
PATIENCE = 30.0
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request."""

    number: int
    status: int
    body: bytes


@dataclass(slots=True)
class Load:
    """What a run of requests showed; `seconds` are those of each request, in the order in which they ended."""

    took: float = 0.0
    cpu: float = 0.0
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.took

    @property
    def busy(self) -> float:
        """The share of one processor that the client itself needed."""
        return self.cpu / self.took

    def milliseconds(self, share: float) -> float:
        """The time within which this share of the requests was answered."""
        return quantile(self.seconds, share) * 1000

    def only(self, status: int) -> "Load":
        """This load, if every answer had the status; a benchmark of refusals would look splendid."""
        if set(self.statuses) != {status}:
            raise RuntimeError(f"wanted {status} only and got {dict(self.statuses)}")
        return self


class Connection(asyncio.Protocol):
    """One kept connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its bases

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if found and length and len(body) >= int(length[1]) and self._waiting is not None:
            self._received = b""
            self._waiting.set_result((int(head[9:12]), body))
            self._waiting = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None:
            self._waiting.set_exception(exc or ConnectionResetError("closed before the answer"))

    def ask(self, request: bytes) -> asyncio.Future[tuple[int, bytes]]:
        """Send the bytes of a whole request; status and body of its answer."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()


def post(path: str, body: bytes, content_type: str) -> bytes:
    """The bytes of a POST."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def as_fast_as_possible(port: int, requests: Sequence[bytes], connections: int) -> Load:
    """Closed loop: every connection sends its next request when it has the answer to the last."""
    waiting = deque(requests)

    async def work(connection: Connection, load: Load) -> None:
        while waiting:
            request = waiting.popleft()
            began = time.perf_counter()
            status, _ = await connection.ask(request)
            load.seconds.append(time.perf_counter() - began)
            load.statuses[status] += 1

    async with _connected(port, connections) as kept:
        with _measured() as load:
            await asyncio.wait_for(asyncio.gather(*(work(one, load) for one in kept)), PATIENCE + len(requests) / 50)
    return load


async def at_rate(
    port: int,
    requests: Sequence[bytes],
    per_second: float,
    connections: int,
    heard: Callable[[Answer], None] = lambda _: None,
) -> Load:
    """Open loop: requests go out at fixed moments, whatever became of the others.

    Times count from the moment at which a request was due, so that a service that stalls is not spared the requests
    that had to wait for it. `heard` is told every answer as it comes in, after its time was taken.
    """
    async with _connected(port, connections) as kept:
        idle: asyncio.Queue[Connection] = asyncio.Queue()
        for one in kept:
            idle.put_nowait(one)

        async def send(number: int, due: float, load: Load) -> None:
            connection = await idle.get()
            status, body = await connection.ask(requests[number])
            load.seconds.append(time.perf_counter() - due)
            load.statuses[status] += 1
            idle.put_nowait(connection)
            heard(Answer(number, status, body))

        with _measured() as load:
            begin = time.perf_counter()
            sent = []
            for number in range(len(requests)):
                due = begin + number / per_second
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                sent.append(asyncio.create_task(send(number, due, load)))
            await asyncio.wait_for(asyncio.gather(*sent), PATIENCE)
    return load


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run on a fast event loop. What lies in memory is kept from the garbage collector, whose pauses look like ours."""
    gc.collect()
    gc.freeze()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    finally:
        gc.unfreeze()


@asynccontextmanager
async def _connected(port: int, count: int) -> Any:
    loop = asyncio.get_running_loop()
    kept = [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(count)]
    try:
        yield kept
    finally:
        for one in kept:
            one.close()


@contextmanager
def _measured() -> Iterator[Load]:
    load, began, cpu = Load(), time.perf_counter(), time.process_time()
    yield load
    load.took, load.cpu = time.perf_counter() - began, time.process_time() - cpu
