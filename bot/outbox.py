"""Sends what is due: most urgent first, within the channel's rate, with bounded retries; keeps what became of it."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.channels.base import Channel, DeliveryError, HeldByPerson, Rate, Refused, Sent, TooLate, TryLater, Unreachable
from bot.faults import told
from handlers.desk.in_client import InClient
from handlers.desk.neutral import quiet
from handlers.desk.tools import Sessions
from handlers.desk.undelivered import tell_undelivered
from handlers.message import Reply
from storage import channel_states, outbox
from storage.database import Database
from storage.errors import StorageError
from storage.records import OutboxRow

LEASE = timedelta(seconds=90)  # longer than the slowest try of any channel
MOST_ATTEMPTS = 8
PATIENCE = timedelta(hours=6)
MOST_NOTES = 90  # tries, a second apart: after the lease the reply goes again anyway
LONGEST_PAUSE = 300.0
POLL_SECONDS = 1.0
BATCH = 32
_TAKEN_OVER = "nothing was said: a member of staff has taken over"
_log = logging.getLogger(__name__)


class TokenBucket:
    """How many replies an account may still send now. Times are seconds of a clock that never goes back."""

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = float(rate.burst)
        self._at = now

    def available(self, now: float) -> int:
        """Whole replies that may go now."""
        self._tokens = min(float(self._rate.burst), self._tokens + (now - self._at) * self._rate.per_second)
        self._at = now
        return int(self._tokens)

    def take(self, count: int) -> None:
        """Spend `count` replies."""
        self._tokens -= count

    def wait(self) -> float:
        """Seconds until the next reply may go."""
        return max(0.0, (1.0 - self._tokens) / self._rate.per_second)


class Outbox:
    """Works the outbox off for all channels that send."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        jitter: random.Random,
        in_client: InClient,
    ) -> None:
        """`in_client`: what follows when sending shows that people serve in the platform's own client."""
        self._database = database
        self._channels = channels
        self._clock = clock
        self._jitter = jitter
        self._in_client = in_client
        self._buckets: dict[tuple[str, str], TokenBucket] = {}
        self._new = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to send, first what a crash cut off."""
        if self._database.is_sqlite:
            await self._database.write(lambda c: outbox.release_all(c, self._clock()))
        self._loop = asyncio.create_task(self._run(), name="outbox")

    async def stop(self) -> None:
        """Finish what is on the wire; the rest is sent after the next start."""
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=15)

    def wake(self) -> None:
        """Something new is in the outbox."""
        self._new.set()

    async def _run(self) -> None:
        while True:
            self._new.clear()
            pause = POLL_SECONDS
            try:
                for channel, account in await self._database.read(outbox.due_accounts):
                    pause = min(pause, await self._send_due(channel, account))
            except StorageError as error:
                _log.error("the outbox could not be read: %s", told(error))
            # Not `wait_for`: on Python 3.11 it may swallow the cancellation by which `stop` ends this loop.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._new.wait()

    async def _send_due(self, channel: str, account: str) -> float:
        """Start sending what this account may send now; returns after how many seconds to look again."""
        wire = self._channels.get(channel)
        if wire is None or wire.rate is None:
            return POLL_SECONDS
        bucket = self._buckets.setdefault((channel, account), TokenBucket(wire.rate, time.monotonic()))
        room = min(bucket.available(time.monotonic()), BATCH)
        if room <= 0:
            return bucket.wait()
        now = self._clock()
        held = await self._database.read(lambda c: channel_states.held_back_until(c, channel, account))
        if held is not None and held > now:
            return min(POLL_SECONDS, (held - now).total_seconds())
        rows = await self._database.write(lambda c: outbox.claim_due(c, channel, account, now, LEASE, room))
        bucket.take(len(rows))
        for row in rows:
            task = asyncio.create_task(self._send(wire, row), name=f"send {channel}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return 0.0 if len(rows) == room else POLL_SECONDS

    async def _send(self, wire: Channel, row: OutboxRow) -> None:
        if row.silent and not isinstance(wire, Sessions):
            await self._settle(row, "dropped", error=outbox.SAFE_MODE)
            return
        try:
            sent = await wire.send(row, _worded(row))
        except TryLater as error:
            await self._try_later(row, error)
        except HeldByPerson as error:
            await self._note(lambda c, e=error: self._held(c, row, e))  # type: ignore[misc]
            self._in_client.tell(row.chat)
        except Unreachable as error:
            await self._note(lambda c, e=error: self._unreachable(c, row, e))  # type: ignore[misc]
        except TooLate as error:
            await self._settle(row, "dropped", error=str(error))
        except Refused as error:
            await self._settle(row, "dead", error=str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours: tried again, then given up and reported
            _log.error("a reply on %s could not be sent: %s", row.chat.channel, told(error))
            await self._try_later(row, TryLater(type(error).__name__))
        else:
            await self._note(lambda c: self._sent(c, row, sent))
            if sent.holder is not None:
                self._in_client.tell(row.chat)
        self.wake()

    async def _try_later(self, row: OutboxRow, error: TryLater) -> None:
        now = self._clock()
        # Being slowed down is no failure of the reply: it waits its turn, as long as the answer is still of use.
        slowed_down = error.everybody and now - row.created_at < PATIENCE
        if row.attempts >= MOST_ATTEMPTS and not slowed_down:
            await self._settle(row, "dead", error=f"given up after {row.attempts} tries: {error}")
            return
        seconds = error.after if error.after is not None else pause_before(row.attempts, self._jitter)
        until = now + timedelta(seconds=seconds)
        if error.everybody:
            account = row.chat
            await self._note(lambda c: channel_states.hold_back(c, account.channel, account.account, until, now))
        await self._note(lambda c: outbox.postpone(c, row.id, until, str(error)))

    async def _settle(self, row: OutboxRow, state: str, error: str) -> None:
        await self._note(lambda c: self._give_up(c, row, state, error))

    def _give_up(self, connection: Connection, row: OutboxRow, state: str, error: str, *, gone: bool = False) -> None:
        outbox.settle(connection, row.id, state, self._clock(), error=error)
        tell_undelivered(connection, self._in_client.tools, row, gone=gone)

    async def _note(self, work: Callable[[Connection], None]) -> None:
        """Write down what became of a reply, however long the database is away: a reply not noted goes twice."""
        for _ in range(MOST_NOTES):
            try:
                await self._database.write(work)
            except StorageError as error:
                _log.error("what became of a reply is not written down yet: %s", type(error).__name__)
                await asyncio.sleep(POLL_SECONDS)
            else:
                return

    def _sent(self, connection: Connection, row: OutboxRow, sent: Sent) -> None:
        now = self._clock()
        if row.silent:
            outbox.settle(connection, row.id, "dropped", now, error=outbox.SAFE_MODE)
        elif sent.holder is not None:
            outbox.settle(connection, row.id, "dropped", now, error=_TAKEN_OVER)
        else:
            proof = {"platform_id": sent.platform_id, "update_code": sent.update_code}
            outbox.settle(connection, row.id, "sent", now, spent=sent.spent, **proof)
        if sent.holder is not None:
            self._in_client.taken(connection, row.chat, sent.holder, sent.holder_code, now)

    def _held(self, connection: Connection, row: OutboxRow, error: HeldByPerson) -> None:
        now = self._clock()
        if error.member is not None:
            self._in_client.taken(connection, row.chat, error.member, None, now)
        outbox.settle(connection, row.id, "dropped", now, error=str(error))

    def _unreachable(self, connection: Connection, row: OutboxRow, error: DeliveryError) -> None:
        outbox.mark_unreachable(connection, row.conversation_id, str(error))
        self._give_up(connection, row, "dropped", str(error), gone=True)


def _worded(row: OutboxRow) -> Reply:
    """The reply; in safe mode with a title that tells nothing to others who see it come in."""
    reply = Reply.from_body(row.body)
    return quiet(replace(reply, purpose=row.purpose)) if row.safe_mode else reply


def pause_before(attempt: int, jitter: random.Random) -> float:
    """Seconds to wait after the given try: doubling from two seconds up to five minutes, spread by half."""
    return min(LONGEST_PAUSE, 2.0**attempt) * jitter.uniform(0.5, 1.5)
