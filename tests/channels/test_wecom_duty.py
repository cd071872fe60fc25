"""Who of the servicers is on duty, and who has how many residents (wecom.md 6.6)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels.wecom.duty import Duty
from bot.channels.wecom.errors import CallFailed
from storage import desk
from storage.conversations import ensure
from storage.database import Database
from storage.records import ConversationKey
from storage.servicers import held_in_client
from tests.channels.kf_tools import hold
from tests.channels.wecom_service import Service, serving
from tests.desk_tools import account
from tests.peers.wecom import WeComPeer, new_external_userid
from tests.storage_tools import NOW


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


def duty(service: Service) -> Duty:
    return Duty(service.client, service.database, service.now)


def test_only_members_on_duty_count_and_departments_tell_nothing(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            peer.kf.departments += [7, 8]
            await service.act(peer.callbacks.servicer_duty, "LiSi", on=False, paused=True)
            assert await duty(service).on_duty(peer.kf.open_kfid) == ["zhangsan"]
            peer.kf.servicers.clear()
            assert await duty(service).on_duty(peer.kf.open_kfid) == []
            peer.faults.errcode("kf/servicer/list", 60011)
            with pytest.raises(CallFailed):
                await duty(service).on_duty(peer.kf.open_kfid)

    asyncio.run(check())


def test_the_platform_is_asked_once_a_minute(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            known, here = duty(service), peer.kf.open_kfid
            known.heard(here, "lisi", on=False)  # before anything is known this says nothing
            assert await known.on_duty(here) == ["lisi", "zhangsan"]
            known.heard(here, "lisi", on=False)
            assert await known.on_duty(here) == ["zhangsan"]
            peer.clock.advance(59)
            assert await known.on_duty(here) == ["zhangsan"]
            assert len(peer.calls("kf/servicer/list")) == 1
            peer.clock.advance(1)
            assert await known.on_duty(here) == ["lisi", "zhangsan"]

    asyncio.run(check())


def test_whoever_has_fewest_comes_first(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            account(service.database, "li", name="李四", wecom_userid="lisi")
            for _ in range(2):
                await hold(service, new_external_userid(), "lisi")
            await hold(service, new_external_userid(), "zhangsan")
            assert await duty(service).on_duty(peer.kf.open_kfid) == ["zhangsan", "lisi"]
            for _ in range(2):
                await hold(service, new_external_userid(), "ZhangSan")
            assert await duty(service).on_duty(peer.kf.open_kfid) == ["lisi", "zhangsan"]

    asyncio.run(check())


def test_what_members_hold_in_the_client_is_counted_by_their_id(database: Database) -> None:
    account(database, "li", name="李四", wecom_userid="lisi")

    def hold_one(chat: str, member: str, wire: str = "wk1") -> None:
        key = ConversationKey("wecom_kf", wire, chat)
        database.write_now(lambda c: ensure(c, key, "resident", NOW))
        database.write_now(lambda c: desk.taken_in_client(c, key, member, NOW))

    hold_one("a", "LiSi")
    hold_one("b", "lisi")
    hold_one("c", "WangWu")
    hold_one("d", "lisi", "wk2")
    hold_one("e", "lisi")
    database.write_now(lambda c: desk.ended_in_client(c, ConversationKey("wecom_kf", "wk1", "e"), NOW))
    console = account(database, "chen", wecom_userid="chen")
    free = database.write_now(lambda c: ensure(c, ConversationKey("wecom_kf", "wk1", "f"), "resident", NOW))
    database.write_now(lambda c: desk.claim(c, free.id, desk.Holder(console.id, "陈", "console"), NOW))
    assert database.read_now(lambda c: held_in_client(c, "wecom_kf", "wk1")) == {"lisi": 2, "wangwu": 1}
