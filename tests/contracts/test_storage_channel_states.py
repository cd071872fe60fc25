"""Cursors, pull tickets and job slots, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import StatementError

from storage import channel_states as states
from storage.database import Database
from storage.job_runs import claim_slot, finish_slot
from storage.records import NewMessage
from storage.schema import channel_states, inbox, job_runs
from tests.storage_tools import DAY, KEY, LEASE, MINUTE, NOW, SECOND, message, race, rows

Open = Callable[[], Database]
Pull = tuple[int, str | None, datetime | None, str | None]


def want(database: Database, token: str | None, now: datetime = NOW) -> None:
    database.write_now(partial(states.want_pull, channel=KEY.channel, account=KEY.account, token=token, now=now))


def pull(database: Database, now: datetime = NOW) -> Pull | None:
    return database.write_now(
        partial(states.claim_pull, channel=KEY.channel, account=KEY.account, now=now, lease=LEASE)
    )


def finish(database: Database, ticket: int) -> None:
    database.write_now(partial(states.finish_pull, channel=KEY.channel, account=KEY.account, ticket=ticket, now=NOW))


def store(database: Database, cursor: str, *messages: NewMessage, now: datetime = NOW) -> list[bool]:
    work = partial(
        states.store_page,
        channel=KEY.channel,
        account=KEY.account,
        messages=list(messages),
        cursor=cursor,
        now=now,
        lease=LEASE,
    )
    return [stored.fresh for stored in database.write_now(work)]


def cursor(database: Database) -> str | None:
    return database.read_now(partial(states.read_cursor, channel=KEY.channel, account=KEY.account))


def wanted(database: Database, now: datetime = NOW) -> list[str]:
    return database.read_now(partial(states.wanted_pulls, channel=KEY.channel, now=now))


class TestPages:
    def test_cursor_is_remembered_with_its_page(self, database: Database) -> None:
        assert cursor(database) is None
        assert store(database, "c1", message("1"), message("2")) == [True, True]
        assert store(database, "c2", message("2"), message("3")) == [False, True]
        assert store(database, "c3") == []
        assert cursor(database) == "c3"
        assert len(rows(database, inbox)) == 3

    def test_failing_page_leaves_the_cursor_and_stores_none_of_its_messages(self, database: Database) -> None:
        store(database, "c1", message("1"))
        naive = message("3", sent_at=datetime(2026, 9, 1))  # noqa: DTZ001 - the fault that is tested
        with pytest.raises(StatementError):
            store(database, "c2", message("2"), naive)
        assert cursor(database) == "c1"
        assert [row["message_id"] for row in rows(database, inbox)] == ["1"]


class TestPulls:
    def test_nothing_is_pulled_unasked(self, database: Database) -> None:
        assert pull(database) is None
        assert wanted(database) == []

    def test_claim_gives_the_newest_token_and_the_cursor(self, database: Database) -> None:
        store(database, "c1")
        want(database, "old", NOW - MINUTE)
        want(database, "new", NOW)
        want(database, None, NOW + SECOND)
        found = pull(database, NOW + LEASE)
        assert found is not None
        assert found[1:] == ("new", NOW, "c1")

    def test_one_worker_pulls_at_a_time(self, database: Database, replica: Open) -> None:
        want(database, "t")
        work = partial(states.claim_pull, channel=KEY.channel, account=KEY.account, now=NOW, lease=LEASE)
        tickets = race([work] * 8, [database, replica()])
        assert [ticket is None for ticket in tickets].count(False) == 1
        assert wanted(database) == []
        assert wanted(database, NOW + LEASE) == [KEY.account]
        assert pull(database, NOW + LEASE) is not None

    def test_every_page_renews_the_lease(self, database: Database) -> None:
        want(database, "t")
        pull(database)
        store(database, "c1", now=NOW + LEASE - SECOND)
        assert pull(database, NOW + LEASE) is None
        assert pull(database, NOW + 2 * LEASE - SECOND) is not None

    def test_bell_during_a_pull_stays_wanted(self, database: Database) -> None:
        want(database, "first")
        found = pull(database)
        assert found is not None
        want(database, "second")
        finish(database, found[0])
        assert wanted(database) == [KEY.account]
        again = pull(database)
        assert again is not None
        assert again[1] == "second"
        finish(database, again[0])
        assert wanted(database, NOW + DAY) == []
        assert pull(database, NOW + DAY) is None

    def test_late_finish_of_an_old_pull_takes_nothing_back(self, database: Database) -> None:
        want(database, "t")
        slow = pull(database)
        quick = pull(database, NOW + LEASE)
        assert slow is not None
        assert quick is not None
        want(database, "t2")
        finish(database, quick[0])
        newest = pull(database)
        assert newest is not None
        finish(database, slow[0])
        assert pull(database) is None
        finish(database, newest[0])
        assert wanted(database, NOW + DAY) == []

    def test_failed_pull_stays_wanted_but_rests(self, database: Database) -> None:
        want(database, "t")
        pull(database)
        database.write_now(partial(states.give_up_pull, channel=KEY.channel, account=KEY.account, until=NOW + SECOND))
        assert wanted(database) == []
        assert wanted(database, NOW + SECOND) == [KEY.account]

    def test_accounts_do_not_mix(self, database: Database) -> None:
        want(database, "t")
        database.write_now(partial(states.want_pull, channel=KEY.channel, account="wk2", token="u", now=NOW))
        found = pull(database)
        assert found is not None
        assert found[1] == "t"
        assert wanted(database) == ["wk2"]
        assert len(rows(database, channel_states)) == 2


class TestHoldBack:
    def test_account_keeps_still_until_told(self, database: Database) -> None:
        held = partial(states.held_back_until, channel=KEY.channel, account=KEY.account)
        assert database.read_now(held) is None
        for until in (NOW + MINUTE, NOW + DAY):
            database.write_now(
                partial(states.hold_back, channel=KEY.channel, account=KEY.account, until=until, now=NOW)
            )
            assert database.read_now(held) == until
        assert database.read_now(partial(held, account="wk2")) is None


class TestJobRuns:
    def test_one_of_twenty_racing_replicas_wins_the_slot(self, database: Database, replica: Open) -> None:
        works = [partial(claim_slot, job="nightly", slot=NOW, owner=f"w{n}", now=NOW) for n in range(20)]
        won = race(works, [database, replica(), replica()])
        assert won.count(True) == 1
        assert rows(database, job_runs)[0]["owner"] == f"w{won.index(True)}"

    def test_another_slot_or_job_is_free(self, database: Database) -> None:
        for job, slot in (("nightly", NOW), ("nightly", NOW + DAY), ("weekly", NOW)):
            assert database.write_now(partial(claim_slot, job=job, slot=slot, owner="w", now=NOW)) is True

    def test_same_moment_in_another_zone_is_the_same_slot(self, database: Database) -> None:
        beijing = NOW.astimezone(timezone(timedelta(hours=8)))
        assert database.write_now(partial(claim_slot, job="nightly", slot=NOW, owner="w", now=NOW)) is True
        assert database.write_now(partial(claim_slot, job="nightly", slot=beijing, owner="w", now=NOW)) is False

    def test_result_and_slots_are_kept(self, database: Database) -> None:
        for slot in (NOW, NOW - DAY):
            database.write_now(partial(claim_slot, job="nightly", slot=slot, owner="w", now=NOW))
        database.write_now(partial(finish_slot, job="nightly", slot=NOW, now=NOW + SECOND, result="3 rows"))
        assert sorted(row["slot"] for row in rows(database, job_runs)) == [NOW - DAY, NOW]
        assert [(row["result"], row["finished_at"]) for row in rows(database, job_runs)] == [
            (None, None), ("3 rows", NOW + SECOND),
        ]  # fmt: skip

    def test_failing_work_leaves_the_slot_free(self, database: Database) -> None:
        def work(connection: Connection) -> None:
            claim_slot(connection, "nightly", NOW, "w", NOW)
            raise RuntimeError("the disk is full")

        with pytest.raises(RuntimeError):
            database.write_now(work)
        assert database.write_now(partial(claim_slot, job="nightly", slot=NOW, owner="w", now=NOW)) is True
