"""A session goes to a member of staff, or does not: what the desk is told (wecom.md 6.5, 6.7)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.desk.tools import SessionFault, SessionRefused, Sessions
from tests.channels.kf_tools import put, say, somebody, standing
from tests.channels.wecom_service import Service, serving
from tests.peers.wecom import WeComPeer
from tests.peers.wecom.transitions import SessionState

NEW, BOT, POOL, HUMAN, ENDED = SessionState
GET, MOVE = "kf/service_state/get", "kf/service_state/trans"


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


async def refused(
    service: Service, resident: str, member: str = "zhangsan", *, transfer: bool = False
) -> tuple[SessionFault, str | None]:
    with pytest.raises(SessionRefused) as raised:
        await service.kf.hand_to(service.chat(resident), member, transfer=transfer)
    return raised.value.fault, raised.value.who


@pytest.mark.parametrize("state", [NEW, BOT, POOL])
def test_a_member_gets_the_session_with_a_code_to_say_so(peer: WeComPeer, tmp_path: Path, state: SessionState) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            assert isinstance(service.kf, Sessions)
            resident = somebody(peer, state)
            chat = service.chat(resident)
            code = await service.kf.hand_to(chat, "ZhangSan")
            assert code in peer.state.codes
            assert standing(peer, resident) == (3, "ZhangSan")
            # A double click: harmless, and the code is there still.
            assert await service.kf.hand_to(chat, "zhangsan") == code
            assert len(peer.calls(MOVE)) == 1

    asyncio.run(check())


def test_who_serves_already_is_left_in_peace_unless_they_hand_it_on(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = somebody(peer, HUMAN, "LiSi")
            assert await refused(service, resident) == (SessionFault.TAKEN, "lisi")
            assert standing(peer, resident) == (3, "LiSi")
            assert await service.kf.hand_to(service.chat(resident), "zhangsan", transfer=True) is not None
            assert standing(peer, resident) == (3, "ZhangSan")

    asyncio.run(check())


def test_who_cannot_take_it_and_what_cannot_be_taken(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = somebody(peer, POOL)
            assert await refused(service, resident, "wangwu") == (SessionFault.NOT_A_SERVICER, None)
            await service.act(peer.callbacks.servicer_duty, "LiSi", on=False)
            assert await refused(service, resident, "lisi") == (SessionFault.OFF_DUTY, None)
            peer.app.visible = {"lisi"}
            assert await refused(service, resident) == (SessionFault.NOT_A_SERVICER, None)
            peer.app.visible = None
            for code in (95016, 95018):
                peer.faults.errcode(MOVE, code)
                assert await refused(service, resident) == (SessionFault.REFUSED, None)
            put(peer, resident, ENDED)
            assert await refused(service, resident) == (SessionFault.OVER, None)
            old = somebody(peer, BOT)
            peer.clock.advance(48 * 3600)
            assert await refused(service, old) == (SessionFault.OVER, None)
            assert standing(peer, resident)[0] == 4

    asyncio.run(check())


@pytest.mark.parametrize("code", [95013, 95031])
def test_a_session_that_ends_at_that_moment(peer: WeComPeer, tmp_path: Path, code: int) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = somebody(peer, ENDED if code == 95013 else POOL)
            if code == 95031:
                peer.faults.errcode(MOVE, code)
            assert await refused(service, resident) == (SessionFault.OVER, None)

    asyncio.run(check())


def test_an_answer_that_does_not_come_is_looked_after(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            done, lost, silent = (somebody(peer, POOL) for _ in range(3))
            peer.faults.reset_after(MOVE)
            assert await service.kf.hand_to(service.chat(done), "zhangsan") is None
            assert standing(peer, done) == (3, "ZhangSan")
            peer.faults.reset_before(MOVE)
            assert await refused(service, lost) == (SessionFault.UNKNOWN, None)
            assert standing(peer, lost) == (2, None)
            peer.faults.status(GET, 502, times=2)
            assert await refused(service, silent) == (SessionFault.UNKNOWN, None)
            peer.faults.errcode(GET, 48007)
            assert await refused(service, silent) == (SessionFault.UNKNOWN, None)
            peer.state.revoke_token(peer.app)
            assert await service.kf.hand_to(service.chat(silent), "zhangsan") in peer.state.codes

    asyncio.run(check())


def test_whether_staff_can_answer_through_the_bots_interface(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            found = {}
            for state in SessionState:
                found[int(state)] = await service.kf.is_bots(service.chat(somebody(peer, state, "LiSi")))
            assert found == {0: True, 1: True, 2: False, 3: False, 4: False}
            peer.faults.reset_before(GET)
            with pytest.raises(SessionRefused) as raised:
                await service.kf.is_bots(service.chat(somebody(peer)))
            assert raised.value.fault is SessionFault.UNKNOWN

    asyncio.run(check())


def test_the_bot_knows_at_once_that_a_session_is_not_its_own_any_more(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = somebody(peer)
            await say(service, resident, "answer")
            await service.kf.hand_to(service.chat(resident), "lisi")
            sends = len(peer.calls("kf/send_msg"))
            with pytest.raises(Exception, match="a servicer has the session"):
                await say(service, resident, "answer", key="b" * 32)
            assert len(peer.calls("kf/send_msg")) == sends

    asyncio.run(check())
