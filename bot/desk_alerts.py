"""Looks for handovers that no member of staff was told of: at once when something changed, else every two seconds."""

import asyncio
import contextlib
import logging

from bot.faults import told
from bot.live import Live
from handlers.desk.alerts import alert_new
from handlers.desk.tools import Tools
from storage.errors import StorageError

SECONDS = 2.0
_log = logging.getLogger(__name__)


class DeskAlerts:
    """Runs in every replica; a handover is alerted by whichever comes first."""

    def __init__(self, tools: Tools, live: Live) -> None:
        self._tools = tools
        self._live = live
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, first with what a crash left."""
        self._task = asyncio.create_task(self._run(), name="desk alerts")

    async def stop(self) -> None:
        """Stop; what is not told yet is told after the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                await alert_new(self._tools)
            except StorageError as error:
                _log.error("staff could not be told of new handovers: %s", told(error))
            await self._live.wait(SECONDS)
