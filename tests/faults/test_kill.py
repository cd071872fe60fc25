"""`kill -9` at any moment under load: nothing that was accepted is lost, nobody is answered twice."""

import random
import time
from pathlib import Path

import pytest

from knowledge.load import load
from storage.database import Database
from tests.faults.audit import check_books, check_members, check_residents, check_telegram, check_web, read_books
from tests.faults.crowd import Crowd
from tests.faults.program import Program, sections_for, small_knowledge
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer

KILLS = 30
SEED = 20261122


def drain(program: Program, crowd: Crowd, seconds: float) -> None:
    """Wait until everybody was heard and nothing waits any more."""
    deadline = time.monotonic() + seconds
    crowd.wait_until_heard(seconds)
    while True:
        numbers = program.metrics()
        waiting = {name: number for name, number in numbers.items() if name.endswith(("_waiting", "_due")) and number}
        if not waiting and numbers["fawen_consultations"] >= len(crowd.people):
            return
        assert time.monotonic() < deadline, f"{waiting}, {len(crowd.people)} people\n{program.log[-2000:]}"
        time.sleep(0.1)


@pytest.mark.timeout(240)
def test_killed_thirty_times_under_load_it_answers_everybody_once(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    folder = small_knowledge(tmp_path / "knowledge")
    with TelegramPeer() as telegram, WeComPeer() as wecom:
        with Crowd(load(folder), chance, telegram=telegram, wecom=wecom) as crowd:
            sections = sections_for(tmp_path / "data", telegram, wecom, knowledge=folder)
            program = Program(tmp_path, sections, crowd.listen_to)
            try:
                kill_under_load(program, crowd, chance)
                program.start()
                program.wait_until_up()
                drain(program, crowd, 60)
                crowd.repeat_web_posts()
            finally:
                program.kill()
        books = read_books(Database(f"sqlite:///{tmp_path / 'data' / 'fawen.db'}"))
        check_books(books, crowd.people)
        check_web(books, crowd.people)
        check_residents(books, crowd.people, wecom)
        check_members(books, crowd.people, wecom)
        check_telegram(books, crowd.people, telegram)
        assert wecom.violations == []


def kill_under_load(program: Program, crowd: Crowd, chance: random.Random) -> None:
    """Most kills come while messages pour in, some while the program still starts."""
    for number in range(KILLS):
        program.start()
        if number % 5 == 4:
            time.sleep(chance.uniform(0.2, 1.5))
        else:
            program.wait_until_up()
            crowd.speak(chance.randint(35, 50))
            time.sleep(chance.uniform(0.02, 0.7))
        t = len(crowd.people), crowd.unheard
        program.kill()
        print(number, t, round(time.monotonic(), 1))
