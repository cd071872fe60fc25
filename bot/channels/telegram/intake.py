"""From raw updates to rows of the inbox."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from telegram import Update
from telegram.error import TelegramError

from bot.channels.telegram.api import Api
from bot.channels.telegram.commands import is_command, numbers
from bot.channels.telegram.edits import Edits
from bot.channels.telegram.membership import Membership, membership
from bot.channels.telegram.updates import NAME, to_message, update_id
from bot.faults import told
from bot.rows import new_message
from storage import channel_states, conversations
from storage.database import Database
from storage.records import ConversationKey, NewMessage

LEASE = timedelta(seconds=60)
# In the group nothing more is shown to whoever tapped; what comes of it is told in private.
_TAKEN_IN = "收到。结果看机器人和您的私聊。"
_log = logging.getLogger(__name__)


class Intake:
    """Reads updates one by one, so that one that cannot be read does not hold up the others."""

    def __init__(
        self,
        api: Api,
        account: str,
        staff_chat: str,
        database: Database,
        wake: Callable[[ConversationKey], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._account = account
        self._staff_chat = staff_chat
        self._database = database
        self._wake = wake
        self._clock = clock
        self._edits = Edits()
        self._answering: set[asyncio.Task[None]] = set()

    async def take(self, updates: Sequence[Mapping[str, Any]], *, keep_cursor: bool) -> None:
        """Store what is ours of these updates and wake whoever handles it.

        The cursor is stored in the same transaction, so that nothing is lost or read twice; where nothing is ours it is
        stored only if `keep_cursor`.

        Raises:
            StorageError: nothing of it is stored; the platform has to send it again.
        """
        rows: list[NewMessage] = []
        known: list[Update] = []
        for update in updates:
            try:
                parsed = Update.de_json(dict(update), self._api.bot)
                row = self._read(parsed)
                change = membership(parsed, self._staff_chat)
            except Exception as error:  # noqa: BLE001 - whatever the platform sends must not stop the others
                _log.error("a Telegram update was set aside: %s", told(error))
                rows.append(self._set_aside(update, error))
                continue
            if change is not None:
                await self._note(change)
            if row is not None:
                rows.append(row)
                known.append(parsed)
        if rows or keep_cursor:
            await self._store(rows, str(max(update_id(update) for update in updates) + 1))
        for parsed in known:
            self._edits.remember(parsed)

    def stop(self) -> None:
        """Give up what is only being acknowledged."""
        for task in self._answering:
            task.cancel()

    def _read(self, update: Update) -> NewMessage | None:
        """The message in an update; None where it is none of ours, or is answered at once."""
        if is_command(update):
            answer = numbers(update, self._staff_chat)
            if answer is not None and update.message is not None:
                self._soon(self._api.bot.send_message(update.message.chat.id, answer))
            return None
        message = to_message(update, self._account, self._staff_chat, self._clock())
        if message is None or self._edits.is_none(update):
            return None
        if update.callback_query is not None:
            words = _TAKEN_IN if message.group else None
            # It stops the little clock on the button; the answer itself comes through the outbox.
            self._soon(self._api.bot.answer_callback_query(update.callback_query.id, words))
        return new_message(message)

    async def _store(self, rows: list[NewMessage], cursor: str) -> None:
        now = self._clock()
        stored = await self._database.write(
            lambda c: channel_states.store_page(c, NAME, self._account, rows, cursor, now, LEASE)
        )
        for row, accepted in zip(rows, stored, strict=True):
            if accepted.fresh and row.state == "new":
                self._wake(row.key)

    async def _note(self, change: Membership) -> None:
        chat = ConversationKey(NAME, self._account, change.chat)
        await self._database.write(lambda c: conversations.set_unreachable(c, chat, change.reason))

    def _set_aside(self, update: Mapping[str, Any], error: Exception) -> NewMessage:
        now = self._clock()
        return NewMessage(
            key=ConversationKey(NAME, self._account, "?"),
            sender="?",
            message_id=f"u{update_id(update)}",
            body={"raw": json.dumps(update, ensure_ascii=False, default=str)[:4000]},
            sent_at=now,
            received_at=now,
            state="failed",
            error=f"not understood: {type(error).__name__}",
        )

    def _soon(self, call: Coroutine[Any, Any, object]) -> None:
        """What nobody waits for and what does not matter if it fails: a tap of long ago can no longer be answered."""

        async def work() -> None:
            with contextlib.suppress(TelegramError):
                await call

        task = asyncio.create_task(work())
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
