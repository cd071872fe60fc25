"""Periodic jobs: APScheduler in memory as a clock in every replica, each slot claimed in the job's own transaction.

A slot belongs to whoever inserts its row first, so that every slot runs once whatever the number of replicas.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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


@dataclass(frozen=True, slots=True)
class Job:
    """Work at fixed times. `work` runs in the transaction that claims the slot and returns a line for the record."""

    name: str
    trigger: CronTrigger
    work: Callable[[Connection, datetime], str]


class Schedule:
    """Runs jobs at their slots, and at the start the newest slot that nobody ran."""

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
            await self._run(job, catching_up=True)
            self._scheduler.add_job(self._runner(job), job.trigger, id=job.name)
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop keeping time."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _runner(self, job: Job) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self._run(job, catching_up=False)

        return run

    async def _run(self, job: Job, *, catching_up: bool) -> None:
        now = self._clock()
        slot = newest_slot(job.trigger, now)
        if slot is None:
            return
        try:
            await self._database.write(lambda connection: self._claim_and_work(connection, job, slot, now))
        except Exception as error:  # noqa: BLE001 - a failing job must not end the service; its slot stays free for a retry
            _log.error("job %s failed%s: %s", job.name, " while catching up" if catching_up else "", told(error))

    def _claim_and_work(self, connection: Connection, job: Job, slot: datetime, now: datetime) -> None:
        if job_runs.claim_slot(connection, job.name, slot, self._owner, now):
            job_runs.finish_slot(connection, job.name, slot, now, job.work(connection, now))


def newest_slot(trigger: CronTrigger, now: datetime) -> datetime | None:
    """The newest time not after `now` at which the trigger fires, looking back eight days."""
    slot, at = None, now - timedelta(days=8)
    while True:
        fires = trigger.get_next_fire_time(None, at)
        if fires is None or fires > now:
            return slot
        slot, at = fires.astimezone(UTC), fires + timedelta(microseconds=1)


def retention_job(zone: ZoneInfo, message_days: int) -> Job:
    """Every night: delete messages that are older than the settings keep them."""

    def work(connection: Connection, now: datetime) -> str:
        gone = purge(connection, now - timedelta(days=message_days), now - RUNS_KEPT)
        return ", ".join(f"{kind} {count}" for kind, count in gone.items())

    return Job("retention", CronTrigger(hour=3, minute=17, timezone=zone), work)
