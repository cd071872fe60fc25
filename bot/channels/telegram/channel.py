"""Telegram: our own polling loop over raw JSON, or a webhook; replies with inline keyboards.

python-telegram-bot's own updater stops for good at one update that it cannot parse, so updates are fetched raw, parsed
one by one, and a bad one is set aside. Telegram has no idempotency key: a reply whose fate is unknown is sent again.
"""

import asyncio
import contextlib
import hmac
import json
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from telegram import Bot, LinkPreviewOptions, MessageEntity, Update
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest, RequestData
from telegram.request._requestparameter import RequestParameter

from bot.channels.base import Rate, Sent
from bot.channels.telegram.errors import delivery_error
from bot.channels.telegram.layout import compose, keyboard
from bot.channels.telegram.updates import NAME, to_message, update_id
from bot.config import Telegram
from bot.faults import told
from bot.fit import fit
from bot.outbox import pause_before
from bot.rows import new_message
from bot.text import utf16
from handlers.message import Reply
from storage import channel_states
from storage.database import Database
from storage.errors import Busy, StorageError
from storage.records import ConversationKey, NewMessage, OutboxRow

LONGEST_TEXT = 4096  # UTF-16 units
LONGEST_BODY = 1024 * 1024
POLL_SECONDS = 25
LEASE = timedelta(seconds=60)
WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
_log = logging.getLogger(__name__)


