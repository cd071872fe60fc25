"""Telegram fails: nothing is lost, and what it was told once it is not told twice where that can be known."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.desk import open_desk
from tests.peers.telegram.peer import TelegramPeer

# What the peer does, and how often at most a reply may arrive then: Telegram takes no key of ours.
FAULTS: dict[str, tuple[Callable[[TelegramPeer], None], int]] = {
    "gateway": (lambda peer: peer.server_error(502, times=2, method="sendMessage", raw="<html>502</html>"), 1),
    "busy": (lambda peer: peer.server_error(500, times=2, method="sendMessage"), 1),
    "slow": (lambda peer: peer.slow(3, times=2, method="sendMessage"), 1),
    "reset before": (lambda peer: peer.reset_before(times=2, method="sendMessage"), 1),
    "reset after": (lambda peer: peer.reset_after(times=2, method="sendMessage"), 2),
    "fetching fails": (lambda peer: peer.server_error(502, times=1, method="getUpdates"), 1),
    "fetching resets": (lambda peer: peer.reset_after(times=1, method="getUpdates"), 1),
}


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as running:
        yield running


@pytest.mark.parametrize("kind", FAULTS)
def test_failure_loses_nothing(kind: str, peer: TelegramPeer, tmp_path: Path) -> None:
    fail, most = FAULTS[kind]

    async def main() -> None:
        async with open_desk(tmp_path, peer) as desk:
            fail(peer)
            people = await desk.telegram_users(4)
            await desk.done(hurry=10)
            await desk.check()
            counts = [len(peer.sent_to(int(person.chat))) for person in people]
            assert max(counts) <= most
            assert sum(counts) == 4 + (2 if most == 2 else 0)
            assert len(peer.calls("sendMessage")) <= 6

    asyncio.run(main())


def test_429_halts_everybody_until_the_time_that_was_asked_for(peer: TelegramPeer, tmp_path: Path) -> None:
    async def main() -> None:
        peer.watch_rates()
        async with open_desk(tmp_path, peer) as desk:
            peer.too_many_requests(2, method="sendMessage")
            start = time.monotonic()
            await desk.telegram_users(1)
            await desk.held_back()
            people = await desk.telegram_users(5)
            await desk.done()
            assert time.monotonic() - start > 2
            await desk.check()
            assert len(peer.calls("sendMessage")) == 7
            assert all(len(peer.sent_to(int(person.chat))) == 1 for person in people)

    asyncio.run(main())


def test_person_who_blocked_the_bot_is_not_tried_again(peer: TelegramPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path, peer) as desk:
            peer.forbidden(method="sendMessage")
            await desk.telegram_users(1)
            await desk.done()
            await asyncio.sleep(1.2)
            assert len(peer.calls("sendMessage")) == 1
            health = await desk.health()
            assert (health.outbox_dropped, health.outbox_dead, health.consultations) == (1, 0, 1)

    asyncio.run(main())
