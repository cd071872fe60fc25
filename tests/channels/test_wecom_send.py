"""Replies to residents, and what each refusal leads to (wecom.md 6.3 to 6.7)."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import DeliveryError, HeldByPerson, Refused, TryLater, Unreachable
from bot.channels.wecom.layout import payload_of
from bot.outbox import Outbox
from handlers.message import Button, Reply
from storage import outbox
from storage.channel_states import held_back_until
from storage.conversations import read_conversation
from storage.records import ConversationKey, OutboxDraft, OutboxRow
from tests.channels.wecom_service import Service, serving
from tests.peers.wecom import Bell, WeComPeer, new_external_userid
from tests.peers.wecom.probe import greet
from tests.peers.wecom.transitions import SessionState

CARD = Reply(
    "先收好证据。",
    title="被拖欠工资怎么办",
    buttons=(Button("更多", "more"), Button("有用", "useful:labor.unpaid-wages"), Button("转人工", "human")),
    cites=("《保障农民工工资支付条例》第30条", "《劳动法》第50条"),
)


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


def row_for(service: Service, resident: str, key: str = "0123456789abcdef" * 2, **changes: Any) -> OutboxRow:
    where = service.chat(resident)
    row = OutboxRow(7, key, 1, 1, where, "answer", {}, None, 1, None, service.now())
    return replace(row, **changes)


async def failure(service: Service, row: OutboxRow, reply: Reply = CARD) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        await service.kf.send(row, reply)
    return raised.value


def test_card_and_text_to_a_resident(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        resident = greet(peer)
        async with serving(peer, tmp_path, start=False) as service:
            assert (await service.kf.send(row_for(service, resident), CARD)).platform_id == "0123456789abcdef" * 2
            await service.kf.send(row_for(service, resident, "b" * 32), Reply("好", cites=("《民法典》",)))
            card, text = peer.sent_to(resident)
            menu = card["msgmenu"]
            assert menu["head_content"] == "被拖欠工资怎么办\n先收好证据。"
            assert menu["tail_content"] == "依据：《保障农民工工资支付条例》第30条\n《劳动法》第50条"
            assert [item["click"]["content"] for item in menu["list"]] == ["更多", "有用", "转人工"]
            payloads = [payload_of(item["click"]["id"]) for item in menu["list"]]
            assert payloads == ["more", "useful:labor.unpaid-wages", "human"]
            assert (text["msgtype"], text["text"]["content"]) == ("text", "好\n依据：《民法典》")
            # The session was moved to the bot once.
            assert peer.kf.sessions[resident].state is SessionState.BOT
            assert len(peer.calls("kf/service_state/trans")) == 1

    asyncio.run(check())


def test_a_second_try_after_the_work_was_done_is_a_success(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        resident = greet(peer)
        async with serving(peer, tmp_path, start=False) as service:
            row = row_for(service, resident)
            peer.faults.reset_after("kf/send_msg")
            lost = await failure(service, row)
            assert isinstance(lost, TryLater)
            assert (lost.after, lost.everybody) == (None, False)
            peer.faults.errcode("kf/send_msg", -1)
            assert isinstance(await failure(service, row), TryLater)
            assert (await service.kf.send(row, CARD)).platform_id == row.key
            assert [call.errcode for call in peer.calls("kf/send_msg")] == [0, -1, 95033]
            assert len(peer.sent_to(resident)) == 1

    asyncio.run(check())


@pytest.mark.parametrize(
    ("code", "kind", "after", "everybody"),
    [
        (-1, TryLater, None, False),
        (45009, TryLater, 60, True),
        (45033, TryLater, 60, True),
        (60020, TryLater, 300, True),
        (48007, TryLater, 300, True),
        (40056, TryLater, 300, True),
        (95001, Refused, None, None),
        (95002, Refused, None, None),
        (95013, Refused, None, None),
        (95031, Refused, None, None),
        (40096, Unreachable, None, None),
        (95008, Refused, None, None),
        (99999, TryLater, None, False),
    ],
)
def test_refusals(
    peer: WeComPeer, tmp_path: Path, code: int, kind: type[DeliveryError], after: float | None, everybody: bool | None
) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            peer.faults.errcode("kf/send_msg", code)
            error = await failure(service, row_for(service, greet_quietly(peer)))
            assert type(error) is kind
            assert str(code) in str(error)
            assert getattr(error, "after", None) == after
            assert getattr(error, "everybody", None) is everybody

    asyncio.run(check())


def greet_quietly(peer: WeComPeer) -> str:
    resident = new_external_userid()
    peer.callbacks.resident_text(resident, "在吗", bell=Bell.LOST)
    return resident


def test_window_and_budget_of_the_platform(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = greet_quietly(peer)
            for number in range(5):
                await service.kf.send(row_for(service, resident, f"{number:032x}"), Reply("好"))
            assert str(await failure(service, row_for(service, resident))).startswith("window: WeCom 95001")
            late = greet_quietly(peer)
            peer.clock.advance(48 * 3600)
            assert str(await failure(service, row_for(service, late))).startswith("window: WeCom 95002")
            peer.rules.over_window = 95018
            over = await failure(service, row_for(service, late))
            assert (type(over), str(over)) == (Refused, "window: 48 hours are over")
            assert isinstance(await failure(service, row_for(service, "wm" + "x" * 30)), Unreachable)

    asyncio.run(check())


@pytest.mark.parametrize("known", [False, True])
def test_session_of_a_person(peer: WeComPeer, tmp_path: Path, known: bool) -> None:
    """Before the first answer the state is read when the move fails; later when sending does."""

    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = greet_quietly(peer)
            if known:
                await service.kf.send(row_for(service, resident), CARD)
            for state, kind in ((2, HeldByPerson), (3, HeldByPerson), (4, Refused)):
                peer.kf.sessions[resident].state = SessionState(state)
                error = await failure(service, row_for(service, resident, f"{state:032x}"))
                assert type(error) is kind
            assert len(peer.sent_to(resident)) == int(known)

    asyncio.run(check())


def test_a_state_that_cannot_be_read_means_later(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = greet_quietly(peer)
            peer.faults.status("kf/service_state/trans", 502)
            await service.kf.send(row_for(service, resident), CARD)
            peer.kf.sessions[resident].state = SessionState.HUMAN
            peer.faults.status("kf/service_state/get", 503, times=2)
            assert isinstance(await failure(service, row_for(service, resident, "b" * 32)), TryLater)
            assert isinstance(await failure(service, row_for(service, resident, "b" * 32)), HeldByPerson)

    asyncio.run(check())


def test_welcome_and_its_twenty_seconds(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path) as service:
            welcome = replace(CARD, purpose="welcome")
            for number, late in enumerate((0, 21)):
                resident = new_external_userid()
                await service.act(peer.callbacks.enter_session, resident)
                row = (await service.until(number + 1))[-1]
                peer.clock.advance(late)
                out = row_for(
                    service, resident, f"{number:032x}", purpose="welcome", reply_token=row.body["reply_token"]
                )
                if late:
                    assert isinstance(await failure(service, out, welcome), Refused)
                    assert peer.sent_to(resident) == []
                else:
                    await service.kf.send(out, welcome)
                    assert [sent["via"] for sent in peer.sent_to(resident)] == ["send_msg_on_event"]
            assert peer.calls("kf/service_state/trans") == []

    asyncio.run(check())


def test_slow_answer_is_waited_for_and_stalls_nobody(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            peer.faults.slow("kf/send_msg", 3.0)
            sending = asyncio.create_task(service.kf.send(row_for(service, greet_quietly(peer)), CARD))
            ticks = 0
            while not sending.done():
                await asyncio.sleep(0.05)
                ticks += 1
            await sending
            assert ticks > 30

    asyncio.run(check())


def test_rate_limit_holds_the_whole_account(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path) as service:
            residents = [new_external_userid() for _ in range(3)]
            for resident in residents:
                await service.act(peer.callbacks.resident_text, resident, "在吗")
            await service.until(3)
            sender = Outbox(
                service.database, {"wecom_kf": service.kf}, service.now, random.Random(1), service.in_client
            )
            peer.faults.errcode("kf/send_msg", 45009)
            for number, resident in enumerate(residents):
                await enqueue(service, service.chat(resident), f"{number:032x}")
                if number == 0:
                    await sender.start()
                    await until(lambda: len(peer.calls("kf/send_msg")) == 1)
                    await asyncio.sleep(0.1)
            await asyncio.sleep(0.3)
            assert len(peer.calls("kf/send_msg")) == 1
            held = await service.read(lambda c: held_back_until(c, "wecom_kf", peer.kf.open_kfid))
            assert held is not None
            assert 50 < (held - service.now()).total_seconds() <= 60
            peer.clock.advance(61)
            await until(lambda: all(peer.sent_to(resident) for resident in residents))
            await sender.stop()
            assert [len(peer.sent_to(resident)) for resident in residents] == [1, 1, 1]

    asyncio.run(check())


async def enqueue(service: Service, chat: ConversationKey, key: str) -> None:
    await service.talk(chat)
    draft = OutboxDraft(key, "answer", 2, CARD.body(), service.now())

    def work(connection: Any) -> None:
        conversation = read_conversation(connection, chat)
        assert conversation is not None
        outbox.enqueue(connection, conversation, None, [draft], service.now())

    await service.database.write(work)


async def until(done: Any) -> None:
    async with asyncio.timeout(10):
        while not done():
            await asyncio.sleep(0.02)
