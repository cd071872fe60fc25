"""Customer service 微信客服: residents on personal WeChat. `account` is an open_kfid, a chat an external_userid."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from starlette.routing import BaseRoute

from bot.channels.base import HeldByPerson, Rate, Refused, Sent
from bot.channels.wecom.callbacks import Bell
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.customer_service import BOT, NOT_YET, OVER, POOL, SERVICER
from bot.channels.wecom.doctor import explain
from bot.channels.wecom.errors import NO_SUCH_MOVE, REPEATED, WRONG_STATE, CallFailed, delivery_error, report
from bot.channels.wecom.items import KF
from bot.channels.wecom.layout import fit_menu, menu
from bot.channels.wecom.pull import Puller
from bot.config import WeCom
from bot.outbox import pause_before
from handlers.message import Reply
from storage.database import Database
from storage.records import ConversationKey, OutboxRow

TAKEN_SECONDS = 3600.0
MOST_TAKEN = 10_000
_log = logging.getLogger(__name__)


class WeComKfChannel:
    """Residents' messages by bell and pull, answers by kf/send_msg within 48 hours and 5 messages."""

    name = KF
    rate: Rate | None = Rate(per_second=20, burst=40)

    def __init__(
        self,
        settings: WeCom,
        client: WeComClient,
        database: Database,
        wake: Callable[[ConversationKey], None],
        clock: Callable[[], datetime],
        owner: str,
        jitter: random.Random,
    ) -> None:
        """`owner` names this process in the log; `wake` is told of conversations with something new."""
        self._settings = settings
        self._client = client
        self._owner = owner
        self._jitter = jitter
        self._puller = Puller(
            client, database, wake, clock, jitter, settings.kf_poll_seconds, settings.kf_first_minutes
        )
        self._taken: dict[ConversationKey, float] = {}
        self._finder: asyncio.Task[None] | None = None

    def fit(self, reply: Reply) -> Reply:
        """The reply with its text cut to 1024 bytes above a menu, or 2048 without one."""
        return fit_menu(reply)

    async def send(self, row: OutboxRow, reply: Reply) -> Sent:
        """Send under the row's key, which makes a second try harmless (wecom.md 6.3).

        Raises:
            DeliveryError: by what is to be done about it.
        """
        body: dict[str, Any] = {"msgid": row.key, **menu(reply)}
        try:
            if row.reply_token is not None and row.purpose == "welcome":
                answer = await self._client.ask(self._client.kf.send_msg_on_event, {"code": row.reply_token, **body})
            else:
                await self._take(row.chat)
                to = {"touser": row.chat.chat, "open_kfid": row.chat.account}
                answer = await self._client.ask(self._client.kf.send_msg, {**to, **body})
        except CallFailed as error:
            if error.errcode == REPEATED:
                return Sent(row.key)
            if error.errcode == WRONG_STATE:
                raise await self._wrong_state(row.chat, error) from None
            raise delivery_error(error) from None
        return Sent(str(answer.get("msgid") or row.key))

    async def ring(self, bell: Bell) -> None:
        """A bell came in; stored durably when this returns."""
        wanted = self._settings.kf_accounts
        if wanted and bell.account not in wanted:
            _log.info("a bell of an account that is not in [wecom] kf_accounts is passed over")
            return
        await self._puller.ring(bell)

    def routes(self) -> Sequence[BaseRoute]:
        """None: the app's addresses take the bells too."""
        return ()

    async def start(self) -> None:
        """Begin to fetch, first what was missed."""
        await self._puller.start(self._settings.kf_accounts)
        if not self._settings.kf_accounts:
            self._finder = asyncio.create_task(self._find_accounts(), name="kf accounts")

    async def stop(self) -> None:
        """Stop to fetch."""
        if self._finder is not None:
            self._finder.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._finder
        await self._puller.stop()

    async def close(self) -> None:
        """Nothing of its own: the app's channel closes the client."""

    async def check(self) -> list[str]:
        """What keeps customer service from working, one line each with how to mend it."""
        try:
            seen = await self._client.ask(self._client.kf.accounts)
        except CallFailed as error:
            return [explain(error)]
        where = "请在“微信客服 → 通过API管理微信客服账号”里加上它，并把本应用加到“可调用接口的应用”。"
        if not seen:
            return [f"微信客服：本应用看不到任何客服账号。{where}"]
        return [f"微信客服：看不到客服账号 {one}。{where}" for one in self._settings.kf_accounts if one not in seen]

    async def _find_accounts(self) -> None:
        """Ask which accounts there are until the platform tells; those that come later show by their bells."""
        failures = 0
        while True:
            try:
                for account in await self._client.ask(self._client.kf.accounts):
                    self._puller.listen(account)
            except CallFailed as error:
                failures += 1
                report(error)
                _log.warning("%s cannot list the accounts of customer service: %s", self._owner, error)
                await asyncio.sleep(pause_before(failures, self._jitter))
            else:
                return

    async def _take(self, chat: ConversationKey) -> None:
        """Before the first answer of a session, tell the platform that the bot serves it (wecom.md 6.5).

        Where that does not work the answer is tried all the same: it may go in state 0 too.

        Raises:
            HeldByPerson: it is a person's, so that sending would be in vain.
        """
        now = time.monotonic()
        if self._taken.get(chat, 0.0) > now:
            return
        try:
            state = await self._move(chat)
        except CallFailed as error:
            _log.info("a session could not be moved to the bot: %s", error)
            return
        if state in (POOL, SERVICER):
            raise HeldByPerson(f"the session is in state {state}", None if state == POOL else "servicer")
        if state == BOT:
            if len(self._taken) >= MOST_TAKEN:
                self._taken.clear()
            self._taken[chat] = now + TAKEN_SECONDS

    async def _move(self, chat: ConversationKey) -> int:
        """The session's state after the attempt."""
        try:
            await self._client.ask(self._client.kf.move_to_bot, chat.account, chat.chat)
        except CallFailed as error:
            if error.errcode != NO_SUCH_MOVE:
                raise
            return await self._client.ask(self._client.kf.service_state, chat.account, chat.chat)
        return BOT

    async def _wrong_state(self, chat: ConversationKey, error: CallFailed) -> Exception:
        """95018 means several things; the state tells which (wecom.md 6.7)."""
        self._taken.pop(chat, None)
        try:
            state = await self._client.ask(self._client.kf.service_state, chat.account, chat.chat)
        except CallFailed as second:
            return delivery_error(second)
        if state in (POOL, SERVICER):
            return HeldByPerson(f"the session is in state {state}", None if state == POOL else "servicer")
        if state == OVER:
            return Refused("window: the session is over")
        if state in (NOT_YET, BOT):
            return Refused("window: 48 hours are over")
        return delivery_error(error)
