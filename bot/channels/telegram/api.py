"""The connection to Telegram's Bot API: python-telegram-bot for calls, raw JSON for updates, a stream for files."""

from typing import Any

import httpx
from telegram import Bot
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest, RequestData
from telegram.request._requestparameter import RequestParameter

from bot.channels.fetched import LARGEST_FILE, Fetched, FetchGone, FetchLater, FetchTooLarge
from bot.channels.telegram.errors import seconds_of

POLL_SECONDS = 25
TOO_MANY = 429
WANTED = ("message", "edited_message", "callback_query", "my_chat_member")


class Api:
    """One bot's calls."""

    def __init__(self, token: str, base: str) -> None:
        """`base` is what stands before /bot<token>/ and before /file/bot<token>/."""
        self._requests = (
            HTTPXRequest(connection_pool_size=64, pool_timeout=30, connect_timeout=5, read_timeout=10),
            HTTPXRequest(connection_pool_size=1, connect_timeout=5, read_timeout=POLL_SECONDS + 10),
        )
        base = base.rstrip("/")
        self.bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )
        self._downloads = httpx.AsyncClient(timeout=httpx.Timeout(10, connect=5))

    async def updates(self, offset: int) -> list[dict[str, Any]]:
        """The raw updates from this offset on, waited for: the bot's own way parses all of them or none.

        Raises:
            TelegramError: the platform did not answer, or refused.
        """
        wanted = {"offset": offset, "timeout": POLL_SECONDS, "limit": 100, "allowed_updates": list(WANTED)}
        data = RequestData([RequestParameter.from_input(key, value) for key, value in wanted.items()])
        found = await self._requests[1].post(f"{self.bot.base_url}/getUpdates", data)
        updates: list[Any] = found if isinstance(found, list) else []
        return [update for update in updates if isinstance(update, dict)]

    async def fetch(self, source: str) -> Fetched:
        """A file that somebody sent, by its file_id.

        Raises:
            FetchError: by what is to be done about it.
        """
        try:
            file = await self.bot.get_file(source)
        except BadRequest as error:
            # "Bots can download files of up to 20 MB": for a larger one there is no address at all.
            too_large = "too big" in str(error).lower()
            raise (FetchTooLarge if too_large else FetchGone)(f"400 {error}"[:200]) from None
        except RetryAfter as error:
            raise FetchLater("429 too many requests", seconds_of(error)) from None
        except TelegramError as error:
            raise FetchLater(type(error).__name__, 300 if isinstance(error, InvalidToken) else None) from None
        if (file.file_size or 0) > LARGEST_FILE:
            raise FetchTooLarge(f"{file.file_size} bytes")
        if file.file_path is None or not file.file_path.startswith(self.bot.base_file_url):
            raise FetchGone("there is no address for it")  # a path on the gateway's own disk
        return Fetched(await self._download(file.file_path))

    async def close(self) -> None:
        """Close the connections."""
        # Not `Bot.shutdown`: it closes nothing where the bot was not initialised, which would ask Telegram first.
        for request in self._requests:
            await request.shutdown()
        await self._downloads.aclose()

    async def _download(self, address: str) -> bytes:
        """At most LARGEST_FILE bytes, whatever was said of the size."""
        data = bytearray()
        try:
            async with self._downloads.stream("GET", address) as answer:
                if answer.is_client_error and answer.status_code != TOO_MANY:
                    raise FetchGone(f"{answer.status_code} at its address")
                if not answer.is_success:
                    raise FetchLater(f"{answer.status_code} at its address")
                async for piece in answer.aiter_bytes():
                    data += piece
                    if len(data) > LARGEST_FILE:
                        raise FetchTooLarge(f"more than {LARGEST_FILE} bytes")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchLater(type(error).__name__) from None
        return bytes(data)
