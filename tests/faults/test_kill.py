"""`kill -9` at any moment under load: nothing that was accepted is lost, nobody is answered twice."""

from pathlib import Path

import pytest

from knowledge.load import load
from storage.database import Database
from tests.faults.crowd import Crowd
from tests.faults.program import Program, sections_for, small_knowledge
from tests.faults.rounds import check_everything, kill_under_load, seeded, wait_until_done
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer

KILLS = 30
SEED = 20261122


@pytest.mark.timeout(300)
def test_killed_thirty_times_under_load_everybody_is_answered_once(tmp_path: Path) -> None:
    chance = seeded(SEED)
    folder = small_knowledge(tmp_path / "knowledge")
    database = Database(f"sqlite:///{tmp_path / 'data' / 'fawen.db'}")
    with TelegramPeer() as telegram, WeComPeer() as wecom:
        with Crowd(load(folder), chance, telegram=telegram, wecom=wecom) as crowd:
            sections = sections_for(tmp_path / "data", telegram, wecom, knowledge=folder)
            with Program(tmp_path, sections, crowd.listen_to) as program:
                kill_under_load(program, crowd, chance, KILLS)
                program.start()
                program.wait_until_up()
                # Less than the lease on a reply: what was on the wire at the last kill does not wait for its end.
                wait_until_done(database, crowd, 60)
                crowd.repeat_web_posts()
        books = check_everything(database, crowd.people, telegram, wecom)
    database.engine.dispose()
    again = sum(row.attempts > 1 for row in books.outbox)
    assert again > 0, "no kill met a reply on the wire"