class TelegramChannel:
    """One bot, known by the number before the colon of its token."""

    name = NAME
    # The documented limit is about 30 a second; the rest is left for answers to taps.
    rate: Rate | None = Rate(per_second=25, burst=5)

    def __init__(
        self,
        settings: Telegram,
        public_url: str,
        database: Database,
        wake: Callable[[ConversationKey], None],
        clock: Callable[[], datetime],
        jitter: random.Random,
    ) -> None:
        token = settings.token.get_secret_value()
        self.account = token.partition(":")[0]
        self._settings = settings
        self._public_url = public_url.rstrip("/")
        self._database = database
        self._wake = wake
        self._clock = clock
        self._jitter = jitter
        self._requests = (
            HTTPXRequest(connection_pool_size=64, pool_timeout=30, connect_timeout=5, read_timeout=10),
            HTTPXRequest(connection_pool_size=1, connect_timeout=5, read_timeout=POLL_SECONDS + 10),
        )
        self._bot = Bot(
            token,
            base_url=f"{settings.api_base.rstrip('/')}/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )
        self._listener: asyncio.Task[None] | None = None
        self._acknowledging: set[asyncio.Task[None]] = set()

    def fit(self, reply: Reply) -> Reply:
        """The reply with its text cut so that title, text and cites fit into one message."""
        around = utf16(compose(reply)) - utf16(reply.text)
        return fit(reply, LONGEST_TEXT - around, utf16)

    async def send(self, row: OutboxRow, reply: Reply) -> Sent:
        """Send a message, title in bold, choices as an inline keyboard.

        Raises:
            DeliveryError: as `docs` of Telegram's answers tell: 429, 403, 400, or no answer at all.
        """
        entities = [MessageEntity("bold", 0, utf16(reply.title))] if reply.title else None
        try:
            sent = await self._bot.send_message(
                row.chat.chat,
                compose(reply),
                entities=entities,
                reply_markup=keyboard(reply),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except TelegramError as error:
            raise delivery_error(error) from error
        return Sent(str(sent.message_id))

    def routes(self) -> Sequence[BaseRoute]:
        """The webhook; it is there in polling mode too and refuses everything."""
        return [Route("/telegram", self._webhook, methods=["POST"])]

    async def start(self) -> None:
        """Begin to listen. A Telegram that cannot be reached does not hold up the other channels."""
        work = self._announce if self._settings.mode == "webhook" else self._poll
        self._listener = asyncio.create_task(work(), name="telegram")

    async def stop(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        for task in self._acknowledging:
            task.cancel()

    async def close(self) -> None:
        """Close the connections to Telegram."""
        # Not `Bot.shutdown`: it closes nothing where the bot was not initialised, which would ask Telegram first.
        for request in self._requests:
            await request.shutdown()

    async def check(self) -> list[str]:
        """What is wrong with the credentials, one line each."""
        if not self.account.isdigit():
            return ["[telegram] token 不像 BotFather 给的（数字:字母），请重新复制"]
        if self._settings.mode == "webhook" and not self._public_url.startswith("https://"):
            return ["[telegram] webhook 方式要先填 [service] public_url（https 开头），或改用 polling"]
        try:
            await self._bot.get_me()
        except InvalidToken:
            return ["[telegram] token 被拒绝，请到 BotFather 核对"]
        except TelegramError as error:
            return [f"[telegram] 连不上 {self._settings.api_base}：{type(error).__name__}"]
        return []

    async def _poll(self) -> None:
        failures = 0
        while True:
            try:
                if failures == 0:
                    await self._bot.delete_webhook()
                await self._read_on()
                failures = 0
            except (TelegramError, StorageError, SQLAlchemyError) as error:
                failures += 1
                after = error.retry_after if isinstance(error, RetryAfter) else None
                pause = after.total_seconds() if isinstance(after, timedelta) else pause_before(failures, self._jitter)
                _log.warning("Telegram cannot be read (%s), again in %.0f s", type(error).__name__, pause)
                await asyncio.sleep(pause)

    async def _read_on(self) -> None:
        """Fetch and store for ever; the offset is stored with the messages, so that none is lost or read twice."""
        cursor = await self._database.read(lambda c: channel_states.read_cursor(c, NAME, self.account))
        offset = int(cursor or 0)
        while True:
            updates = await self._fetch(offset)
            if not updates:
                continue
            offset = max(update_id(update) for update in updates) + 1
            messages = [message for update in updates if (message := self._understood(update)) is not None]
            now = self._clock()
            stored = await self._database.write(
                lambda c, m=messages, o=offset, n=now: channel_states.store_page(  # type: ignore[misc]
                    c, NAME, self.account, m, str(o), n, LEASE
                )
            )
            for message, accepted in zip(messages, stored, strict=True):
                if accepted.fresh and message.state == "new":
                    self._wake(message.key)

    async def _fetch(self, offset: int) -> list[dict[str, Any]]:
        """The raw answer: the bot's own way parses all updates or none."""
        wanted = {"offset": offset, "timeout": POLL_SECONDS, "limit": 100, "allowed_updates": list(WANTED)}
        data = RequestData([RequestParameter.from_input(key, value) for key, value in wanted.items()])
        found = await self._requests[1].post(f"{self._bot.base_url}/getUpdates", data)
        updates: list[Any] = found if isinstance(found, list) else []
        return [update for update in updates if isinstance(update, dict)]

    async def _announce(self) -> None:
        failures = 0
        while True:
            try:
                await self._bot.set_webhook(
                    f"{self._public_url}/telegram",
                    secret_token=self._settings.webhook_secret.get_secret_value(),
                    allowed_updates=list(WANTED),
                )
            except TelegramError as error:
                failures += 1
                _log.warning("the Telegram webhook cannot be set: %s", type(error).__name__)
                await asyncio.sleep(pause_before(failures, self._jitter))
            else:
                return

    async def _webhook(self, request: Request) -> Response:
        secret = self._settings.webhook_secret.get_secret_value()
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if self._settings.mode != "webhook" or not secret or not hmac.compare_digest(given.encode(), secret.encode()):
            return PlainTextResponse("forbidden\n", status_code=403)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_BODY:
                return PlainTextResponse("too large\n", status_code=413)
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            return PlainTextResponse("not JSON\n", status_code=400)
        if not isinstance(update, dict) or update_id(update) == 0:
            return PlainTextResponse("not an update\n", status_code=400)
        try:
            message = self._understood(update)
            if message is not None:
                now = self._clock()
                cursor = str(update_id(update) + 1)
                (accepted,) = await self._database.write(
                    lambda c: channel_states.store_page(c, NAME, self.account, [message], cursor, now, LEASE)
                )
                if accepted.fresh and message.state == "new":
                    self._wake(message.key)
        except Busy:
            return PlainTextResponse("busy\n", status_code=503)
        return PlainTextResponse("")

    def _understood(self, update: Mapping[str, Any]) -> NewMessage | None:
        """The message in an update; a row set aside where it cannot be parsed; None where it is none of ours."""
        try:
            parsed = Update.de_json(dict(update), self._bot)
            message = to_message(parsed, self.account, self._clock())
        except Exception as error:  # noqa: BLE001 - whatever the platform sends must not stop the others
            _log.error("a Telegram update was set aside: %s", told(error))
            return self._set_aside(update, error)
        if parsed.callback_query is not None:
            self._acknowledge(parsed.callback_query.id)
        return None if message is None else new_message(message)

    def _set_aside(self, update: Mapping[str, Any], error: Exception) -> NewMessage:
        now = self._clock()
        return NewMessage(
            key=ConversationKey(NAME, self.account, "?"),
            sender="?",
            message_id=f"u{update_id(update)}",
            body={"raw": json.dumps(update, ensure_ascii=False, default=str)[:4000]},
            sent_at=now,
            received_at=now,
            state="failed",
            error=f"not understood: {type(error).__name__}",
        )

    def _acknowledge(self, query: str) -> None:
        """Stop the little clock on the tapped button; the answer itself comes through the outbox."""

        async def acknowledge() -> None:
            with contextlib.suppress(TelegramError):
                await self._bot.answer_callback_query(query)

        task = asyncio.create_task(acknowledge())
        self._acknowledging.add(task)
        task.add_done_callback(self._acknowledging.discard)
