"""Fetches what happened in customer service: bells say that there is something, the log says what (wecom.md 6.1, 6.2).

One page and the cursor behind it are stored in one transaction, together with who holds each conversation from then on.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.channels.wecom.callbacks import Bell
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.duty import Duty
from bot.channels.wecom.errors import BAD_CODE, CONFIGURATION, CONFIGURATION_PAUSE, RATE, RATE_PAUSE, CallFailed, report
from bot.channels.wecom.items import KF, Bounced, Ended, Happened, OnDuty, Recalled, Spoke, Took, read_page
from bot.outbox import pause_before
from handlers.desk.in_client import InClient
from storage import channel_states, conversations, inbox, outbox
from storage.database import Database
from storage.desk import IN_CLIENT
from storage.records import Accepted, ConversationKey, NewMessage

LEASE = timedelta(seconds=90)  # longer than the slowest page
LONGEST_PAUSE = timedelta(hours=1)  # more than any failure's
TOKEN_LIFE = timedelta(minutes=10)
LOOK_AGAIN = 5.0  # seconds, while another process is at it
MOST_EMPTY = 100  # pages in a row that say only that there is more
_log = logging.getLogger(__name__)


class Puller:
    """One task an account, woken by bells, by a timer, and by its own failures."""

    def __init__(
        self,
        client: WeComClient,
        database: Database,
        wake: Callable[[ConversationKey], None],
        in_client: Callable[[], InClient],
        duty: Duty,
        clock: Callable[[], datetime],
        jitter: random.Random,
        poll_seconds: float,
        first_minutes: float,
    ) -> None:
        """`wake` is told of each conversation with something new; `first_minutes` see `read_page`."""
        self._client = client
        self._database = database
        self._wake = wake
        self._in_client = in_client
        self._duty = duty
        self._clock = clock
        self._jitter = jitter
        self._poll_seconds = poll_seconds
        self._first = timedelta(minutes=first_minutes)
        self._bells: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failures: dict[str, int] = {}
        self._held: dict[str, datetime] = {}
        self._closed = True

    async def start(self, accounts: Sequence[str]) -> None:
        """Look after `accounts`, or without any after those that something was wanted from when we stopped.

        The only process of a SQLite database takes back what it held when it died.
        """
        now, self._closed = self._clock(), False
        waiting = await self._database.read(lambda c: channel_states.wanted_pulls(c, KF, now + LONGEST_PAUSE))
        for account in waiting if self._database.is_sqlite else ():
            await self._database.write(lambda c, a=account: channel_states.give_up_pull(c, KF, a, now))  # type: ignore[misc]
        for account in accounts or waiting:
            self.listen(account)

    async def stop(self) -> None:
        """Stop; a page under way is fetched again after the next start."""
        self._closed = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()

    def listen(self, account: str) -> None:
        """Look after this account from now on."""
        if account not in self._tasks and not self._closed:
            self._bells[account] = asyncio.Event()
            self._tasks[account] = asyncio.create_task(self._listen(account), name=f"pull {account}")

    async def ring(self, bell: Bell) -> None:
        """Note durably that there is something; after this the platform may hear 200."""
        await self._want(bell.account, bell.token)
        self.listen(bell.account)
        if bell.account in self._bells:
            self._bells[bell.account].set()

    async def _listen(self, account: str) -> None:
        want = True
        while True:
            try:
                if want:
                    await self._want(account, None)
                    want = False
                self._bells[account].clear()
                pause = await self.pull(account)
            except Exception as error:  # noqa: BLE001 - the next bell or the timer tries again
                # Only the kind: the text of a database error repeats what residents wrote.
                _log.error("customer service could not be looked after: %s", type(error).__name__)
                pause = LOOK_AGAIN
            if not await _rings(self._bells[account], pause) and pause >= self._poll_seconds:
                want = True

    async def pull(self, account: str) -> float:
        """Fetch all that is there, if a pull is wanted and nobody is at it; returns seconds until the next look."""
        now = self._clock()
        if now < self._held.get(account, now):
            # Our own lease, which could not be given back while the database was away.
            await self._database.write(lambda c: channel_states.give_up_pull(c, KF, account, now))
        claim = await self._database.write(lambda c: channel_states.claim_pull(c, KF, account, now, LEASE))
        if claim is None:
            wanted = await self._database.read(lambda c: channel_states.wanted_pulls(c, KF, now + LEASE))
            return LOOK_AGAIN if account in wanted else self._poll_seconds
        ticket, token, token_at, cursor = claim
        self._held[account] = now + LEASE
        fresh = token if token_at is not None and now - token_at < TOKEN_LIFE else None
        try:
            await self._drain(account, cursor, fresh)
        except Exception as error:  # noqa: BLE001 - the pull stays wanted
            await self._give_up(account, error)
            return 0.0
        self._failures.pop(account, None)
        await self._database.write(lambda c: channel_states.finish_pull(c, KF, account, ticket, self._clock()))
        del self._held[account]
        return self._poll_seconds

    async def _drain(self, account: str, cursor: str | None, token: str | None) -> None:
        """Page by page until the platform says that there is no more; an empty page says nothing (wecom.md 6.2)."""
        first, position, empty = not cursor, cursor or "", 0
        answered_after = self._clock() - self._first if first else None
        while True:
            page, token = await self._page(account, position, token)
            now = self._clock()
            happened = read_page(page.get("msg_list") or (), account, now, answered_after)
            position = str(page.get("next_cursor") or position)
            more = page.get("has_more") == 1
            # While the first pages come in, the stored cursor stays at the beginning: after a crash among them the
            # start over is a first start too, and answers nothing old.
            kept = "" if first and more else position
            await self._store(account, happened, kept, now)
            empty = 0 if page.get("msg_list") else empty + 1
            if not more:
                return
            if empty > MOST_EMPTY:
                raise CallFailed(None, "only empty pages")

    async def _page(self, account: str, cursor: str, token: str | None) -> tuple[dict[str, Any], str | None]:
        """A page, and the token with which the next one can be asked for."""
        try:
            return await self._client.ask(self._client.kf.sync_msg, account, cursor, token), token
        except CallFailed as error:
            if error.errcode != BAD_CODE or token is None:
                raise
        return await self._client.ask(self._client.kf.sync_msg, account, cursor, None), None

    async def _store(self, account: str, happened: list[Happened], cursor: str, now: datetime) -> None:
        messages = [one for one in happened if isinstance(one, NewMessage)]
        desk = self._in_client()

        def work(connection: Connection) -> list[Accepted]:
            stored = channel_states.store_page(connection, KF, account, messages, cursor, now, LEASE)
            for one in happened:
                _apply(connection, one, desk, now)
            return stored

        for message, stored in zip(messages, await self._database.write(work), strict=True):
            if stored.fresh and message.state == "new":
                self._wake(message.key)
        for one in happened:
            if isinstance(one, OnDuty):
                self._duty.heard(one.account, one.member, on=one.on)
            elif isinstance(one, Took | Spoke | Ended):
                desk.tell(one.key)

    async def _give_up(self, account: str, error: Exception) -> None:
        """Leave the pull wanted, and wait: nobody else tries meanwhile."""
        self._failures[account] = self._failures.get(account, 0) + 1
        pause = pause_before(self._failures[account], self._jitter)
        code = error.errcode if isinstance(error, CallFailed) else None
        if isinstance(error, CallFailed):
            report(error)
        if code in RATE:
            pause = max(pause, RATE_PAUSE * self._jitter.uniform(1, 1.5))
        elif code in CONFIGURATION:
            pause = max(pause, CONFIGURATION_PAUSE)
        _log.warning(
            "a pull of customer service failed, again in %.0f s: %s",
            pause,
            error if isinstance(error, CallFailed) else type(error).__name__,
        )
        until = self._clock() + timedelta(seconds=pause)
        await self._database.write(lambda c: channel_states.give_up_pull(c, KF, account, until))
        self._held.pop(account, None)
        await asyncio.sleep(pause)

    async def _want(self, account: str, token: str | None) -> None:
        now = self._clock()
        await self._database.write(lambda c: channel_states.want_pull(c, KF, account, token, now))


async def _rings(bell: asyncio.Event, seconds: float) -> bool:
    # Not `wait_for`: on Python 3.11 it may swallow the cancellation by which `stop` ends the listener.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await bell.wait()
    return bell.is_set()


def _apply(connection: Connection, happened: Happened, desk: InClient, now: datetime) -> None:
    """What an item changes besides the inbox, in the transaction of its page."""
    if isinstance(happened, Took):
        desk.taken(connection, happened.key, happened.member, happened.code, now)
    elif isinstance(happened, Spoke):
        desk.said(connection, happened.key, happened.member, now)
    elif isinstance(happened, Ended):
        desk.ended(connection, happened.key, happened.code, happened.until, now)
    elif isinstance(happened, Recalled):
        inbox.blank(connection, happened.key, happened.message_id, now)
    elif isinstance(happened, Bounced):
        outbox.bounce(connection, happened.key, now, happened.reason)
    elif isinstance(happened, NewMessage) and happened.state == "new":
        _free(connection, happened, desk, now)


def _free(connection: Connection, message: NewMessage, desk: InClient, now: datetime) -> None:
    """A session ends 48 hours after its last message without any word of it (wecom.md 6.5): the bot answers again."""
    conversation = conversations.read_conversation(connection, message.key)
    if conversation is None or conversation.holder_via != IN_CLIENT or conversation.window_until is None:
        return
    if message.sent_at > conversation.window_until:
        desk.ended(connection, message.key, None, None, now)
