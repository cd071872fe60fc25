"""From an accepted message to the transaction that answers it.

accept -> dedupe -> in order per conversation -> handler -> one transaction: inbox done, state, record, outbox.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.channels.base import Channel
from bot.faults import told
from bot.privacy import PersonKeys
from bot.rows import message_of, new_message
from bot.turn_rows import TurnRows
from handlers import routes
from handlers.dialog import Dialog
from handlers.message import Message
from handlers.turn import Office, Turn
from storage import conversations, inbox, leases, outbox
from storage.database import Database
from storage.errors import Changed, Lost, StorageError
from storage.records import (
    Accepted,
    Claim,
    Conversation,
    ConversationKey,
    OutboxRow,
    StoredMessage,
)
from storage.turn_result import TurnResult

LEASE = timedelta(seconds=60)
SWEEP_SECONDS = 2.0
MOST_ATTEMPTS = 3
# The writer takes work in its order: more conversations at once handle no more messages and make arriving ones wait.
MOST_AT_ONCE = 8
MOST_SWEPT = 256
_log = logging.getLogger(__name__)


class Inbox:
    """Takes messages in and works them off, each conversation in its order, conversations side by side."""

    def __init__(
        self,
        database: Database,
        office: Office,
        channels: Mapping[str, Channel],
        keys: PersonKeys,
        clock: Callable[[], datetime],
        owner: str,
        said: Callable[[ConversationKey], None],
    ) -> None:
        """`owner` names this process in leases; `said` is called when something is new in a conversation's outbox."""
        self._database = database
        self._office = office
        self._channels = channels
        self._rows = TurnRows(channels, keys, office.county.org, owner)
        self._keys = keys
        self._clock = clock
        self._owner = owner
        self._said = said
        self._working: dict[ConversationKey, asyncio.Task[None]] = {}
        self._again: set[ConversationKey] = set()
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._waiters: dict[int, set[asyncio.Event]] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self) -> None:
        """Begin to work, first on what was left over."""
        if self._database.is_sqlite:
            await self._database.write(leases.release_all)
        self._sweeper = asyncio.create_task(self._sweep(), name="inbox-sweep")

    async def stop(self) -> None:
        """Finish the messages in work; what waits is left for the next start."""
        self._closing = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        if self._working:
            await asyncio.wait(list(self._working.values()), timeout=10)

    async def accept(self, message: Message) -> Accepted:
        """Store a message durably; after this the platform may hear 200.

        Raises:
            Busy: too much is waiting; the platform should send it again.
        """
        stored = await self._database.write_batch(inbox.accept, new_message(message))
        if stored.fresh:
            self.wake(ConversationKey(message.channel, message.account, message.chat))
        return stored

    def wake(self, key: ConversationKey) -> None:
        """There is something to do in this conversation."""
        if self._closing:
            return
        if key in self._working:
            self._again.add(key)
            return
        task = asyncio.create_task(self._work(key), name=f"inbox {key.channel}")
        self._working[key] = task
        task.add_done_callback(lambda _: self._worked(key))

    async def answered(self, inbox_id: int, seconds: float) -> list[OutboxRow]:
        """Wait until a message has been handled, at most `seconds`, and read the replies to it."""
        finished = asyncio.Event()
        waiters = self._waiters.setdefault(inbox_id, set())
        waiters.add(finished)
        try:
            if await self._database.read(lambda connection: inbox.settled(connection, inbox_id)) is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await finished.wait()
        finally:
            waiters.discard(finished)
            if not waiters:
                self._waiters.pop(inbox_id, None)
        return await self._database.read(lambda connection: outbox.replies_to(connection, inbox_id))

    def _worked(self, key: ConversationKey) -> None:
        del self._working[key]
        if key in self._again:
            self._again.discard(key)
            self.wake(key)

    async def _sweep(self) -> None:
        """Find what nobody was woken for: left over from a crash, or accepted by another replica that died."""
        while True:
            try:
                now = self._clock()
                keys = await self._database.read(lambda c, now=now: leases.waiting_conversations(c, now, MOST_SWEPT))  # type: ignore[misc]
                for key in keys:
                    if key not in self._working and key.channel in self._channels:
                        self.wake(key)
            except StorageError as error:
                _log.error("the inbox could not be looked through: %s", told(error))
            await asyncio.sleep(SWEEP_SECONDS)

    async def _work(self, key: ConversationKey) -> None:
        async with self._slots:
            try:
                while not self._closing:
                    now = self._clock()
                    claim = await self._database.write(
                        lambda c, now=now: leases.claim(c, key, self._owner, now, LEASE)  # type: ignore[misc]
                    )
                    if claim is None:
                        return
                    await self._handle_all(claim)
                    if not await self._database.write(lambda c: leases.release(c, key, self._owner)):
                        return
            except Lost:
                _log.info("another worker took over a conversation on %s", key.channel)
            except Exception as error:  # noqa: BLE001 - the queue must go on
                _log.error("a conversation on %s is tried again soon: %s", key.channel, told(error))
                # The sweep passes it over as long as the lease lasts, which is our own.
                asyncio.get_running_loop().call_later(SWEEP_SECONDS, self.wake, key)

    async def _handle_all(self, claim: Claim) -> None:
        conversation = claim.conversation
        for stored in claim.messages:
            result = await self._handle(stored, conversation)
            self._finished(stored)
            conversation = _after(conversation, result)

    async def _handle(self, stored: StoredMessage, conversation: Conversation) -> TurnResult:
        """One message to its commit; anew where a person took or gave back the conversation meanwhile."""
        while True:
            result = await self._turn(stored, conversation)
            try:
                await self._database.write(lambda c, result=result: conversations.commit_turn(c, result))  # type: ignore[misc]
            except Changed:
                current = await self._database.read(lambda c: conversations.read_conversation(c, stored.key))
                if current is None:
                    raise
                conversation = current
            else:
                return result

    def _finished(self, stored: StoredMessage) -> None:
        for finished in self._waiters.get(stored.inbox_id, ()):
            finished.set()
        self._said(stored.key)

    async def _turn(self, stored: StoredMessage, conversation: Conversation) -> TurnResult:
        now = self._clock()
        try:
            if stored.attempts > MOST_ATTEMPTS:
                raise RuntimeError(f"this message ended the process {MOST_ATTEMPTS} times")  # noqa: TRY301
            message = message_of(stored)
            turn = Turn(
                message=message,
                conversation=conversation,
                dialog=Dialog.from_json(conversation.dialog),
                now=now,
                office=self._office,
                person_key=self._keys.person(stored.key, stored.sender),
                inbox_id=stored.inbox_id,
            )
            outcome = await routes.handle(turn)
            return self._rows.result(stored, conversation, message, outcome, now)
        except Exception as error:  # noqa: BLE001 - one bad message must not stop the others
            _log.error("message %s on %s was set aside: %s", stored.inbox_id, stored.key.channel, told(error))
            return self._rows.set_aside(stored, conversation, error, now)


def _after(conversation: Conversation, result: TurnResult) -> Conversation:
    """The conversation as the turn leaves it, for the next message of the same claim."""
    return replace(
        conversation,
        dialog=result.dialog,
        holder=result.holder or conversation.holder,
        township=None if result.forget else result.township or conversation.township,
        safe_mode=conversation.safe_mode if result.safe_mode is None else result.safe_mode,
    )
