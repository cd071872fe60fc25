"""The office hours as they are now: the settings, and over them the days that administrators enter in the console."""

import asyncio
import contextlib
import logging

from bot.faults import told
from handlers.hours import OfficeHours
from storage import calendar
from storage.database import Database
from storage.errors import StorageError

REREAD_SECONDS = 20.0
_log = logging.getLogger(__name__)


class WorkCalendar:
    """Follows the entered days, whichever replica they were entered at; between two looks the hours are one value."""

    def __init__(self, database: Database, settings: OfficeHours, reread_seconds: float = REREAD_SECONDS) -> None:
        """`settings` are the hours without what was entered; they are what counts until the first look."""
        self._database = database
        self._settings = settings
        self._now = settings
        self._seconds = reread_seconds
        self._reader: asyncio.Task[None] | None = None

    def hours(self) -> OfficeHours:
        """The hours as they were known at the last look."""
        return self._now

    async def refresh(self) -> None:
        """Look now: after an edit, so that whoever made it sees it at once."""
        self._now = self._settings.with_days(await self._database.read(calendar.overrides))

    async def start(self) -> None:
        """Look, and go on looking."""
        await self.refresh()
        self._reader = asyncio.create_task(self._follow(), name="calendar")

    async def stop(self) -> None:
        """Look no more."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await self.refresh()
            except StorageError as error:
                _log.error("the calendar could not be read, the last one counts: %s", told(error))
