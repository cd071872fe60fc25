"""Periodic jobs: APScheduler in memory as a clock in every replica, each slot claimed in the job's own transaction.

A slot belongs to whoever inserts its row first, so that every slot runs once whatever the number of replicas.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Connection

from bot.faults import told
from storage import job_runs
from storage.database import Database
from storage.retention import purge

_log = logging.getLogger(__name__)
RUNS_KEPT = timedelta(days=400)
_LOOKING_BACK = (timedelta(minutes=2), timedelta(hours=2), timedelta(days=1), timedelta(days=8))


class Missed(Enum):
    """What becomes of slots at which no process ran."""

    NEWEST = "newest"  # the newest is run at the start
    SKIP = "skip"  # nothing: the next slot does the work


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run did: a line for the record, and what to do once it is committed."""

    result: str
    then: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """Work at fixed times, in the transaction that claims the slot; the record of each run stays so long as `kept`."""

    name: str
    trigger: CronTrigger
    work: Callable[[Connection, datetime], Ran]
    missed: Missed = Missed.NEWEST
    kept: timedelta = RUNS_KEPT


class Schedule:
    """Runs jobs at their slots, and at the start the newest slot that nobody ran, where a job wants it."""

    def __init__(
        self, database: Database, jobs: list[Job], clock: Callable[[], datetime], owner: str, zone: ZoneInfo
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._owner = owner
        # One second of grace, the default, would skip slots while the loop is busy.
        defaults = {"coalesce": True, "misfire_grace_time": 3600, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=zone, job_defaults=defaults)

    async def start(self) -> None:
        """Catch up on missed slots, then keep time."""
        for job in self._jobs:
            if job.missed is not Missed.SKIP:
                await self.run(job)
            self._scheduler.add_job(self._runner(job), job.trigger, id=job.name)
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop keeping time."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def run(self, job: Job) -> None:
        """Run the job's newest slot, unless it is taken.

        A slot whose work fails stays free; the error is logged and ends nothing.
        """
        now = self._clock()
        try:
            slot = newest_slot(job.trigger, now)
            if slot is not None:
                await self._run(job, slot, now)
        except Exception as error:  # noqa: BLE001 - a failing job must not end the service
            _log.error("job %s failed: %s", job.name, told(error))

    def _runner(self, job: Job) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.run(job)

        return run

    async def _run(self, job: Job, slot: datetime, now: datetime) -> None:
        ran = await self._database.write(lambda connection: self._claim_and_work(connection, job, slot, now))
        if ran is not None and ran.then is not None:
            ran.then()

    def _claim_and_work(self, connection: Connection, job: Job, slot: datetime, now: datetime) -> Ran | None:
        if not job_runs.claim_slot(connection, job.name, slot, self._owner, now):
            return None
        ran = job.work(connection, now)
        job_runs.finish_slot(connection, job.name, slot, now, ran.result)
        if job.kept < RUNS_KEPT:
            job_runs.forget(connection, job.name, now - job.kept)
        return ran


def newest_slot(trigger: CronTrigger, now: datetime) -> datetime | None:
    """The newest time not after `now` at which the trigger fires, looking back eight days."""
    for back in _LOOKING_BACK:  # a little first: a job of every minute has fired thousands of times in eight days
        *_, newest = None, *_fires(trigger, now - back, now)
        if newest is not None:
            return newest
    return None


def _fires(trigger: CronTrigger, start: datetime, now: datetime) -> Iterator[datetime]:
    at = start
    while True:
        fires = trigger.get_next_fire_time(None, at)
        if fires is None or fires > now:
            return
        yield fires.astimezone(UTC)
        at = fires + timedelta(microseconds=1)


def retention_job(zone: ZoneInfo, message_days: int) -> Job:
    """Every night: delete messages that are older than the settings keep them."""

    def work(connection: Connection, now: datetime) -> Ran:
        gone = purge(connection, now - timedelta(days=message_days), now - RUNS_KEPT)
        return Ran(", ".join(f"{kind} {count}" for kind, count in gone.items()))

    return Job("retention", CronTrigger(hour=3, minute=17, timezone=zone), work)
