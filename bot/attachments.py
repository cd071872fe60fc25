"""Brings the files that residents sent from their platforms to our disk, and takes from the disk what is not needed."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection

from bot.channels.base import Channel
from bot.channels.fetched import Fetched, FetchError, FetchLater, FetchTooLarge
from bot.faults import told
from bot.outbox import pause_before
from handlers import attachments
from handlers.attachments import Judged, NotTaken
from handlers.desk.drafts import to_resident
from handlers.desk.tools import Tools
from handlers.message import Reply
from storage import attachments as rows
from storage import conversations
from storage.attachments import Wanted
from storage.errors import StorageError
from storage.records import Conversation

LEASE = timedelta(seconds=150)
FETCH_SECONDS = 90.0
POLL_SECONDS = 2.0
SWEEP_SECONDS = 3600.0
AT_ONCE = 4
MOST_TRIES = 30  # at five minutes between the later ones: over two hours, while a platform may be away
SETTLED = timedelta(hours=24)  # what no row names after a day was never handed in
_BATCH = 200
_GONE = "平台上已经取不到了，请重新发一次。"
_log = logging.getLogger(__name__)


class AttachmentKeeper:
    """Fetches, judges, seals and keeps; a file that is not taken is answered with the reason."""

    def __init__(self, tools: Tools, channels: Mapping[str, Channel], jitter: random.Random) -> None:
        self._tools = tools
        self._channels = channels
        self._jitter = jitter
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to fetch, first what was left over; look through the disk now and every hour."""
        self._tasks = [
            asyncio.create_task(self._fetch_all(), name="attachments"),
            asyncio.create_task(self._sweep_all(), name="attachments sweep"),
        ]

    async def stop(self) -> None:
        """Fetch no more; a file under way is fetched again after the next start."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def fetch_due(self) -> int:
        """Fetch what may be fetched now; how many files that were."""
        database, now = self._tools.database, self._tools.clock()
        if not await database.read(lambda c: rows.any_wanted(c, now)):
            return 0  # a writer that is asked for nothing is kept from others
        due = await database.write(lambda c: rows.claim_wanted(c, now, LEASE, AT_ONCE))
        await asyncio.gather(*(self._fetch(wanted) for wanted in due))
        return len(due)

    async def sweep(self) -> int:
        """Delete removed files, and files that no row names; how many went."""
        database, before = self._tools.database, self._tools.clock() - SETTLED
        removed = await database.read(lambda c: rows.to_delete(c, _BATCH))
        # A minute is enough for whoever is just handing in the same file again.
        recent = self._tools.clock() - timedelta(minutes=1)
        gone = [row_id for row_id, name in removed if await asyncio.to_thread(self._tools.files.delete, name, recent)]
        await database.write(lambda c: rows.deleted(c, gone))
        lost = 0
        names = await asyncio.to_thread(lambda: list(self._tools.files.names_older_than(before)))
        for start in range(0, len(names), _BATCH):
            batch = names[start : start + _BATCH]
            known = await database.read(lambda c, batch=batch: rows.known(c, batch))  # type: ignore[misc]
            for name in batch:
                if name not in known:
                    lost += await asyncio.to_thread(self._tools.files.delete, name, before)
        return len(gone) + lost

    async def _fetch_all(self) -> None:
        while True:
            try:
                busy = await self.fetch_due()
            except StorageError as error:
                _log.error("files cannot be fetched: %s", told(error))
                busy = 0
            if not busy:
                await asyncio.sleep(POLL_SECONDS)

    async def _sweep_all(self) -> None:
        while True:
            try:
                await self.sweep()
            except (StorageError, OSError) as error:
                _log.error("the folder of attachments could not be looked through: %s", told(error))
            await asyncio.sleep(SWEEP_SECONDS)

    async def _fetch(self, wanted: Wanted) -> None:
        try:
            fetched = await self._brought(wanted)
            name = fetched.name or wanted.name
            judged = await asyncio.to_thread(attachments.judge, fetched.data, name)
            sha256 = await asyncio.to_thread(attachments.keep, self._tools.files, self._tools.seal, fetched.data)
        except NotTaken as error:
            await self._refuse(wanted, str(error))
        except FetchTooLarge:
            await self._refuse(wanted, attachments.too_large())
        except (FetchLater, TimeoutError, OSError) as error:
            await self._later(wanted, error)
        except FetchError:
            await self._refuse(wanted, _GONE)
        except Exception as error:  # noqa: BLE001 - one file must not stop the others
            _log.error("file %s on %s is tried again: %s", wanted.id, wanted.chat.channel, told(error))
            await self._later(wanted, error)
        else:
            await self._keep(wanted, judged, sha256, len(fetched.data))

    async def _brought(self, wanted: Wanted) -> Fetched:
        channel = self._channels.get(wanted.chat.channel)
        if channel is None:
            raise FetchLater("the channel is not running")
        async with asyncio.timeout(FETCH_SECONDS):
            return await channel.fetch(wanted.source)

    async def _keep(self, wanted: Wanted, judged: Judged, sha256: str, size: int) -> None:
        values = {"sha256": sha256, "name": judged.name, "media_type": judged.media_type, "size": size}
        await self._tools.database.write(lambda c: rows.stored(c, wanted.id, **values))  # type: ignore[arg-type]
        self._tools.changed()

    async def _later(self, wanted: Wanted, error: Exception) -> None:
        if wanted.attempts >= MOST_TRIES:
            await self._refuse(wanted, _GONE)
            return
        given = error.after if isinstance(error, FetchLater) else None
        pause = given if given is not None else pause_before(wanted.attempts, self._jitter)
        again = self._tools.clock() + timedelta(seconds=pause)
        await self._tools.database.write(lambda c: rows.postpone(c, wanted.id, again, type(error).__name__))

    async def _refuse(self, wanted: Wanted, reason: str) -> None:
        def work(connection: Connection) -> Conversation | None:
            if not rows.refuse(connection, wanted.id, reason):
                return None
            talk = conversations.read_by_id(connection, wanted.conversation_id)
            if talk is not None and not talk.safe_mode:
                reply = Reply(f"您发的“{wanted.name}”没有收下：{reason}")
                conversations.speak(
                    connection, talk, to_resident(self._tools, talk, reply, "file", wanted.id), self._tools.clock()
                )
            return talk

        talk = await self._tools.database.write(work)
        if talk is not None:
            self._tools.said(talk.key)
