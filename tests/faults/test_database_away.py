"""The disk fills up, PostgreSQL goes away: the service says so, loses nothing, and recovers by itself."""

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql

from knowledge.load import load
from knowledge.match import Matcher
from storage.database import Database
from tests.faults.crowd import Crowd
from tests.faults.program import Program, sections_for, small_knowledge
from tests.faults.rounds import check_everything, seeded, wait_until_done
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer
from tests.postgres import Cluster
from tests.running import Clock, running

SEED = 20261124


@pytest.mark.timeout(120)
@pytest.mark.parametrize("room", [0, 200_000])
def test_full_disk_is_told_and_nothing_that_was_accepted_is_lost(room: int, tmp_path: Path) -> None:
    """`room` bytes are left in each file: none at all, as on a read-only disk, or some that are soon used up."""
    folder = small_knowledge(tmp_path / "knowledge")
    file = tmp_path / "data" / "fawen.db"
    database = Database(f"sqlite:///{file}")
    with TelegramPeer() as telegram, WeComPeer() as wecom:
        with Crowd(load(folder), seeded(SEED), telegram=telegram, wecom=wecom) as crowd:
            sections = sections_for(tmp_path / "data", telegram, wecom, knowledge=folder)
            with Program(tmp_path, sections, crowd.listen_to) as program:
                program.start()
                program.wait_until_up()
                crowd.speak(10)
                wait_until_done(database, crowd, 20)
                files = (file, file.with_name("fawen.db-wal"), tmp_path / "log")
                program.limit_files(max(one.stat().st_size for one in files) + room if room else 0)
                wait_for_refusals(crowd)
                assert httpx.get(f"{program.base_url}/healthz", trust_env=False).status_code == 200
                program.limit_files(None)
                crowd.speak(5)
                wait_until_done(database, crowd, 40)
                crowd.repeat_web_posts()
                assert program.starts == 1
                assert "never retrieved" not in program.log
        check_everything(database, crowd.people, telegram, wecom)
    database.engine.dispose()


def wait_for_refusals(crowd: Crowd) -> None:
    """People go on asking until the web has refused some of them."""
    deadline, before = time.monotonic() + 30, crowd.refusals
    while crowd.refusals < before + 5:
        assert time.monotonic() < deadline
        if crowd.unheard < 30:
            crowd.speak(5)
        time.sleep(0.1)


@contextmanager
def away(database: Database) -> Iterator[None]:
    """Nobody gets into this database, and whoever is in it is thrown out, as when PostgreSQL restarts."""
    name = str(database.url.database)
    address = database.url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        connection.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        try:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            yield
        finally:
            connection.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


# A connection that PostgreSQL ends while SQLAlchemy is still setting it up is closed by the collector alone.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.timeout(120)
def test_postgresql_that_goes_away_and_comes_back_costs_nothing(postgres: Cluster, tmp_path: Path) -> None:
    database = Database(postgres.create_database())
    folder = small_knowledge(tmp_path / "knowledge")
    url = database.url.render_as_string(hide_password=False)
    # A bell whose four tries all fell into the time without a database is made up for by the timer.
    settings: dict[str, dict[str, Any]] = {"database": {"url": url}, "wecom": {"kf_poll_seconds": 10}}
    known, clock = load(folder), Clock()

    async def main(telegram: TelegramPeer, wecom: WeComPeer, crowd: Crowd) -> None:
        async with running(tmp_path, telegram, wecom, settings=settings, clock=clock, matcher=Matcher(known)) as app:
            crowd.listen_to(app.base_url)
            for _ in range(2):
                crowd.speak(20)
                await asyncio.sleep(0.4)
                with away(database):
                    await asyncio.to_thread(wait_for_refusals, crowd)
                    assert (await app.client.get("/readyz")).status_code == 503
                    assert (await app.client.get("/healthz")).status_code == 200
            crowd.speak(5)
            # A commit whose answer was cut off may have left a lease, which ends by time alone.
            clock.advance(seconds=100)
            await asyncio.to_thread(wait_until_done, database, crowd, 40)
            await asyncio.to_thread(crowd.repeat_web_posts)

    with TelegramPeer() as telegram, WeComPeer() as wecom:
        with Crowd(known, seeded(SEED), telegram=telegram, wecom=wecom) as crowd:
            asyncio.run(main(telegram, wecom, crowd))
        check_everything(database, crowd.people, telegram, wecom)
    database.engine.dispose()
    gc.collect()
