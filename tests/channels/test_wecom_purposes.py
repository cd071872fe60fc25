"""What each purpose does to a session of customer service, and which way the words go (wecom.md 6.3 to 6.5)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels.base import HeldByPerson, Refused, Sent, TooLate
from handlers.message import Button, Reply
from tests.channels.kf_tools import KEY, RATING, hold, put, refusal, row_for, said, say, somebody, standing
from tests.channels.wecom_service import serving
from tests.peers.wecom import WeComPeer
from tests.peers.wecom.transitions import SessionState

NEW, BOT, POOL, HUMAN, ENDED = SessionState
ASKED = Reply("您的登记编号是 RG0901-7。", title="已登记转人工", buttons=(Button("更多", "more"),), purpose="handover")


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


class TestHandover:
    @pytest.mark.parametrize("state", [NEW, BOT])
    def test_goes_to_the_pool_where_a_servicer_is_there_to_see_it(
        self, peer: WeComPeer, tmp_path: Path, state: SessionState
    ) -> None:
        async def check() -> None:
            async with serving(peer, tmp_path, start=False) as service:
                resident = somebody(peer, state)
                assert await say(service, resident, "handover", ASKED) == Sent(KEY, spent=False)
                assert standing(peer, resident) == (2, None)
                # The pool's code takes no menu.
                assert said(peer, resident) == [("已登记转人工\n您的登记编号是 RG0901-7。", "send_msg_on_event")]

        asyncio.run(check())

    def test_stays_with_the_bot_where_nobody_is_on_duty(self, peer: WeComPeer, tmp_path: Path) -> None:
        async def check() -> None:
            peer.callbacks.servicer_duty("ZhangSan", on=False)
            peer.callbacks.servicer_duty("LiSi", on=False, paused=True)
            peer.kf.departments.append(7)
            async with serving(peer, tmp_path, start=False) as service:
                resident = somebody(peer)
                sent = await say(service, resident, "handover", ASKED)
                assert (sent.platform_id, sent.spent) == (KEY, True)
                assert standing(peer, resident) == (1, None)
                assert said(peer, resident) == [("已登记转人工\n您的登记编号是 RG0901-7。[更多]", "send_msg")]

        asyncio.run(check())

    @pytest.mark.parametrize("path", ["kf/servicer/list", "kf/service_state/trans"])
    def test_is_said_by_the_bot_where_the_platform_refuses(self, peer: WeComPeer, tmp_path: Path, path: str) -> None:
        async def check() -> None:
            async with serving(peer, tmp_path, start=False) as service:
                resident = somebody(peer)
                peer.faults.errcode(path, 60011 if "list" in path else 95016)
                assert (await say(service, resident, "handover")).spent
                assert standing(peer, resident) == (1, None)
                assert said(peer, resident) == [("说的是handover", "send_msg")]

        asyncio.run(check())

    def test_nothing_can_be_said_in_the_pool_and_with_a_person(self, peer: WeComPeer, tmp_path: Path) -> None:
        async def check() -> None:
            async with serving(peer, tmp_path, start=False) as service:
                waiting, served, over = somebody(peer, POOL), somebody(peer, HUMAN, "LiSi"), somebody(peer, ENDED)
                held = await refusal(service, waiting, "handover")
                assert isinstance(held, HeldByPerson)
                assert held.member is None
                held = await refusal(service, served, "handover")
                assert isinstance(held, HeldByPerson)
                assert held.member == "lisi"
                assert type(await refusal(service, over, "handover")) is Refused
                assert [said(peer, one) for one in (waiting, served, over)] == [[], [], []]

        asyncio.run(check())


class TestWaiting:
    def test_the_servicer_with_the_fewest_residents_gets_the_next(self, peer: WeComPeer, tmp_path: Path) -> None:
        async def check() -> None:
            async with serving(peer, tmp_path, start=False) as service:
                first, second = somebody(peer, POOL), somebody(peer, POOL)
                one = await say(service, first, "waiting")
                assert one.holder is not None
                assert standing(peer, first) == (3, {"lisi": "LiSi", "zhangsan": "ZhangSan"}[one.holder])
                assert one.holder_code in peer.state.codes
                assert (one.platform_id, one.spent) == (None, False)
                await hold(service, first, one.holder)
                two = await say(service, second, "waiting")
                assert {one.holder, two.holder} == {"lisi", "zhangsan"}
                assert said(peer, first) == said(peer, second) == []

        asyncio.run(check())

    def test_nobody_on_duty_ends_the_wait_with_the_truth(self, peer: WeComPeer, tmp_path: Path) -> None:
        async def check() -> None:
            peer.callbacks.servicer_duty("ZhangSan", on=False)
            peer.callbacks.servicer_duty("LiSi", on=False)
            async with serving(peer, tmp_path, start=False) as service:
                resident = somebody(peer, POOL)
                assert await say(service, resident, "waiting", window_left=0) == Sent(KEY, spent=False)
                assert standing(peer, resident) == (4, None)
                assert said(peer, resident) == [("说的是waiting", "send_msg_on_event")]

        asyncio.run(check())

    def test_servicers_who_cannot_take_anybody_are_passed_over(self, peer: WeComPeer, tmp_path: Path) -> None:
        async def check() -> None:
            async with serving(peer, tmp_path, start=False) as service:
                for code in (95019, 95014, 60030):
                    resident = somebody(peer, POOL)
                    peer.faults.errcode("kf/service_state/trans", code)
                    assert (await say(service, resident, "waiting")).holder in ("lisi", "zhangsan")
                    peer.clock.advance(61)  # the list is asked for again
                resident = somebody(peer, POOL)
                peer.faults.errcode("kf/service_state/trans", 95019, times=2)
                assert (await say(service, resident, "waiting")).holder is None
                assert standing(peer, resident) == (4, None)

        asyncio.run(check())

    def test_with_the_bot_it_is_said_as_long_as_there_is_room(self, peer: WeComPeer, tmp_path: Path) -> None:
        async def check() -> None:
            async with serving(peer, tmp_path, start=False) as service:
                resident = somebody(peer, BOT)
                assert (await say(service, resident, "waiting", window_left=2)).spent
                assert said(peer, resident) == [("说的是waiting", "send_msg")]
                late = await refusal(service, resident, "waiting", key="b" * 32, window_left=1)
                assert type(late) is TooLate
                assert len(said(peer, resident)) == 1

        asyncio.run(check())

    def test_with_a_person_there_is_nothing_to_do_and_after_the_end_nothing_to_say(
        self, peer: WeComPeer, tmp_path: Path
    ) -> None:
        async def check() -> None:
            async with serving(peer, tmp_path, start=False) as service:
                served, over = somebody(peer, HUMAN, "LiSi"), somebody(peer, ENDED)
                assert await say(service, served, "waiting") == Sent(holder="lisi", spent=False)
                late = await refusal(service, over, "waiting")
                assert (type(late), str(late)) == (TooLate, "window: the session is over")
                assert said(peer, served) == said(peer, over) == []

        asyncio.run(check())

    def test_a_pool_that_lets_nobody_go_is_left_alone(self, peer: WeComPeer, tmp_path: Path) -> None:
        async def check() -> None:
            async with serving(peer, tmp_path, start=False) as service:
                resident = somebody(peer, POOL)
                peer.faults.errcode("kf/service_state/trans", 95016, times=3)
                held = await refusal(service, resident, "waiting")
                assert isinstance(held, HeldByPerson)
                assert (held.member, standing(peer, resident)) == (None, (2, None))

        asyncio.run(check())


class TestClosing:
    @pytest.mark.parametrize(("state", "servicer"), [(HUMAN, "LiSi"), (POOL, None)])
    def test_the_end_of_a_session_carries_the_question(
        self, peer: WeComPeer, tmp_path: Path, state: SessionState, servicer: str | None
    ) -> None:
        async def check() -> None:
            async with serving(peer, tmp_path, start=False) as service:
                resident = somebody(peer, state, servicer)
                assert await say(service, resident, "closing", RATING, window_left=0) == Sent(KEY, spent=False)
                assert standing(peer, resident) == (4, None)
                assert said(peer, resident) == [("这次接待到这里。[很满意][不满意]", "send_msg_on_event")]

        asyncio.run(check())

    def test_the_bots_session_goes_on_while_the_window_has_room(self, peer: WeComPeer, tmp_path: Path) -> None:
        async def check() -> None:
            async with serving(peer, tmp_path, start=False) as service:
                resident = somebody(peer, BOT)
                assert (await say(service, resident, "closing", RATING, window_left=2)).spent
                assert standing(peer, resident) == (1, None)
                assert said(peer, resident) == [("这次接待到这里。[很满意][不满意]", "send_msg")]

        asyncio.run(check())

    @pytest.mark.parametrize("ends", [True, False])
    def test_the_last_message_of_a_window_is_never_spent(self, peer: WeComPeer, tmp_path: Path, ends: bool) -> None:
        async def check() -> None:
            peer.rules.unconfirmed_transitions = ends
            async with serving(peer, tmp_path, start=False) as service:
                resident = somebody(peer, BOT)
                if ends:
                    assert not (await say(service, resident, "closing", RATING, window_left=1)).spent
                else:
                    late = await refusal(service, resident, "closing", reply=RATING, window_left=1)
                    assert (type(late), str(late)) == (TooLate, "window: its last message is left to an answer")
                assert standing(peer, resident) == (4 if ends else 1, None)
                assert [way for _, way in said(peer, resident)] == (["send_msg_on_event"] if ends else [])

        asyncio.run(check())

    def test_nothing_can_be_said_after_the_end(self, peer: WeComPeer, tmp_path: Path) -> None:
        async def check() -> None:
            async with serving(peer, tmp_path, start=False) as service:
                late = await refusal(service, somebody(peer, ENDED), "closing")
                assert (type(late), str(late)) == (TooLate, "window: the session is over")
                forgotten = somebody(peer, HUMAN, "LiSi")
                peer.clock.advance(48 * 3600)
                late = await refusal(service, forgotten, "closing")
                assert type(late) is TooLate
                assert str(late).startswith("window: WeCom 95031")

        asyncio.run(check())


class TestUrgent:
    def test_danger_does_not_wait_in_the_pool(self, peer: WeComPeer, tmp_path: Path) -> None:
        async def check() -> None:
            async with serving(peer, tmp_path, start=False) as service:
                card = Reply("离开那里。", title="先保证安全：110 报警", buttons=(Button("现在安全了", "safe"),))
                resident = somebody(peer, POOL)
                assert not (await say(service, resident, "urgent", card)).spent
                assert standing(peer, resident) == (4, None)
                assert said(peer, resident) == [("先保证安全：110 报警\n离开那里。[现在安全了]", "send_msg_on_event")]
                calm = somebody(peer)
                assert (await say(service, calm, "urgent", card, key="b" * 32)).spent
                assert [way for _, way in said(peer, calm)] == ["send_msg"]

        asyncio.run(check())

    def test_with_a_person_the_person_is_there(self, peer: WeComPeer, tmp_path: Path) -> None:
        async def check() -> None:
            async with serving(peer, tmp_path, start=False) as service:
                resident = somebody(peer)
                await say(service, resident, "answer")
                put(peer, resident, HUMAN, "ZhangSan")  # unnoticed: we think it is still the bot's
                held = await refusal(service, resident, "urgent", key="b" * 32)
                assert isinstance(held, HeldByPerson)
                assert held.member == "zhangsan"
                stuck = somebody(peer, POOL)
                peer.rules.unconfirmed_transitions = False
                held = await refusal(service, stuck, "urgent")
                assert isinstance(held, HeldByPerson)
                assert held.member is None

        asyncio.run(check())


def test_relayed_words_of_staff_go_only_where_the_bot_may_speak(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = somebody(peer)
            words = Reply("材料我看了，下午来窗口。", author="张三", purpose="staff")
            await say(service, resident, "staff", words)
            assert said(peer, resident) == [("张三：\n材料我看了，下午来窗口。", "send_msg")]
            for state, servicer, member in ((POOL, None, None), (HUMAN, "LiSi", "lisi")):
                held = await refusal(service, somebody(peer, state, servicer), "staff")
                assert isinstance(held, HeldByPerson)
                assert held.member == member

    asyncio.run(check())


def test_in_safe_mode_a_session_is_moved_without_a_word(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            for state, purpose, ends_in in ((HUMAN, "closing", 4), (POOL, "closing", 4), (BOT, "closing", 1)):
                resident = somebody(peer, state, "LiSi")
                await say(service, resident, purpose, RATING, safe_mode=True)
                assert (standing(peer, resident)[0], said(peer, resident)) == (ends_in, [])

    asyncio.run(check())


def test_a_row_with_a_code_goes_by_the_code(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = somebody(peer, POOL)
            assert (await service.kf.hand_to(service.chat(resident), "LiSi")) in peer.state.codes
            code = next(code.value for code in peer.state.codes.values() if code.external_userid == resident)
            row = row_for(service, resident, "staff", reply_token=code)
            assert await service.kf.send(row, Reply("您好，我是张三。")) == Sent(KEY, spent=False)
            assert said(peer, resident) == [("您好，我是张三。", "send_msg_on_event")]
            # Used, and of a session that has left its state: the time of these words is over.
            for key, state in (("b" * 32, HUMAN), ("c" * 32, ENDED)):
                put(peer, resident, state, "LiSi")
                late = await refusal(service, resident, "staff", key=key, reply_token=code)
                assert type(late) is TooLate

    asyncio.run(check())
