"""Replies to members, and the doctor (wecom.md 4.1)."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.channels.base import DeliveryError, TryLater, Unreachable
from handlers.message import Button, Reply
from storage.records import ConversationKey, OutboxRow
from tests.channels.wecom_service import Service, serving
from tests.peers.wecom import WeComPeer


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


def member_row(service: Service, userid: str) -> OutboxRow:
    chat = ConversationKey("wecom_app", service.app.account, userid)
    return OutboxRow(7, "a" * 32, 1, 1, chat, "answer", {}, None, 1, None, service.now())


async def failure(service: Service, row: OutboxRow) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        await service.app.send(row, CARD)
    return raised.value


CARD = Reply(
    "先收好证据。",
    title="被拖欠工资怎么办",
    buttons=(Button("更多", "more"), Button("有用", "useful:labor.unpaid-wages"), Button("转人工", "human")),
    cites=("《保障农民工工资支付条例》第30条", "《劳动法》第50条"),
)


def test_member_gets_numbered_lines_once_per_row(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            row = member_row(service, "ZhangSan")
            peer.faults.reset_after("message/send")
            assert isinstance(await failure(service, row), TryLater)
            assert (await service.app.send(row, CARD)).platform_id
            (seen,) = peer.app_sent_to("ZhangSan")
            shown = seen["text"]["content"].rstrip("\u200b\u200c")
            assert shown.splitlines() == [
                "被拖欠工资怎么办",
                "先收好证据。",
                "依据：《保障农民工工资支付条例》第30条",
                "《劳动法》第50条",
                "回复数字：1 更多　2 有用　3 转人工",
            ]
            assert peer.dropped_for("ZhangSan") == ["duplicate"]
            # The same words in answer to another message are not a duplicate.
            await service.app.send(replace(row, id=row.id + 1), CARD)
            assert len(peer.app_sent_to("ZhangSan")) == 2

    asyncio.run(check())


def test_member_who_is_gone(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            assert isinstance(await failure(service, member_row(service, "Nobody")), Unreachable)
            peer.faults.status("message/send", 502)
            assert isinstance(await failure(service, member_row(service, "LiSi")), TryLater)
            peer.app.enabled = False
            off = await failure(service, member_row(service, "LiSi"))
            assert isinstance(off, TryLater)
            assert off.after == 300

    asyncio.run(check())


def test_doctor(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            peer.kf.departments.append(7)
            assert [*await service.app.check(), *await service.kf.check()] == []
            servicers = dict(peer.kf.servicers)
            peer.kf.servicers.clear()
            assert f"账号 {peer.kf.open_kfid} 的接待人员是按部门设的" in (await service.kf.check())[0]
            peer.kf.servicers |= servicers
            peer.faults.errcode("getcallbackip", 60020)
            assert "127.0.0.1" in (await service.app.check())[0]
            peer.app.kf_allowed = False
            assert "48002" in (await service.kf.check())[0]
        async with serving(peer, tmp_path, start=False, kf_accounts=("wkother",)) as service:
            peer.app.kf_allowed = True
            assert "wkother" in (await service.kf.check())[0]
            peer.kf.api_managed = False
            assert "看不到任何客服账号" in (await service.kf.check())[0]
            peer.faults.status("kf/account/list", 502)
            assert "连不上" in (await service.kf.check())[0]

    asyncio.run(check())
