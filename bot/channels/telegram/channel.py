"""The Telegram channel: puts its parts together. One bot, known by the number before the colon of its token."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from datetime import datetime

from starlette.routing import BaseRoute
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, TelegramError

from bot.channels.base import Rate, Sent
from bot.channels.fetched import Fetched
from bot.channels.telegram.api import Api
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.layout import compose
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.sending import Sending
from bot.channels.telegram.updates import NAME
from bot.channels.telegram.webhook import Webhook
from bot.config import Telegram
from bot.fit import fit
from bot.text import utf16
from handlers.message import Reply
from storage.database import Database
from storage.records import ConversationKey, OutboxRow

LONGEST_TEXT = 4096  # UTF-16 units


class TelegramChannel:
    """Residents and staff in private chats, staff in their group too."""

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
        self._api = Api(token, settings.api_base)
        self._sending = Sending(self._api)
        self._intake = Intake(self._api, self.account, settings.staff_chat, database, wake, clock)
        self._polling = Polling(self._api, self.account, self._intake, database, jitter)
        secret = settings.webhook_secret.get_secret_value() if settings.mode == "webhook" else ""
        self._webhook = Webhook(self._api, self._intake, secret, self._public_url, jitter)
        self._listener: asyncio.Task[None] | None = None

    @property
    def chats(self) -> tuple[ConversationKey, ...]:
        """The staff's group, where there is one."""
        group = self._settings.staff_chat
        return (ConversationKey(NAME, self.account, group),) if group else ()

    def fit(self, reply: Reply) -> Reply:
        """The reply with its text cut so that title, text and cites fit into one message."""
        around = utf16(compose(reply)) - utf16(reply.text)
        return fit(reply, LONGEST_TEXT - around, utf16)

    async def send(self, row: OutboxRow, reply: Reply) -> Sent:
        """Send a message, or change the card that the reply `updates`.

        Raises:
            DeliveryError: by what is to be done about it.
        """
        return await self._sending.send(row.chat.chat, reply)

    async def fetch(self, source: str) -> Fetched:
        """A file that somebody sent.

        Raises:
            FetchError: by what is to be done about it.
        """
        return await self._api.fetch(source)

    def routes(self) -> Sequence[BaseRoute]:
        """The webhook; it is there in polling mode too and refuses everything."""
        return [self._webhook.route()]

    async def start(self) -> None:
        """Begin to listen. A Telegram that cannot be reached does not hold up the other channels."""
        work = self._webhook.announce if self._settings.mode == "webhook" else self._polling.run
        self._listener = asyncio.create_task(work(), name="telegram")

    async def stop(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        self._intake.stop()

    async def close(self) -> None:
        """Close the connections to Telegram."""
        await self._api.close()

    async def check(self) -> list[str]:
        """What is wrong with the credentials and the staff's group, one line each."""
        if not self.account.isdigit():
            return ["[telegram] token 不像 BotFather 给的（数字:字母），请重新复制"]
        if self._settings.mode == "webhook" and not self._public_url.startswith("https://"):
            return ["[telegram] webhook 方式要先填 [service] public_url（https 开头），或改用 polling"]
        try:
            await self._api.bot.get_me()
            return await self._check_group()
        except InvalidToken:
            return ["[telegram] token 被拒绝，请到 BotFather 核对"]
        except TelegramError as error:
            return [f"[telegram] 连不上 {self._settings.api_base}：{type(error).__name__}"]

    async def _check_group(self) -> list[str]:
        group = self._settings.staff_chat
        if not group:
            return []
        try:
            # Shown as "typing…" for a moment: the only way to see that the bot may write there without writing.
            await self._api.bot.send_chat_action(group, "typing")
        except ChatMigrated as error:
            return [f'[telegram] 值班群换了编号，请改成 staff_chat = "{error.new_chat_id}"']
        except (BadRequest, Forbidden):
            return [f"[telegram] 值班群 {group} 进不去：把机器人拉进群，或在群里发 /chatid 核对 staff_chat"]
        return []
