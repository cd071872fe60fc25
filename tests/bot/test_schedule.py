"""Periodic jobs: slots in the bureau's time, each run once whatever the number of replicas."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Connection

from bot.schedule import RUNS_KEPT, Job, Missed, Ran, Schedule, newest_slot, retention_job
from storage.database import Database
from storage.schema import inbox, job_runs
from tests.storage_tools import DAY, NOW, arrive, commit, rows, turn

Open = Callable[[], Database]
SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHTLY = CronTrigger(hour=3, minute=17, timezone=SHANGHAI)


def at(text: str) -> datetime:
    """A moment in UTC, or in Shanghai where the text says +08."""
    return datetime.fromisoformat(text).astimezone(UTC)


def schedule(database: Database, job: Job, now: datetime, owner: str = "w") -> Schedule:
    return Schedule(database, [job], lambda: now, owner, SHANGHAI)


class Ledger:
    """Work that notes when it ran; fails the first so many times."""

    def __init__(self, failures: int = 0) -> None:
        self.ran: list[datetime] = []
        self.committed: list[datetime] = []
        self._failures = failures

    def __call__(self, connection: Connection, now: datetime) -> Ran:
        self.ran.append(now)
        if len(self.ran) <= self._failures:
            raise RuntimeError("the disk is full")
        return Ran(f"run {len(self.ran)}", lambda: self.committed.append(now))


@pytest.mark.parametrize(
    ("trigger", "now", "slot"),
    [
        (NIGHTLY, "2026-09-02T03:16:59+08:00", "2026-09-01T03:17+08:00"),
        (NIGHTLY, "2026-09-02T03:17:00+08:00", "2026-09-02T03:17+08:00"),
        (NIGHTLY, "2026-09-02T03:17:00.000001+08:00", "2026-09-02T03:17+08:00"),
        (NIGHTLY, "2026-09-02T23:59:59+08:00", "2026-09-02T03:17+08:00"),
        # Midnight at the bureau is four in the afternoon in UTC: the day changes there, not here.
        (CronTrigger(hour=0, timezone=SHANGHAI), "2026-12-31T15:59:59+00:00", "2026-12-30T16:00+00:00"),
        (CronTrigger(hour=0, timezone=SHANGHAI), "2026-12-31T16:00:00+00:00", "2026-12-31T16:00+00:00"),
        (CronTrigger(day_of_week="mon", hour=8, timezone=SHANGHAI), "2026-09-06T12:00+08:00", "2026-08-31T08:00+08:00"),
        (CronTrigger(day=1, hour=0, timezone=SHANGHAI), "2026-09-01T00:00+08:00", "2026-09-01T00:00+08:00"),
        (CronTrigger(day=1, hour=0, timezone=SHANGHAI), "2026-09-05T00:00+08:00", "2026-09-01T00:00+08:00"),
        (CronTrigger(day=1, hour=0, timezone=SHANGHAI), "2026-09-20T00:00+08:00", None),
    ],
)
def test_newest_slot_is_the_last_time_that_the_trigger_fired(trigger: CronTrigger, now: str, slot: str | None) -> None:
    found = newest_slot(trigger, at(now))
    assert found == (at(slot) if slot else None)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-09-02T09:29:59+08:00", "2026-09-02T09:29+08:00"),
        ("2026-09-02T09:30:59+08:00", "2026-09-02T09:29+08:00"),
        ("2026-09-02T09:31:00+08:00", "2026-09-02T09:31+08:00"),
    ],
)
def test_newest_slot_of_a_job_of_almost_every_minute(now: str, slot: str) -> None:
    assert newest_slot(CronTrigger(minute="1-29,31-59", timezone=SHANGHAI), at(now)) == at(slot)


class TestCatchingUp:
    def test_slot_is_run_once_over_three_schedules_that_start_together(self, database: Database, replica: Open) -> None:
        work, now = Ledger(), at("2026-09-02T09:00+08:00")
        job = Job("nightly", NIGHTLY, work)
        schedules = [
            schedule(each, job, now, f"w{number}") for number, each in enumerate((database, replica(), replica()))
        ]

        async def main() -> None:
            await asyncio.gather(*(each.start() for each in schedules))
            for each in schedules:
                await each.stop()

        asyncio.run(main())
        assert work.ran == work.committed == [now]
        (row,) = rows(database, job_runs)
        assert (row["slot"], row["result"], row["finished_at"]) == (at("2026-09-02T03:17+08:00"), "run 1", now)

    def test_missed_slot_is_caught_up_at_the_next_start_and_only_then(self, database: Database) -> None:
        work = Ledger()
        job = Job("nightly", NIGHTLY, work)
        for day, hour in (("01", "04"), ("01", "23"), ("02", "02"), ("05", "12"), ("05", "13")):
            asyncio.run(start_and_stop(schedule(database, job, at(f"2026-09-{day}T{hour}:00+08:00"))))
        assert work.ran == [at("2026-09-01T04:00+08:00"), at("2026-09-05T12:00+08:00")]
        assert max(row["slot"] for row in rows(database, job_runs)) == at("2026-09-05T03:17+08:00")

    def test_failing_job_ends_nothing_and_is_tried_again(self, database: Database) -> None:
        work, now = Ledger(failures=1), at("2026-09-02T09:00+08:00")
        job = Job("nightly", NIGHTLY, work)
        asyncio.run(start_and_stop(schedule(database, job, now)))
        assert rows(database, job_runs) == work.committed == []
        asyncio.run(start_and_stop(schedule(database, job, now + timedelta(hours=1))))
        assert [row["result"] for row in rows(database, job_runs)] == ["run 2"]

    def test_job_that_skips_runs_nothing_that_was_missed(self, database: Database) -> None:
        work = Ledger()
        job = Job("nightly", NIGHTLY, work, Missed.SKIP)
        asyncio.run(start_and_stop(schedule(database, job, at("2026-09-02T09:00+08:00"))))
        assert work.ran == []

    def test_records_of_runs_are_kept_as_long_as_the_job_says(self, database: Database) -> None:
        short, long = Job("short", NIGHTLY, Ledger(), kept=7 * DAY), Job("long", NIGHTLY, Ledger())
        for day in ("01", "08", "09"):
            for job in (short, long):
                asyncio.run(start_and_stop(schedule(database, job, at(f"2026-09-{day}T03:17+08:00"))))
        kept = [(row["job"], row["slot"].day) for row in rows(database, job_runs)]
        assert kept == [("long", 31), ("long", 7), ("long", 8), ("short", 7), ("short", 8)]


async def start_and_stop(one: Schedule) -> None:
    await one.start()
    await one.stop()


def test_every_slot_runs_once_while_three_schedules_keep_time(database: Database, replica: Open) -> None:
    begun = datetime.now(UTC)
    work = Ledger()
    job = Job("ticking", CronTrigger(second="*", timezone=SHANGHAI, start_date=begun), work)
    replicas = [Schedule(each, [job], lambda: datetime.now(UTC), "w", SHANGHAI) for each in (database, replica())]

    async def main() -> None:
        for each in replicas:
            await each.start()
        await asyncio.sleep(2.3)
        for each in replicas:
            await each.stop()

    asyncio.run(main())
    slots = [row["slot"] for row in rows(database, job_runs)]
    assert len(slots) >= 2
    assert len(work.ran) == len(work.committed) == len(slots) == len(set(slots))


def test_retention_job_keeps_what_the_settings_say(database: Database) -> None:
    for number, age in enumerate((91, 89)):
        commit(database, turn(arrive(database, str(number), received_at=NOW - age * DAY)))
    job = retention_job(SHANGHAI, 90)
    asyncio.run(start_and_stop(schedule(database, job, NOW)))
    assert [row["message_id"] for row in rows(database, inbox)] == ["1"]
    (run,) = rows(database, job_runs)
    assert (run["job"], run["slot"]) == ("retention", at("2026-09-01T03:17+08:00"))
    assert "inbox 1" in run["result"]
    assert timedelta(days=366) < RUNS_KEPT
