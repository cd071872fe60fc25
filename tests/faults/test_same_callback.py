"""The same callback three times, out of order, at once: one record, one answer."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from storage.schema import inbox
from tests.faults.crowd import Person
from tests.faults.desk import open_desk
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import Bell, Delivery, WeComPeer
from tests.peers.wecom.xml import read


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running


def written(peer: WeComPeer, person: Person) -> str:
    """The plaintext of a member's message, which nobody has delivered yet."""
    target, peer.callbacks.target = peer.callbacks.target, "http://127.0.0.1:9/"
    try:
        plaintext = peer.callbacks.member_text(person.chat, person.question).plaintext
    finally:
        peer.callbacks.target = target
    person.message_id = str(read(plaintext)["MsgId"])
    return plaintext


async def deliver(peer: WeComPeer, plaintexts: Sequence[str]) -> list[Delivery]:
    """All at once, each sealed anew as WeCom's repetitions are."""
    return await asyncio.gather(*(asyncio.to_thread(peer.callbacks.raw, one, agent=True) for one in plaintexts))


def test_member_callbacks_three_times_out_of_order_at_once(peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path, peer) as desk:
            people = [desk.member() for _ in range(8)]
            plaintexts = [written(peer, person) for person in people] * 3
            random.Random(3).shuffle(plaintexts)
            deliveries = await deliver(peer, plaintexts)
            assert all(delivery.accepted for delivery in deliveries)
            await desk.done()
            # Once more, after everything was answered.
            assert all(delivery.accepted for delivery in await deliver(peer, plaintexts[:8]))
            await asyncio.sleep(0.5)
            await desk.done()
            await desk.check()
            assert len(peer.calls("message/send")) == 8
            assert [len(peer.app_sent_to(person.chat)) for person in people] == [1] * 8

    asyncio.run(main())


def test_two_messages_of_one_member_that_overtake_each_other_are_both_answered_once(
    peer: WeComPeer, tmp_path: Path
) -> None:
    async def main() -> None:
        async with open_desk(tmp_path, peer) as desk:
            person = desk.member()
            first = written(peer, person)
            person.question = "公司不买社保怎么办"
            second = written(peer, person)
            await deliver(peer, [second])
            await deliver(peer, [first, second, first, second])
            await desk.done(messages=2)
            assert [row.state for row in await desk.app.rows(inbox)] == ["done", "done"]
            assert len(await desk.app.records()) == 2
            assert len(peer.app_sent_to(person.chat)) == len(peer.calls("message/send")) == 2

    asyncio.run(main())


@pytest.mark.parametrize("bell", [Bell.TWICE, Bell.REPEATED])
def test_bells_that_ring_twice_bring_each_message_once(bell: Bell, peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path, peer) as desk:
            await asyncio.gather(*(desk.residents(2, bell) for _ in range(4)))
            await desk.done()
            await desk.check()
            assert len(peer.calls("kf/send_msg")) == 8

    asyncio.run(main())


def test_bells_that_come_late_backwards_and_again_bring_each_message_once(peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path, peer) as desk:
            await desk.residents(6, Bell.HELD)
            bells = await asyncio.to_thread(peer.callbacks.release_bells, backwards=True)
            again = [bell.plaintext for bell in bells] * 2
            await asyncio.gather(*(asyncio.to_thread(peer.callbacks.raw, one, agent=False) for one in again))
            await desk.done()
            await desk.check()
            assert len(peer.calls("kf/send_msg")) == 6

    asyncio.run(main())


def test_update_of_telegram_that_comes_twice_is_answered_once(tmp_path: Path) -> None:
    async def main(telegram: TelegramPeer) -> None:
        async with open_desk(tmp_path, telegram) as desk:
            people = await desk.telegram_users(3)
            for person in people * 2:
                await asyncio.to_thread(telegram.deliver_again, int(person.message_id[1:]))
            await desk.done()
            await asyncio.sleep(0.5)
            await desk.done()
            await desk.check()
            assert len(telegram.calls("sendMessage")) == 3

    with TelegramPeer() as telegram:
        asyncio.run(main(telegram))


def test_post_that_is_repeated_at_once_gets_one_answer(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            body = {"id": "the-same-message-of-one-client", "text": "没有签劳动合同怎么办"}
            told = await asyncio.gather(*(desk.app.post(**body) for _ in range(6)))
            assert {answer.status_code for answer in told} == {200}
            assert len({answer.text for answer in told}) == 1
            assert len(await desk.app.rows(inbox)) == len(await desk.app.records()) == 1

    asyncio.run(main())
