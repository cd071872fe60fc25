"""The same with PostgreSQL, and with two replicas of which one dies."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge.load import load
from knowledge.match import Matcher
from storage.database import Database
from tests.faults.crowd import Crowd
from tests.faults.program import Program, sections_for, small_knowledge
from tests.faults.rounds import check_everything, kill_under_load, seeded, wait_until_done
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer
from tests.postgres import Cluster
from tests.running import Clock, running

KILLS = 5
SEED = 20261123


@pytest.fixture
def database(postgres: Cluster) -> Iterator[Database]:
    """An empty database; the program makes its tables."""
    database = Database(postgres.create_database())
    yield database
    database.engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_knowledge(tmp_path / "knowledge")


def shared(database: Database) -> dict[str, Any]:
    """The settings that all replicas have in common."""
    url = database.url.render_as_string(hide_password=False)
    return {"database": {"url": url}, "privacy": {"key": "a key of the bureau, the same for all replicas"}}


def wait_for_calls(peer: WeComPeer, count: int) -> None:
    """Until so many replies are on the wire."""
    deadline = time.monotonic() + 20
    while len(peer.calls("kf/send_msg")) + len(peer.calls("message/send")) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.timeout(200)
def test_killed_under_load_on_postgresql_everybody_is_answered_once(
    database: Database, folder: Path, tmp_path: Path
) -> None:
    chance, clock = seeded(SEED), Clock()
    known = load(folder)
    with TelegramPeer() as telegram, WeComPeer() as wecom:
        with Crowd(known, chance, telegram=telegram, wecom=wecom) as crowd:
            sections = sections_for(tmp_path / "data", telegram, wecom, knowledge=folder, more=shared(database))
            with Program(tmp_path, sections, crowd.listen_to) as program:
                kill_under_load(program, crowd, chance, KILLS)

            async def finish() -> None:
                # Leases of the dead end by time alone, since another replica might hold them: let the time pass.
                clock.advance(seconds=100)
                peers, settings = (telegram, wecom), shared(database)
                async with running(
                    tmp_path / "data", *peers, settings=settings, clock=clock, matcher=Matcher(known)
                ) as app:
                    crowd.listen_to(app.base_url)
                    await asyncio.to_thread(wait_until_done, database, crowd, 60)
                    await asyncio.to_thread(crowd.repeat_web_posts)

            asyncio.run(finish())
        check_everything(database, crowd.people, telegram, wecom)


@pytest.mark.timeout(120)
def test_when_one_of_two_replicas_is_killed_the_other_finishes_its_work(
    database: Database, folder: Path, tmp_path: Path
) -> None:
    chance, clock = seeded(SEED), Clock()
    known = load(folder)

    async def main(wecom: WeComPeer, crowd: Crowd, doomed: Program) -> None:
        settings = shared(database)
        async with running(
            tmp_path / "other", wecom, settings=settings, clock=clock, matcher=Matcher(known)
        ) as survivor:
            doomed.start()
            await asyncio.to_thread(doomed.wait_until_up)
            # What is sent arrives at once, but its sender hears of it too late.
            for path in ("kf/send_msg", "message/send"):
                wecom.faults.slow(path, 3, times=8)
            crowd.speak(60)
            await asyncio.to_thread(wait_for_calls, wecom, 10)
            doomed.kill()
            crowd.listen_to(survivor.base_url)
            crowd.speak(10)
            clock.advance(seconds=100)
            await asyncio.to_thread(wait_until_done, database, crowd, 60)
            await asyncio.to_thread(crowd.repeat_web_posts)

    with WeComPeer() as wecom:
        with Crowd(known, chance, telegram=None, wecom=wecom) as crowd:
            sections = sections_for(tmp_path / "data", wecom, knowledge=folder, more=shared(database))
            with Program(tmp_path, sections, crowd.listen_to) as doomed:
                asyncio.run(main(wecom, crowd, doomed))
        books = check_everything(database, crowd.people, wecom)
        assert any(row.attempts > 1 for row in books.outbox), "the dead replica had nothing on the wire"
