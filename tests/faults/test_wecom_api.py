"""The API of WeCom fails in every way that it can: no duplicate, no loss, no storm of calls."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.schema import conversations, outbox
from tests.faults.desk import open_desk
from tests.peers.wecom import WeComPeer
from tests.peers.wecom.faults import Faults
from tests.peers.wecom.transitions import SessionState

SENDING = ("kf/send_msg", "message/send")
FAULTS: dict[str, Callable[[Faults, str, int], None]] = {
    "busy": lambda faults, path, times: faults.errcode(path, -1, times),
    "gateway": lambda faults, path, times: faults.status(path, 502, times),
    "slow": lambda faults, path, times: faults.slow(path, 3, times),
    "reset before": lambda faults, path, times: faults.reset_before(path, times),
    "reset after": lambda faults, path, times: faults.reset_after(path, times),
    "denied after": lambda faults, path, times: faults.errcode(path, -1, times, after_work=True),
}
DONE_ALREADY = {"reset after", "denied after"}


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running


def sends(peer: WeComPeer) -> int:
    return sum(len(peer.calls(path)) for path in SENDING)


@pytest.mark.parametrize("kind", FAULTS)
def test_sending_that_fails_is_repeated_and_arrives_once(kind: str, peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path, peer) as desk:
            for path in SENDING:
                FAULTS[kind](peer.faults, path, 2)
            members = [*await desk.members(3)]
            residents = await desk.residents(3)
            told = await desk.web_users(1)
            assert told[0].heard[0]["replies"]
            await desk.done(hurry=10)
            await desk.check()
            failed = 0 if kind == "slow" else 4
            assert sends(peer) == 6 + failed
            repeated = [call.errcode for call in peer.calls("kf/send_msg")].count(95033)
            dropped = sum(len(peer.dropped_for(member.chat)) for member in members)
            assert (repeated, dropped) == ((2, 2) if kind in DONE_ALREADY else (0, 0))
            assert all(len(peer.sent_to(resident.chat)) == 1 for resident in residents)

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["busy", "slow", "reset after"])
def test_fetching_that_fails_is_repeated_and_nothing_comes_twice(kind: str, peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path, peer) as desk:
            FAULTS[kind](peer.faults, "kf/sync_msg", 1)
            await desk.residents(3)
            await desk.done(hurry=10)
            await desk.check()
            assert len(peer.calls("kf/sync_msg")) <= 12

    asyncio.run(main())


@pytest.mark.parametrize("errcode", [45009, 45033])
def test_too_fast_holds_back_the_account_and_no_other(errcode: int, peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path, peer) as desk:
            peer.faults.errcode("message/send", errcode)
            first = await desk.members(1)
            await desk.held_back()
            second = await desk.members(4)
            residents = await desk.residents(2)
            await desk.app.until(lambda: all(peer.sent_to(resident.chat) for resident in residents))
            await asyncio.sleep(1.2)  # the outbox looks once a second
            assert len(peer.calls("message/send")) == 1
            assert not any(peer.app_sent_to(member.chat) for member in [*first, *second])
            desk.clock.advance(seconds=61)
            await desk.done(hurry=5)
            await desk.check()
            assert len(peer.calls("message/send")) == 6

    asyncio.run(main())


@pytest.mark.parametrize("errcode", [40014, 42001])
def test_token_that_ends_early_is_fetched_once_however_many_send(errcode: int, peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path, peer) as desk:
            await desk.residents(1)
            await desk.done()
            assert peer.token_fetches == 1
            peer.state.revoke_token(peer.app, errcode)
            await asyncio.gather(desk.members(20), desk.residents(10))
            await desk.done(hurry=5)
            await desk.check()
            assert peer.token_fetches == 2
            assert sum(call.errcode == errcode for call in peer.calls()) <= 10

    asyncio.run(main())


def test_wrong_secret_is_not_hammered_and_nothing_is_lost(peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path, peer, settings={"wecom": {"secret": "wrong"}}) as wrong:
            await wrong.members(10)
            await wrong.residents(5)
            await asyncio.sleep(3)
            wrong.clock.advance(minutes=4)
            await asyncio.sleep(1.2)
            assert 1 <= peer.token_fetches <= 2
            health = await wrong.health()
            assert (health.outbox_due, health.outbox_dead) == (10, 0)
        fetched = peer.token_fetches
        async with open_desk(tmp_path, peer, before=wrong.people, clock=wrong.clock) as right:
            right.clock.advance(minutes=2)  # longer than the account is held back, less than a first start looks back
            await right.done(hurry=10)
            await right.check()
            assert peer.token_fetches == fetched + 1

    asyncio.run(main())


def test_bot_keeps_silent_when_a_servicer_took_the_session_unnoticed(peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path, peer) as desk:
            (resident,) = await desk.residents(1)
            await desk.done()
            with peer.state.lock:
                session = peer.kf.sessions[resident.chat]
                session.state, session.servicer = SessionState.HUMAN, "ZhangSan"
            for number, text in enumerate(("没有签劳动合同怎么办", "公司不买社保怎么办"), 2):
                await asyncio.to_thread(peer.callbacks.resident_text, resident.chat, text)
                await desk.done(messages=number)
            (conversation,) = await desk.app.rows(conversations)
            assert conversation.holder == "person"
            assert [row.state for row in await desk.app.rows(outbox)] == ["sent", "dropped"]
            assert len(peer.sent_to(resident.chat)) == 1
            assert len(peer.calls("kf/send_msg")) == 2
            assert peer.violations == []

    asyncio.run(main())


def test_reply_that_fails_late_is_on_the_list_of_the_dead(peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path, peer) as desk:
            (resident,) = await desk.residents(1)
            await desk.done()
            (sent,) = peer.sent_to(resident.chat)
            await asyncio.to_thread(peer.callbacks.send_fails, sent["msgid"], 10)
            await desk.done(dead=1)
            (row,) = await desk.app.rows(outbox)
            assert (row.state, row.key, row.error) == (
                "dead",
                sent["msgid"],
                "not delivered: the resident refuses messages",
            )
            assert len(peer.sent_to(resident.chat)) == 1

    asyncio.run(main())
