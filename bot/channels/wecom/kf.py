"""Customer service 微信客服: residents on personal WeChat. `account` is an open_kfid, a chat an external_userid."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime

from starlette.routing import BaseRoute

from bot.channels.base import Rate, Sent
from bot.channels.fetched import Fetched
from bot.channels.wecom.callbacks import Bell
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.doctor import explain
from bot.channels.wecom.duty import Duty
from bot.channels.wecom.errors import CallFailed, report
from bot.channels.wecom.items import KF
from bot.channels.wecom.layout import fit_menu
from bot.channels.wecom.media import fetch_media
from bot.channels.wecom.members import member_id
from bot.channels.wecom.pull import Puller
from bot.channels.wecom.send import KfSender
from bot.channels.wecom.sessions import KfSessions
from bot.channels.wecom.to_person import hand_to, is_bots
from bot.config import WeCom
from bot.outbox import pause_before
from handlers.desk.in_client import InClient
from handlers.message import Reply
from storage.database import Database
from storage.records import ConversationKey, OutboxRow

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
        in_client: Callable[[], InClient],
        clock: Callable[[], datetime],
        owner: str,
        jitter: random.Random,
    ) -> None:
        """`owner` names this process in the log; `wake` is told of conversations with something new; `in_client` gives
        what follows when people work in the platform's client.
        """
        self._settings = settings
        self._client = client
        self._owner = owner
        self._jitter = jitter
        self._sessions = KfSessions(client, clock)
        self._duty = Duty(client, database, clock)
        self._sender = KfSender(client, self._sessions, self._duty)
        self._puller = Puller(
            client,
            database,
            wake,
            in_client,
            self._duty,
            clock,
            jitter,
            settings.kf_poll_seconds,
            settings.kf_first_minutes,
        )
        self._finder: asyncio.Task[None] | None = None

    def fit(self, reply: Reply) -> Reply:
        """The reply with its text cut to 1024 bytes above a menu, or 2048 without one."""
        return fit_menu(reply)

    async def send(self, row: OutboxRow, reply: Reply) -> Sent:
        """Say it in the way that goes with its purpose and with whose the session is.

        Raises:
            DeliveryError: by what is to be done about it.
        """
        return await self._sender.send(row, reply)

    async def hand_to(self, chat: ConversationKey, member: str, *, transfer: bool = False) -> str | None:
        """See `handlers.desk.tools.Sessions`."""
        return await hand_to(self._sessions, chat, member_id(member), transfer=transfer)

    async def is_bots(self, chat: ConversationKey) -> bool:
        """See `handlers.desk.tools.Sessions`."""
        return await is_bots(self._sessions, chat)

    async def fetch(self, source: str) -> Fetched:
        """A file that a resident sent, by its media id; kept for three days.

        Raises:
            FetchError: by what is to be done about it.
        """
        return await fetch_media(self._client, source)

    async def ring(self, bell: Bell) -> None:
        """A bell came in; stored durably when this returns."""
        if not self._is_wanted(bell.account):
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
            hidden = [one for one in seen if self._is_wanted(one) and await self._duty.is_hidden(one)]
        except CallFailed as error:
            return [explain(error)]
        where = "请在“微信客服 → 通过API管理微信客服账号”里加上它，并把本应用加到“可调用接口的应用”。"
        if not seen:
            return [f"微信客服：本应用看不到任何客服账号。{where}"]
        return [
            *(f"微信客服：看不到客服账号 {one}。{where}" for one in self._settings.kf_accounts if one not in seen),
            *(
                f"微信客服：账号 {one} 的接待人员是按部门设的，看不到谁在岗，转人工进不了排队。请按成员添加。"
                for one in hidden
            ),
        ]

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

    def _is_wanted(self, account: str) -> bool:
        return not self._settings.kf_accounts or account in self._settings.kf_accounts
