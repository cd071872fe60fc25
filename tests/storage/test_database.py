"""The writer that commits waiting work together, on SQLite and on PostgreSQL."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from storage import database as module
from storage import inbox
from storage.database import Database
from storage.errors import Busy, Unready
from storage.job_runs import claim_slot
from storage.schema import inbox as inbox_table
from storage.schema import job_runs
from tests.postgres import Cluster
from tests.storage_tools import message, rows

Work = Callable[[Connection], str]


@pytest.fixture
def database(database_url: str, opened: Callable[[str], Database]) -> Database:
    """A database that may be closed."""
    return opened(database_url)


class Refused(Exception):
    """The fault of a piece of work."""


def put(name: str) -> Work:
    """Work that leaves a row and tells its name."""

    def work(connection: Connection) -> str:
        if not claim_slot(connection, name, datetime(2026, 1, 1, tzinfo=UTC), "w", datetime.now(UTC)):
            raise Refused("the row is there: the transaction was not clean")
        return name

    return work


def put_and_fail(name: str) -> Work:
    def work(connection: Connection) -> str:
        put(name)(connection)
        raise Refused(name)

    return work


def names(database: Database) -> list[str]:
    return [row["job"] for row in rows(database, job_runs)]


def together(database: Database, works: Sequence[Work]) -> list[str | BaseException]:
    """Queue all works while the writer is busy, so that it takes them as one group."""

    async def main() -> list[str | BaseException]:
        gate = threading.Event()

        def wait(connection: Connection) -> str:
            gate.wait()
            return ""

        first = asyncio.create_task(database.write(wait))
        await asyncio.sleep(0.02)  # the writer has taken it
        rest = [asyncio.create_task(database.write(work)) for work in works]
        await asyncio.sleep(0)
        gate.set()
        await first
        return await asyncio.gather(*rest, return_exceptions=True)

    return asyncio.run(main())


class TestGroups:
    def test_results_keep_the_order_of_the_calls(self, database: Database) -> None:
        expected = [f"job{number:03}" for number in range(300)]
        assert together(database, [put(name) for name in expected]) == expected
        assert names(database) == expected

    def test_waiting_work_shares_a_transaction(self, database: Database) -> None:
        if database.is_sqlite:
            pytest.skip("SQLite has no transaction ids to look at")

        def transaction(connection: Connection) -> str:
            return str(connection.execute(text("SELECT pg_current_xact_id()")).scalar())

        found = together(database, [transaction] * 20)
        assert len(set(found)) == 1

    def test_one_failing_work_fails_alone_and_its_neighbours_commit(self, database: Database) -> None:
        told = together(database, [put("a"), put_and_fail("b"), put("c"), put("d")])
        assert [told[0], *told[2:]] == ["a", "c", "d"]
        assert isinstance(told[1], Refused)
        assert names(database) == ["a", "c", "d"]

    def test_broken_statement_fails_alone_too(self, database: Database) -> None:
        def broken(connection: Connection) -> str:
            connection.execute(text("INSERT INTO nowhere VALUES (1)"))
            return "never"

        told = together(database, [put("a"), broken, put("b")])
        assert isinstance(told[1], SQLAlchemyError | Unready)
        assert names(database) == ["a", "b"]

    def test_neighbours_of_the_same_batched_work_share_a_call(self, database: Database) -> None:
        sizes = []

        def work(connection: Connection, items: Sequence[int]) -> list[int]:
            sizes.append(len(items))
            return [item * 2 for item in items]

        async def main() -> list[int]:
            gate = threading.Event()
            first = asyncio.create_task(database.write(lambda _: gate.wait()))
            await asyncio.sleep(0.02)
            rest = [asyncio.create_task(database.write_batch(work, number)) for number in range(10)]
            await asyncio.sleep(0)
            gate.set()
            await first
            return await asyncio.gather(*rest)

        assert asyncio.run(main()) == [number * 2 for number in range(10)]
        assert sizes == [10]

    def test_batched_work_that_forgets_a_result_is_told_so_and_the_writer_lives(self, database: Database) -> None:
        async def main() -> str:
            with pytest.raises(ValueError, match="zip"):
                await database.write_batch(lambda connection, items: [], "item")
            return await database.write(put("after"))

        assert asyncio.run(main()) == "after"

    def test_caller_that_went_away_harms_nobody(self, database: Database) -> None:
        async def main() -> None:
            gate = threading.Event()
            first = asyncio.create_task(database.write(lambda _: gate.wait()))
            gone = asyncio.create_task(database.write(put("gone")))
            stays = asyncio.create_task(database.write(put("stays")))
            await asyncio.sleep(0.02)
            gone.cancel()
            gate.set()
            await asyncio.gather(first, stays)

        asyncio.run(main())
        assert "stays" in names(database)


class TestLife:
    def test_closing_finishes_waiting_work(self, database: Database, replica: Callable[[], Database]) -> None:
        async def main() -> list[str]:
            gate = threading.Event()
            first = asyncio.create_task(database.write(lambda _: gate.wait()))
            rest = [asyncio.create_task(database.write(put(f"job{number}"))) for number in range(5)]
            await asyncio.sleep(0.02)
            closing = asyncio.create_task(database.close())
            await asyncio.sleep(0)
            gate.set()
            await closing
            await first
            return await asyncio.gather(*rest)

        assert asyncio.run(main()) == [f"job{number}" for number in range(5)]
        assert names(replica()) == [f"job{number}" for number in range(5)]
        with pytest.raises(Unready):
            asyncio.run(database.write(put("late")))

    def test_busy_when_the_queue_is_full(self, database: Database) -> None:
        async def main() -> None:
            gate = threading.Event()
            first = asyncio.create_task(database.write(lambda _: gate.wait()))
            await asyncio.sleep(0.02)
            waiting = [asyncio.create_task(database.write(lambda _: "done")) for _ in range(module.QUEUE)]
            await asyncio.sleep(0)
            with pytest.raises(Busy):
                await database.write(put("too much"))
            gate.set()
            await first
            assert set(await asyncio.gather(*waiting)) == {"done"}
            assert await database.write(put("again")) == "again"

        asyncio.run(main())
        assert names(database) == ["again"]

    def test_start_is_idempotent(self, database: Database) -> None:
        threads = threading.active_count()
        database.start()
        assert threading.active_count() == threads

    def test_write_is_seen_by_a_reader_after_it_returns(self, database: Database) -> None:
        async def main() -> int | None:
            await database.write_batch(inbox.accept, message("1"))
            return await database.read(lambda c: c.scalar(select(func.count()).select_from(inbox_table)))

        assert asyncio.run(main()) == 1

    def test_readers_go_on_beside_a_writer(self, database: Database) -> None:
        async def main() -> None:
            await database.write(put("a"))
            gate = threading.Event()

            def slow(connection: Connection) -> None:
                connection.execute(delete(job_runs))
                gate.wait()

            writing = asyncio.create_task(database.write(slow))
            await asyncio.sleep(0.02)
            seen = await asyncio.wait_for(database.read(lambda c: c.scalar(select(job_runs.c.job))), 5)
            gate.set()
            await writing
            assert seen == "a"

        asyncio.run(main())


class TestFaults:
    def test_error_does_not_repeat_what_residents_wrote(self, database: Database) -> None:
        naive = datetime(2026, 9, 1)  # noqa: DTZ001 - the fault on which the statement ends
        secret = message("1", body={"text": "MY SECRET"}, sent_at=naive)
        with pytest.raises(SQLAlchemyError) as told:
            database.write_now(lambda connection: inbox.accept(connection, [secret]))
        assert "INSERT INTO inbox" in str(told.value)
        assert "SECRET" not in str(told.value)

    def test_sqlite_folder_that_is_not_there(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path}/nowhere/fawen.db")
        with pytest.raises(Unready, match="cannot be opened"):
            database.start()
        with pytest.raises(Unready, match="cannot be used"):
            database.read_now(lambda connection: connection.scalar(text("SELECT 1")))

    def test_sqlite_in_memory_is_refused(self) -> None:
        with pytest.raises(Unready, match="in a file"):
            Database("sqlite://")

    def test_password_is_not_told(self) -> None:
        database = Database("postgresql+psycopg://fawen:hushhush@127.0.0.1:1/fawen")
        with pytest.raises(Unready) as told:
            database.start()
        assert "hushhush" not in str(told.value)

    def test_lost_server_is_told_and_found_again(self, postgres: Cluster, opened: Callable[[str], Database]) -> None:
        database = opened(postgres.create_database())
        other = opened(str(database.url.set(database="postgres").render_as_string(hide_password=False)))
        name = database.url.database
        one = text("SELECT 1")
        kick = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        work = partial(Connection.scalar, statement=one)
        assert asyncio.run(database.write(work)) == 1

        def cut(connection: Connection) -> object:
            other.write_now(lambda c: c.execute(kick, {"name": name}))
            return connection.scalar(one)

        with pytest.raises(Unready, match="cannot be used"):
            asyncio.run(database.write(cut))
        assert asyncio.run(database.write(work)) == 1


class TestSqlite:
    def test_every_commit_reaches_the_disk_and_keys_are_checked(
        self, sqlite_template: Path, tmp_path: Path, opened: Callable[[str], Database]
    ) -> None:
        database = opened(f"sqlite:///{tmp_path / 'a.db'}")
        for name, wanted in {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}.items():
            pragma = text(f"PRAGMA {name}")
            assert database.read_now(lambda c, pragma=pragma: c.scalar(pragma)) == wanted  # type: ignore[misc]
            assert database.write_now(lambda c, pragma=pragma: c.scalar(pragma)) == wanted  # type: ignore[misc]
