"""Engines and transactions: one writer that commits waiting work together, and readers beside it.

On SQLite (WAL, synchronous=FULL) one flush to disk costs more than many inserts, so the writer thread takes
what has queued up meanwhile, runs it in one transaction, and only then tells everybody. The same thread serves
PostgreSQL, where it saves round trips. A group that fails is rolled back and its members are run one by one,
so that one bad piece of work fails alone.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InterfaceError, OperationalError

from storage.engines import open_engine, writing
from storage.errors import Busy, Unready

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741 - the item of a batch

GROUP = 256
QUEUE = 20_000
READERS = 4


@dataclass(slots=True)
class _Job:
    """A piece of work for the writer; `item` is set when neighbours of the same `work` may share a call."""

    work: Callable[..., Any]
    item: Any
    batched: bool
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class Database:
    """One database, SQLite or PostgreSQL; nothing above this class knows which."""

    def __init__(self, url: str) -> None:
        self.url: URL = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine: Engine = open_engine(self.url, READERS + 2)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="fawen-read")
        self._queue: SimpleQueue[list[_Job] | None] = SimpleQueue()  # None: nothing comes any more
        self._gathered: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
        self._submitted = 0  # counted by the loop only
        self._taken = 0  # counted by the writer only
        self._closing = False
        self._writer: threading.Thread | None = None

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database; None on PostgreSQL."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    def start(self) -> None:
        """Start the writer; idempotent.

        Raises:
            Unready: the database cannot be opened.
        """
        if self._writer is not None:
            return
        try:
            with self.engine.connect():
                pass
        except Exception as error:
            raise Unready(f"database {self.url.render_as_string()} cannot be opened: {error}") from error
        self._writer = threading.Thread(target=self._write_loop, name="fawen-write", daemon=True)
        self._writer.start()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction of the writer and return its result after the commit.

        `work` may run twice when a neighbour in its group fails, always from a clean transaction.

        Raises:
            Busy: too much work is waiting.
        """
        return await self._submit(work, None, batched=False)  # type: ignore[no-any-return]

    async def write_batch(self, work: Callable[[Connection, Sequence[I]], Sequence[T]], item: I) -> T:
        """Like `write`, for the same small work on many items: `work` gets all items that wait together
        and returns one result for each, in their order.
        """
        return await self._submit(work, item, batched=True)  # type: ignore[no-any-return]

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a reader's connection in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a reader's connection in this thread."""
        with _faults_told(), self.engine.connect() as connection:
            return work(connection)

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction of its own in this thread: for commands, not for the service."""
        with _faults_told(), writing(self.engine) as connection:
            return work(connection)

    async def close(self) -> None:
        """Finish waiting work and let go of all connections."""
        self._closing = True
        for loop in list(self._gathered):
            self._hand_over(loop)
        self._queue.put(None)
        if self._writer is not None:
            await asyncio.to_thread(self._writer.join)
        self._readers.shutdown()
        self.engine.dispose()

    async def _submit(self, work: Callable[..., Any], item: Any, *, batched: bool) -> Any:
        if self._closing or self._writer is None:
            raise Unready("the database is closed")
        if self._submitted - self._taken >= QUEUE:
            raise Busy("too much work is waiting to be written")
        loop = asyncio.get_running_loop()
        job = _Job(work, item, batched, loop, loop.create_future())
        self._submitted += 1
        gathered = self._gathered.setdefault(loop, [])
        if not gathered:
            # After what the loop has at hand: were the writer woken by the first, it would take it alone.
            loop.call_soon(self._hand_over, loop)
        gathered.append(job)
        return await job.future

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        jobs = self._gathered.pop(loop, None)
        if jobs is not None:  # `close` was first
            self._queue.put(jobs)

    def _write_loop(self) -> None:
        while group := self._next_group():
            try:
                results = _run_group(self.engine, group)
            except Exception as error:  # noqa: BLE001 - each member is tried alone below, and told its own error
                results = _run_alone(self.engine, group, error)
            _deliver(group, results)

    def _next_group(self) -> list[_Job]:
        """What waits, at most GROUP; empty when nothing comes any more."""
        group: list[_Job] = []
        jobs = self._queue.get()
        while jobs is not None:
            group.extend(jobs)
            self._taken += len(jobs)
            if len(group) >= GROUP or self._queue.empty():
                return group
            jobs = self._queue.get()
        if group:
            self._queue.put(None)  # for the next time
        return group


def _run_group(engine: Engine, group: list[_Job]) -> list[tuple[bool, Any]]:
    results: list[tuple[bool, Any]] = []
    with _faults_told(), writing(engine) as connection:
        for run in _runs(group):
            if run[0].batched:
                found = run[0].work(connection, [job.item for job in run])
                results.extend((True, value) for _, value in zip(run, found, strict=True))
            else:
                results.append((True, run[0].work(connection)))
    return results


def _run_alone(engine: Engine, group: list[_Job], error: Exception) -> list[tuple[bool, Any]]:
    if len(group) == 1:
        return [(False, error)]
    results: list[tuple[bool, Any]] = []
    for job in group:
        try:
            results.extend(_run_group(engine, [job]))
        except Exception as own:  # noqa: BLE001 - handed to the caller who waits for it
            results.append((False, own))
    return results


def _runs(group: list[_Job]) -> list[list[_Job]]:
    """Neighbours of the same batched work, together; everything else alone. Order is kept."""
    runs: list[list[_Job]] = []
    for job in group:
        if runs and job.batched and runs[-1][0].batched and runs[-1][0].work == job.work:
            runs[-1].append(job)
        else:
            runs.append([job])
    return runs


def _deliver(group: list[_Job], results: list[tuple[bool, Any]]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], bool, Any]]] = {}
    for job, (good, value) in zip(group, results, strict=True):
        by_loop.setdefault(job.loop, []).append((job.future, good, value))
    for loop, settled in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, settled)


def _settle(settled: list[tuple[asyncio.Future[Any], bool, Any]]) -> None:
    for future, good, value in settled:
        if future.cancelled():
            continue
        if good:
            future.set_result(value)
        else:
            future.set_exception(value)


@contextlib.contextmanager
def _faults_told() -> Iterator[None]:
    """What only the operator can mend, in this package's own words."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise Unready(f"the database cannot be used: {error.orig}") from error
