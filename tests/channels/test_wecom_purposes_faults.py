"""The API fails between a session's move and its words: they are said once, or not at all, and never tried for ever."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels.base import Sent, TooLate, TryLater
from tests.channels.kf_tools import KEY, RATING, put, refusal, said, say, somebody, standing
from tests.channels.wecom_service import Service, serving, settings_for
from tests.peers.wecom import Bell, WeComPeer
from tests.peers.wecom.transitions import SessionState

NEW, BOT, POOL, HUMAN, ENDED = SessionState
MOVE, SPEAK = "kf/service_state/trans", "kf/send_msg_on_event"


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


def absent(peer: WeComPeer, purpose: str) -> None:
    """Where somebody is there, who waits is given to them and nothing is said."""
    if purpose == "waiting":
        peer.kf.servicers.clear()


@pytest.mark.parametrize("purpose", ["handover", "waiting", "closing", "urgent"])
@pytest.mark.parametrize("fault", ["lost before", "lost after", "busy"])
def test_words_whose_answer_was_lost_are_said_once(peer: WeComPeer, tmp_path: Path, purpose: str, fault: str) -> None:
    async def check() -> None:
        absent(peer, purpose)
        async with serving(peer, tmp_path, start=False) as service:
            resident = somebody(peer, BOT if purpose == "handover" else POOL)
            {
                "lost before": lambda: peer.faults.reset_before(SPEAK),
                "lost after": lambda: peer.faults.reset_after(SPEAK),
                "busy": lambda: peer.faults.errcode(SPEAK, -1),
            }[fault]()
            assert isinstance(await refusal(service, resident, purpose), TryLater)
            assert await say(service, resident, purpose, attempts=2) == Sent(KEY, spent=False)
            assert said(peer, resident) == [(f"说的是{purpose}", "send_msg_on_event")]

    asyncio.run(check())


@pytest.mark.parametrize("purpose", ["handover", "closing", "waiting"])
def test_a_used_code_at_a_later_try_was_used_by_the_first(peer: WeComPeer, tmp_path: Path, purpose: str) -> None:
    """Which of 95033 and 95007 wins is not documented."""

    async def check() -> None:
        peer.rules.repeated_msgid_first = False
        absent(peer, purpose)
        async with serving(peer, tmp_path, start=False) as service:
            resident = somebody(peer, BOT if purpose == "handover" else POOL)
            peer.faults.reset_after(SPEAK)
            assert isinstance(await refusal(service, resident, purpose), TryLater)
            assert await say(service, resident, purpose, attempts=2) == Sent(KEY, spent=False)
            assert len(said(peer, resident)) == 1

    asyncio.run(check())


@pytest.mark.parametrize("fault", ["lost before", "lost after"])
def test_a_move_whose_answer_was_lost(peer: WeComPeer, tmp_path: Path, fault: str) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            done = fault == "lost after"
            fail = peer.faults.reset_after if done else peer.faults.reset_before
            asked, served = somebody(peer, BOT), somebody(peer, HUMAN, "LiSi")
            fail(MOVE)
            assert isinstance(await refusal(service, asked, "handover"), TryLater)
            # The code is lost with the answer: in the pool nothing more can be said, and the row must not hang on.
            assert await say(service, asked, "handover", attempts=2) == Sent(KEY, spent=False)
            assert (standing(peer, asked)[0], len(said(peer, asked))) == (2, 0 if done else 1)
            fail(MOVE)
            assert isinstance(await refusal(service, served, "closing", key="b" * 32), TryLater)
            if done:
                late = await refusal(service, served, "closing", key="b" * 32, attempts=2)
                assert (type(late), str(late)) == (TooLate, "window: the session is over")
            else:
                await say(service, served, "closing", RATING, key="b" * 32, attempts=2)
            assert (standing(peer, served)[0], len(said(peer, served))) == (4, 0 if done else 1)

    asyncio.run(check())


def test_a_handover_of_a_process_that_died_counts_as_said(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = somebody(peer, BOT)
            peer.faults.reset_before(SPEAK)
            assert isinstance(await refusal(service, resident, "handover"), TryLater)
            after = Service(peer, service.database, settings_for(peer))
            try:
                assert await say(after, resident, "handover", attempts=2) == Sent(KEY, spent=False)
            finally:
                await after.app.close()
            assert said(peer, resident) == []

    asyncio.run(check())


def test_the_end_code_lasts_twenty_seconds(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            late, quick = somebody(peer, HUMAN, "LiSi"), somebody(peer, HUMAN, "LiSi")
            for resident, key in ((late, KEY), (quick, "b" * 32)):
                peer.faults.errcode(SPEAK, -1)
                assert isinstance(await refusal(service, resident, "closing", key=key), TryLater)
            peer.clock.advance(15)
            assert (await say(service, quick, "closing", RATING, key="b" * 32, attempts=2)).platform_id == "b" * 32
            peer.clock.advance(6)
            assert isinstance(await refusal(service, late, "closing", attempts=2), TooLate)
            assert (len(said(peer, quick)), len(said(peer, late))) == (1, 0)

    asyncio.run(check())


def test_a_resident_who_writes_again_is_not_cut_off_by_a_closing_that_is_tried_again(
    peer: WeComPeer, tmp_path: Path
) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = somebody(peer, HUMAN, "LiSi")
            peer.faults.reset_before(SPEAK)
            assert isinstance(await refusal(service, resident, "closing"), TryLater)
            peer.callbacks.resident_text(resident, "还有一个问题", bell=Bell.LOST)
            assert (await say(service, resident, "closing", RATING, attempts=2)).spent
            assert standing(peer, resident)[0] == 1
            assert [way for _, way in said(peer, resident)] == ["send_msg"]

    asyncio.run(check())


def test_a_servicer_who_takes_the_resident_from_the_pool_at_that_moment(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = somebody(peer, BOT)
            peer.faults.errcode(SPEAK, 95018)
            late = await refusal(service, resident, "handover")
            assert type(late) is TooLate
            assert "95018" in str(late)

    asyncio.run(check())


def test_a_token_taken_away_in_between_costs_one_more_call(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            waiting = somebody(peer, POOL)
            await say(service, somebody(peer), "answer")
            peer.state.revoke_token(peer.app, 42001)
            assert (await say(service, waiting, "waiting")).holder is not None
            assert peer.token_fetches == 2

    asyncio.run(check())


@pytest.mark.parametrize(("code", "after"), [(45009, 60), (48007, 300), (95017, 300), (99999, None)])
def test_a_move_that_cannot_be_made_now_is_made_later(
    peer: WeComPeer, tmp_path: Path, code: int, after: float | None
) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = somebody(peer, BOT)
            peer.faults.errcode(MOVE, code)
            later = await refusal(service, resident, "handover")
            assert isinstance(later, TryLater)
            assert (later.after, later.everybody) == (after, after is not None)
            put(peer, resident, HUMAN, "LiSi")
            peer.faults.errcode("kf/service_state/get", code)
            assert isinstance(await refusal(service, resident, "waiting"), TryLater)

    asyncio.run(check())
