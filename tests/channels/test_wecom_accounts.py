"""Which accounts of customer service are looked after, by whom, and how soon again (wecom.md 6.6)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels.wecom import pull
from tests.channels.wecom_service import Service, serving, settings_for
from tests.peers.wecom import Bell, WeComPeer, new_external_userid
from tests.peers.wecom.probe import greet


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "LOOK_AGAIN", 0.05)
    monkeypatch.setattr(pull, "pause_before", lambda attempt, jitter: 0.05)


def test_two_processes_pull_once(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path) as first:
            await first.until(0)
            second = Service(peer, first.database, settings_for(peer))
            await second.kf.start()
            try:
                for number in range(5):
                    await first.act(peer.callbacks.resident_text, new_external_userid(), str(number))
                await first.until(5)
                assert await first.texts() == [str(number) for number in range(5)]
                assert len(first.woken) + len(second.woken) == 5
            finally:
                await second.kf.stop()
                await second.app.close()

    asyncio.run(check())


def test_rate_limit_and_missing_permission_make_long_pauses(
    peer: WeComPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pauses: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        if seconds > 10:
            pauses.append(seconds)
            peer.clock.advance(seconds)
        await real(min(seconds, 0.02))

    async def check() -> None:
        monkeypatch.setattr(asyncio, "sleep", sleep)
        for code in (45009, 48007, 60020):
            peer.faults.errcode("kf/sync_msg", code)
        peer.faults.errcode("kf/sync_msg", -1)
        peer.faults.status("kf/sync_msg", 502)
        peer.faults.reset_before("kf/sync_msg")
        greet(peer)
        async with serving(peer, tmp_path) as service:
            await service.until(1)
            assert peer.faults.waiting == 0

    asyncio.run(check())
    assert 60 <= pauses[0] <= 90
    assert pauses[1:] == [300, 300]
    assert any("address 127.0.0.1" in record.message and record.levelname == "ERROR" for record in caplog.records)


def test_accounts_are_found_or_named(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        other = peer.state.add_kf_account(peer.corp, "second")
        peer.faults.errcode("kf/account/list", -1)
        async with serving(peer, tmp_path) as service:
            await service.act(peer.callbacks.resident_text, new_external_userid(), "甲", bell=Bell.LOST, account=other)
            await service.act(peer.callbacks.ring, other)
            rows = await service.until(1)
            assert rows[0].account == other.open_kfid
        async with serving(peer, tmp_path, kf_accounts=(peer.kf.open_kfid,)) as service:
            await service.act(peer.callbacks.resident_text, new_external_userid(), "乙", account=other)
            await service.act(peer.callbacks.resident_text, new_external_userid(), "丙")
            assert [row.body.get("text", "") for row in await service.until(2)] == ["甲", "丙"]
            for number in range(110):
                peer.state.add_kf_account(peer.corp, str(number))
            assert len(await service.client.ask(service.client.kf.accounts)) == 112

    asyncio.run(check())
