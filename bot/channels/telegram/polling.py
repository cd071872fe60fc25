"""Fetching updates by long polling.

python-telegram-bot's own updater stops for good at one update that it cannot parse, so they are fetched raw.
"""

import asyncio
import logging
import random

from sqlalchemy.exc import SQLAlchemyError
from telegram.error import RetryAfter, TelegramError

from bot.channels.telegram.api import Api
from bot.channels.telegram.errors import seconds_of
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.updates import NAME, update_id
from bot.outbox import pause_before
from storage import channel_states
from storage.database import Database
from storage.errors import StorageError

_log = logging.getLogger(__name__)


class Polling:
    """Reads on for ever, from where the stored cursor is."""

    def __init__(self, api: Api, account: str, intake: Intake, database: Database, jitter: random.Random) -> None:
        self._api = api
        self._account = account
        self._intake = intake
        self._database = database
        self._jitter = jitter

    async def run(self) -> None:
        """Until it is cancelled; a Telegram or a database that is away is tried again."""
        failures = 0
        while True:
            try:
                if failures == 0:
                    await self._api.bot.delete_webhook()
                await self._read_on()
                failures = 0
            except (TelegramError, StorageError, SQLAlchemyError) as error:
                failures += 1
                asked = seconds_of(error) if isinstance(error, RetryAfter) else None
                pause = pause_before(failures, self._jitter) if asked is None else asked
                _log.warning("Telegram cannot be read (%s), again in %.0f s", type(error).__name__, pause)
                await asyncio.sleep(pause)

    async def _read_on(self) -> None:
        """The offset is stored with the messages, so that none is lost or read twice."""
        cursor = await self._database.read(lambda c: channel_states.read_cursor(c, NAME, self._account))
        offset = int(cursor or 0)
        while True:
            updates = await self._api.updates(offset)
            if updates:
                await self._intake.take(updates, keep_cursor=True)
                offset = max(update_id(update) for update in updates) + 1
