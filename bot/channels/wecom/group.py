"""Staff groups 群机器人: what happened at the desk, told by a webhook (wecom.md 5). Nothing comes back from there.

Everybody in a group reads it, so what residents wrote never goes there.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from starlette.routing import BaseRoute

from bot.channels.base import Rate, Refused, Sent, TryLater
from bot.channels.fetched import Fetched, FetchGone
from bot.channels.wecom.client import TIMEOUT
from bot.channels.wecom.errors import RATE, RATE_PAUSE
from bot.channels.wecom.layout import TEXT, clipped
from bot.fit import fit
from bot.text import utf8
from handlers.message import Reply
from storage.records import ConversationKey, OutboxRow

NAME = "wecom_group"
CHAT = "group"
_GONE = frozenset({93000, 93001, 93004})
_NEVER = frozenset({40008, 40058, 44004, 45002, 93017})
_log = logging.getLogger(__name__)


class WeComGroupChannel:
    """One account for each webhook; its name is a hash of the key, which stands nowhere but in the settings."""

    name = NAME
    # 20 in any minute, whatever the pause before: 5 at once and 15 more in it.
    rate: Rate | None = Rate(per_second=0.25, burst=5)

    def __init__(self, webhooks: Sequence[str], api_base: str) -> None:
        """`webhooks` are keys; `api_base` stands in for https://qyapi.weixin.qq.com."""
        self._keys = {_account(key): key for key in webhooks}
        self._url = f"{api_base.rstrip('/')}/cgi-bin/webhook/send"
        self._http = requests.Session()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="wecom-group")

    @property
    def chats(self) -> tuple[ConversationKey, ...]:
        """Where alerts to the groups go."""
        return tuple(ConversationKey(NAME, account, CHAT) for account in self._keys)

    def fit(self, reply: Reply) -> Reply:
        """The reply with its text cut so that all of it fits into 2048 bytes."""
        around = utf8(_text(reply)) - utf8(reply.text)
        return fit(reply, TEXT - around)

    async def send(self, row: OutboxRow, reply: Reply) -> Sent:
        """Tell the group. Webhooks know no idempotency key: what nobody knows the fate of is told again.

        Raises:
            DeliveryError: by what is to be done about it.
        """
        key = self._keys.get(row.chat.account)
        if key is None:
            raise Refused("this webhook is not in [desk] group_webhooks any more")
        body = {"msgtype": "text", "text": {"content": clipped(_text(reply), TEXT)}}
        errcode = await asyncio.wrap_future(self._threads.submit(self._post, key, body))
        if errcode == 0:
            return Sent()
        if errcode in RATE:
            raise TryLater(f"WeCom {errcode}: too fast", RATE_PAUSE, everybody=True)
        if errcode in _GONE:
            _log.error("the group webhook %s does not work any more (%s): see its robot", row.chat.account, errcode)
        if errcode in _GONE or errcode in _NEVER:
            raise Refused(f"WeCom {errcode}: the group does not take it")
        raise TryLater(f"WeCom {errcode}")

    async def fetch(self, source: str) -> Fetched:
        """Never in need: nobody writes to us from a group."""
        raise FetchGone(f"{source[:20]} did not come from a group")

    def routes(self) -> Sequence[BaseRoute]:
        """None: nothing comes in."""
        return ()

    async def start(self) -> None:
        """Nothing to listen to."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def close(self) -> None:
        """End the calls under way."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        self._http.close()

    def _post(self, key: str, body: dict[str, Any]) -> int:
        """The errcode. An error of requests names the address, and with it the key, so only its kind is kept."""
        try:
            answer = self._http.post(self._url, params={"key": key}, json=body, timeout=TIMEOUT, allow_redirects=False)
            if answer.status_code != requests.codes.ok:
                raise TryLater(f"HTTP status {answer.status_code}")
            return int(answer.json()["errcode"])
        except requests.RequestException as error:
            raise TryLater(type(error).__name__) from None
        except (KeyError, TypeError, ValueError):
            raise TryLater("an answer without sense") from None


def _account(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _text(reply: Reply) -> str:
    return "\n".join(part for part in (reply.title, reply.text, reply.link) if part)
