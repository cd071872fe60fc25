"""Servicers work in the WeCom client: our records follow, and residents hear who helps them (wecom.md 6.2, 6.4)."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.channels.wecom import pull
from bot.outbox import Outbox
from handlers.desk.words import ENDED, SOMEBODY
from handlers.message import Reply
from storage import conversations, leases, outbox
from storage.records import OutboxDraft
from storage.schema import handovers
from storage.schema import outbox as outbox_table
from tests.channels.kf_tools import hold, put, said, standing
from tests.channels.wecom_service import OWNER, Service, serving
from tests.desk_tools import account, asks_for_a_person
from tests.peers.wecom import WeComPeer, new_external_userid
from tests.peers.wecom.transitions import SessionState

HELLO = "张三：\n您好，我是酉阳县公共法律服务中心的张三，您的事我来接着办，前面说过的我都看得到。"


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "LOOK_AGAIN", 0.05)
    monkeypatch.setattr(pull, "pause_before", lambda attempt, jitter: 0.05)


@contextlib.asynccontextmanager
async def desk(peer: WeComPeer, folder: Path) -> AsyncIterator[tuple[Service, str]]:
    """Customer service with its outbox, and a resident who waits in the pool."""
    async with serving(peer, folder) as service:
        sender = Outbox(
            service.database, {service.kf.name: service.kf}, service.now, random.Random(1), service.in_client
        )
        resident = new_external_userid()
        await service.act(peer.callbacks.resident_text, resident, "找人")
        await service.until(1)
        await service.talk(service.chat(resident))
        put(peer, resident, SessionState.POOL)
        await sender.start()
        try:
            yield service, resident
        finally:
            await sender.stop()


async def until(done: Any) -> None:
    async with asyncio.timeout(10):
        while not done():
            await asyncio.sleep(0.02)


async def fate(service: Service, purpose: str) -> list[tuple[str, str | None]]:
    rows = await service.read(lambda c: c.execute(select(outbox_table).order_by(outbox_table.c.id)).all())
    return [(row.state, row.error) for row in rows if row.purpose == purpose]


async def due(service: Service, resident: str, purpose: str) -> None:
    def work(connection: Connection) -> None:
        conversation = conversations.read_conversation(connection, service.chat(resident))
        assert conversation is not None
        draft = OutboxDraft(f"{purpose:0<32}", purpose, 2, Reply(f"说的是{purpose}").body(), service.now())
        outbox.enqueue(connection, conversation, None, [draft], service.now())

    await service.database.write(work)


def test_who_takes_a_resident_from_the_pool_is_introduced(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with desk(peer, tmp_path) as (service, resident):
            zhang = account(service.database, "zhang", name="张三", wecom_userid="zhangsan")
            await service.act(peer.callbacks.servicer_takes, "ZhangSan", resident)
            await until(lambda: said(peer, resident))
            assert said(peer, resident) == [(HELLO, "send_msg_on_event")]
            held = await service.conversation(service.chat(resident))
            assert (held.holder, held.holder_id, held.holder_via) == ("person", zhang.id, "client")
            assert service.chat(resident) in service.said
            # Handed on, in the client: no code comes with it, and nothing is said.
            await service.act(peer.callbacks.servicer_transfers, resident, "LiSi")
            await service.until(1)
            assert (await service.conversation(service.chat(resident))).holder_name == "lisi"
            assert len(said(peer, resident)) == 1

    asyncio.run(check())


def test_of_a_servicer_without_an_account_no_name_is_known(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with desk(peer, tmp_path) as (service, resident):
            await service.act(peer.callbacks.servicer_takes, "LiSi", resident)
            await until(lambda: said(peer, resident))
            assert said(peer, resident) == [(SOMEBODY, "send_msg_on_event")]

    asyncio.run(check())


def test_an_event_that_comes_again_introduces_nobody_twice(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with desk(peer, tmp_path) as (service, resident):
            chat, now = service.chat(resident), service.now()
            for _ in range(2):
                await service.database.write(lambda c: service.in_client.taken(c, chat, "lisi", "code", now))
            assert len(await fate(service, "staff")) == 1

    asyncio.run(check())


def test_the_end_in_the_client_gives_the_last_word(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with desk(peer, tmp_path) as (service, resident):
            await service.database.write(lambda c: leases.release(c, service.chat(resident), OWNER))
            asks_for_a_person(service.database, key=service.chat(resident))
            await service.act(peer.callbacks.servicer_takes, "LiSi", resident)
            await until(lambda: len(said(peer, resident)) == 1)
            await service.act(peer.callbacks.servicer_says, "LiSi", resident, "材料带齐就行")
            await service.act(peer.callbacks.servicer_ends, "LiSi", resident)
            await until(lambda: len(said(peer, resident)) == 2)
            last, way = said(peer, resident)[1]
            assert last.startswith(ENDED)
            assert (way, last.count("[")) == ("send_msg_on_event", 5)  # the five grades
            (handover,) = await service.read(lambda c: c.execute(select(handovers)).all())
            assert (handover.state, handover.claimed_name, handover.first_reply_at is None) == ("closed", "lisi", False)
            held = await service.conversation(service.chat(resident))
            assert (held.holder, held.holder_id, held.holder_via) == ("bot", None, None)

    asyncio.run(check())


def test_a_servicer_who_takes_words_back(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with desk(peer, tmp_path) as (service, resident):
            await service.act(peer.callbacks.servicer_takes, "LiSi", resident)
            wrong = await service.act(peer.callbacks.servicer_says, "LiSi", resident, "发错人了")
            await service.act(peer.callbacks.servicer_says, "LiSi", resident, "您好")
            await service.until(3)
            await service.act(peer.callbacks.servicer_recalls, "LiSi", resident, wrong.msgid)
            rows = await service.until(3)
            assert [(row.body.get("text"), row.sender) for row in rows[1:]] == [(None, "lisi"), ("您好", "lisi")]

    asyncio.run(check())


def test_who_went_off_duty_is_known_without_asking(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with desk(peer, tmp_path) as (service, resident):
            put(peer, resident, SessionState.BOT)
            await due(service, resident, "handover")
            await until(lambda: standing(peer, resident)[0] == 2)
            for member in ("ZhangSan", "LiSi"):
                await service.act(peer.callbacks.servicer_duty, member, on=False)
            await service.until(1)
            await due(service, resident, "waiting")
            await until(lambda: len(said(peer, resident)) == 2)
            assert standing(peer, resident) == (4, None)
            assert len(peer.calls("kf/servicer/list")) == 1

    asyncio.run(check())


def test_the_watchdog_gives_the_resident_to_somebody_who_is_introduced(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with desk(peer, tmp_path) as (service, resident):
            account(service.database, "zhang", name="张三", wecom_userid="zhangsan")
            other = new_external_userid()
            await hold(service, other, "lisi")
            await due(service, resident, "waiting")
            await until(lambda: said(peer, resident))
            assert said(peer, resident) == [(HELLO, "send_msg_on_event")]
            assert standing(peer, resident) == (3, "ZhangSan")
            held = await service.conversation(service.chat(resident))
            assert (held.holder, held.holder_name, held.holder_via) == ("person", "张三", "client")
            assert await fate(service, "waiting") == [("dropped", "nothing was said: a member of staff has taken over")]

    asyncio.run(check())


def test_a_session_found_with_a_person_is_theirs_in_our_records_too(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with desk(peer, tmp_path) as (service, resident):
            put(peer, resident, SessionState.HUMAN, "ZhangSan")
            await due(service, resident, "urgent")
            await until(lambda: service.said)
            held = await service.conversation(service.chat(resident))
            assert (held.holder, held.holder_name) == ("person", "zhangsan")
            assert await fate(service, "urgent") == [("dropped", "a servicer has the session")]

    asyncio.run(check())
