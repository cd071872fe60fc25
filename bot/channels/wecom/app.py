"""The self-built app 自建应用: staff write to it; its callback address also gets the bells of customer service."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.base import Accept, Rate, Sent
from bot.channels.fetched import Fetched
from bot.channels.wecom import callbacks
from bot.channels.wecom.callbacks import Bell
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.crypto import Envelope, Forged
from bot.channels.wecom.doctor import explain, round_trip
from bot.channels.wecom.errors import CallFailed
from bot.channels.wecom.layout import fit_lines
from bot.channels.wecom.media import fetch_media
from bot.channels.wecom.sign_in import WeComSignIn
from bot.channels.wecom.to_members import MemberSender
from bot.config import WeCom
from handlers.message import Message, Reply
from storage.records import OutboxRow

LONGEST_BODY = 64 * 1024
MOST_DISCARDED = 4 * 1024 * 1024
_WORDS = {400: "not understood", 403: "refused", 413: "too large", 503: "busy, please repeat"}
_TAKEN = Response()  # the empty 200 means: stored, no passive reply
_log = logging.getLogger(__name__)


class WeComAppChannel:
    """Members' messages by callback, answers by message/send. `account` is the agent id, a chat is a userid."""

    name = callbacks.APP
    rate: Rate | None = Rate(per_second=10, burst=20)

    def __init__(
        self,
        settings: WeCom,
        client: WeComClient,
        accept: Accept,
        clock: Callable[[], datetime],
        ring: Callable[[Bell], Awaitable[None]] | None = None,
    ) -> None:
        """`ring` stores a bell of customer service durably; without it bells are passed over.

        Raises:
            ValueError: a setting cannot be right; it is named.
        """
        if settings.agent_id <= 0:
            raise ValueError("[wecom] agent_id: wants the number 应用ID AgentId of the app")
        self.account = str(settings.agent_id)
        self.sign_in = WeComSignIn(settings, client)
        self._client = client
        self._sender = MemberSender(client, settings.agent_id)
        self._accept = accept
        self._clock = clock
        self._ring = ring
        self._envelope = Envelope(
            settings.token.get_secret_value(), settings.aes_key.get_secret_value(), settings.corp_id
        )

    def fit(self, reply: Reply) -> Reply:
        """The reply with its text cut so that all of it fits into 2048 bytes."""
        return fit_lines(reply)

    async def send(self, row: OutboxRow, reply: Reply) -> Sent:
        """Send a text, or to staff a card; or change a card.

        Raises:
            DeliveryError: by what is to be done about it.
        """
        return await self._sender.send(row, reply)

    async def fetch(self, source: str) -> Fetched:
        """A file that a member sent, by its media id; kept for three days.

        Raises:
            FetchError: by what is to be done about it.
        """
        return await fetch_media(self._client, source)

    def routes(self) -> Sequence[BaseRoute]:
        """Both addresses take both kinds of callbacks, since one app can have only one address (wecom.md 0)."""
        methods = ["GET", "POST"]
        return [Route("/wecom/app", self.answer, methods=methods), Route("/wecom/kf", self.answer, methods=methods)]

    async def start(self) -> None:
        """Nothing to begin: callbacks come in by themselves."""

    async def stop(self) -> None:
        """Nothing to stop: callbacks end with the server."""

    async def close(self) -> None:
        """Close the client, which customer service shares."""
        await self._client.aclose()

    async def check(self) -> list[str]:
        """What is wrong with the app's settings, one line each with how to mend it."""
        problems = round_trip(self._envelope, self._clock())
        try:
            # gettoken works from anywhere; only another call shows whether our address is trusted.
            await self._client.ask(self._client.misc.get_wechat_ips)
        except CallFailed as error:
            problems.append(explain(error))
        return problems

    async def answer(self, request: Request) -> Response:
        """One request to a callback address, answered as fast as it is stored (wecom.md 2.1, 2.2)."""
        now = self._clock()
        query = request.query_params
        try:
            if request.method != "POST":
                return PlainTextResponse(self._envelope.plain(query, query.get("echostr", ""), now.timestamp()))
            fields = self._envelope.open(query, await _body(request), now.timestamp())
            happened = callbacks.read(fields, self.account, now)
        except Forged as error:
            _log.warning("a callback of WeCom was refused: %s", error.check)
            return _short(error.status)
        except ClientDisconnect:
            return _short(400)
        try:
            await self._keep(happened)
        except Exception as error:  # noqa: BLE001 - WeCom sends it again, whatever went wrong here
            _log.error("a callback of WeCom could not be stored: %s", type(error).__name__)
            return _short(503)
        # Only now: a request that we could not store must be taken when it comes again.
        self._envelope.seen.add(query["msg_signature"], now.timestamp())
        return _TAKEN

    async def _keep(self, happened: Message | Bell | None) -> None:
        if isinstance(happened, Message):
            await self._accept(happened)
        elif isinstance(happened, Bell) and self._ring is not None:
            await self._ring(happened)


async def _body(request: Request) -> bytes:
    """The raw body, whatever its Content-Type says."""
    body = bytearray()
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= LONGEST_BODY:
            body += chunk
        # Hanging up on somebody who is still sending loses them our answer, so some more is read and dropped.
        elif size > MOST_DISCARDED:
            break
    if size > LONGEST_BODY:
        raise Forged(413, "body is too large")
    return bytes(body)


def _short(status: int) -> Response:
    return PlainTextResponse(_WORDS[status], status)
