"""Taking updates as the platform pushes them."""

import asyncio
import hmac
import json
import logging
import random

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from telegram.error import TelegramError

from bot.channels.telegram.api import WANTED, Api
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.updates import update_id
from bot.outbox import pause_before
from storage.errors import Busy

LONGEST_BODY = 1024 * 1024
PATH = "/telegram"
_log = logging.getLogger(__name__)


class Webhook:
    """The address, and making it known. Without a secret it refuses everything."""

    def __init__(self, api: Api, intake: Intake, secret: str, public_url: str, jitter: random.Random) -> None:
        self._api = api
        self._intake = intake
        self._secret = secret
        self._public_url = public_url
        self._jitter = jitter

    def route(self) -> BaseRoute:
        """Where the platform posts to."""
        return Route(PATH, self._answer, methods=["POST"])

    async def announce(self) -> None:
        """Tell the platform the address, again and again until it has heard."""
        failures = 0
        while True:
            try:
                await self._api.bot.set_webhook(
                    f"{self._public_url}{PATH}", secret_token=self._secret, allowed_updates=list(WANTED)
                )
            except TelegramError as error:
                failures += 1
                _log.warning("the Telegram webhook cannot be set: %s", type(error).__name__)
                await asyncio.sleep(pause_before(failures, self._jitter))
            else:
                return

    async def _answer(self, request: Request) -> Response:
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not self._secret or not hmac.compare_digest(given.encode(), self._secret.encode()):
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
            await self._intake.take([update], keep_cursor=False)
        except Busy:
            return PlainTextResponse("busy\n", status_code=503)
        return PlainTextResponse("")
