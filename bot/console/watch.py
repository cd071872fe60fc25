"""One look at the desk for all pages that are open: at each change here, and for other replicas every two seconds."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.faults import told
from bot.live import Live
from storage import queue
from storage.database import Database
from storage.errors import StorageError
from storage.queue import QueueState
from storage.standings import standings

SECONDS = 2.0
MOST = 300  # pages that may be open at once; the others ask now and then
MOST_OF_ONE = 12
_SHORTEST_PAUSE = 0.2  # many changes at once are one look
_SHARE = 10  # looking takes at most a tenth of the time
_FRESH = 1.0  # seconds for which the queue's numbers count as new, unless something changed here
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sight:
    """What the last look saw: the queue, and for each conversation whose page is open a word that changes with it."""

    queue: QueueState = field(default_factory=QueueState)
    conversations: Mapping[int, str] = field(default_factory=dict)


class Watch:
    """Looks while somebody watches, once for all of them."""

    def __init__(self, database: Database, live: Live) -> None:
        self._database = database
        self._live = live
        self._watched: Counter[int | None] = Counter()
        self._watchers: Counter[int] = Counter()
        self._sight: Sight | None = None
        self._read: tuple[int, float, QueueState] | None = None
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether the service is about to end, and every stream with it."""
        return self._stopped

    def has_room(self, account_id: int) -> bool:
        """Whether this account may open one page more."""
        return self._watchers.total() < MOST and self._watchers[account_id] < MOST_OF_ONE

    @contextmanager
    def watching(self, account_id: int, conversation_id: int | None) -> Iterator[None]:
        """Have the queue looked at, and this conversation where one is named, until the block ends."""
        self._watchers[account_id] += 1
        self._watched[conversation_id] += 1
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="console watch")
        elif conversation_id is not None:
            self._live.changed()
        try:
            yield
        finally:
            self._watchers -= Counter([account_id])
            self._watched -= Counter([conversation_id])

    async def next(self, seen: Sight | None, seconds: float) -> Sight | None:
        """The newest sight as soon as it is another than `seen`; else `seen` when the time is over."""
        end = time.monotonic() + seconds
        while self._sight == seen and not self._stopped:
            left = end - time.monotonic()
            if left <= 0:
                return seen
            # Not `wait_for`: on Python 3.11 it may swallow a cancellation.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._changed.wait()
        return self._sight

    async def queue(self) -> QueueState:
        """The queue in numbers: as it is in this process, and as it was a second ago at most in others."""
        changes, now = self._live.changes, time.monotonic()
        if self._read is None or self._read[0] != changes or now - self._read[1] >= _FRESH:
            self._read = changes, now, await self._database.read(queue.state)
        return self._read[2]

    def stop(self) -> None:
        """Let go of everybody who watches."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
        self._notify()

    async def _run(self) -> None:
        try:
            while self._watched and not self._stopped:
                began = time.monotonic()
                # Waits from now on: what changes while we look is looked at next.
                change = asyncio.create_task(self._live.wait(SECONDS))
                await self._look_once()
                await asyncio.sleep(max(_SHORTEST_PAUSE, _SHARE * (time.monotonic() - began)))
                await change
        finally:
            self._task = None
            self._sight = None

    async def _look_once(self) -> None:
        try:
            sight = await self._database.read(self._look)
        except (StorageError, SQLAlchemyError) as error:
            _log.error("the desk could not be looked at: %s", told(error))
        else:
            if sight != self._sight:
                self._sight = sight
                self._notify()

    def _look(self, connection: Connection) -> Sight:
        ids = [number for number in self._watched if number is not None]
        return Sight(queue.state(connection), standings(connection, ids))

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
