"""What the kill tests share: killing under load, waiting until nothing waits, and looking at everything then."""

import random
import sys
import time
from collections.abc import Sequence

from storage.database import Database
from tests.faults.audit import (
    Books,
    check_books,
    check_members,
    check_residents,
    check_telegram,
    check_web,
    read_books,
)
from tests.faults.crowd import Crowd, Person
from tests.faults.program import Program
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer


def seeded(seed: int) -> random.Random:
    """Chance that can be had again: pytest shows the seed where a test fails."""
    sys.stdout.write(f"seed {seed}\n")
    return random.Random(seed)


def kill_under_load(program: Program, crowd: Crowd, chance: random.Random, kills: int) -> None:
    """Start and kill. Most kills come while messages pour in, every fifth while the program still starts."""
    for number in range(kills):
        program.start()
        if number % 5 == 4:
            time.sleep(chance.uniform(0.2, 1.5))
        else:
            program.wait_until_up()
            crowd.speak(chance.randint(20, 30))
            time.sleep(chance.uniform(0.02, 0.7))
        program.kill()


def wait_until_done(database: Database, crowd: Crowd, seconds: float) -> None:
    """Until everybody was heard and the service in front of this database has nothing left to do."""
    deadline = time.monotonic() + seconds
    crowd.wait_until_heard(seconds)
    while waiting := read_books(database).waiting(len(crowd.people)):
        assert time.monotonic() < deadline, f"{waiting} of {len(crowd.people)} wait after {seconds} s"
        time.sleep(0.2)


def check_everything(database: Database, people: Sequence[Person], *peers: TelegramPeer | WeComPeer) -> Books:
    """Nothing lost, nothing twice, on any channel."""
    books = read_books(database)
    check_books(books, people)
    check_web(books, people)
    for peer in peers:
        if isinstance(peer, TelegramPeer):
            check_telegram(books, people, peer)
        else:
            check_residents(books, people, peer)
            check_members(books, people, peer)
        assert peer.violations == []
    return books
