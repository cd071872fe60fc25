"""Customer service: bells, pages, cursors, and what a page changes (wecom.md 6.1, 6.2)."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.channels.wecom import pull
from bot.channels.wecom.items import KF
from storage import channel_states, desk
from tests.channels.wecom_service import serving
from tests.peers.wecom import Bell, WeComPeer, new_external_userid
from tests.peers.wecom.probe import greet
from tests.peers.wecom.transitions import SessionState


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "LOOK_AGAIN", 0.05)
    monkeypatch.setattr(pull, "pause_before", lambda attempt, jitter: 0.05)


def syncs(peer: WeComPeer) -> list[dict[str, Any]]:
    return [call.body or {} for call in peer.calls("kf/sync_msg")]


def test_bell_brings_the_message_and_the_cursor(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, path="/wecom/kf") as service:
            resident = new_external_userid()
            arrival = await service.act(peer.callbacks.resident_text, resident, "老板不给工钱")
            assert [bell.attempts[0].status for bell in arrival.bells] == [200]
            (row,) = await service.until(1)
            assert (row.channel, row.account, row.chat, row.sender) == (
                "wecom_kf",
                peer.kf.open_kfid,
                resident,
                resident,
            )
            assert (row.message_id, row.state) == (arrival.msgid, "new")
            assert (row.body["kind"], row.body.get("text", "")) == ("text", "老板不给工钱")
            assert row.body.get("window") == {"hours": 48, "messages": 5}
            assert service.woken == [service.chat(resident)]
            state = await service.state()
            assert peer.kf.cursors[state.cursor] == 1
            assert syncs(peer)[-1].get("token") == state.pull_token

    asyncio.run(check())


def test_bells_twice_repeated_late_and_lost(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, kf_poll_seconds=0.3) as service:
            one, two = new_external_userid(), new_external_userid()
            for bell in (Bell.TWICE, Bell.REPEATED, Bell.HELD, Bell.HELD):
                await service.act(peer.callbacks.resident_text, one, bell.name, bell=bell)
                await service.act(peer.callbacks.resident_text, two, bell.name, bell=bell)
            released = await service.act(peer.callbacks.release_bells, backwards=True)
            assert all(delivery.accepted for delivery in released)
            await service.until(8)
            await service.act(peer.callbacks.resident_text, one, "LOST", bell=Bell.LOST)
            rows = await service.until(9)
            assert len(rows) == len({row.message_id for row in rows}) == 9
            assert [row.body.get("text", "") for row in rows if row.chat == one] == [
                "TWICE",
                "REPEATED",
                "HELD",
                "HELD",
                "LOST",
            ]

    asyncio.run(check())


def test_empty_and_short_pages_with_more_to_come(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        resident = greet(peer, "0")
        for number in range(1, 6):
            peer.callbacks.resident_text(resident, str(number))
        peer.state.plan_pages(peer.kf, [0, 2, 0, 0, 3])
        async with serving(peer, tmp_path) as service:
            await service.until(6)
            assert await service.texts() == ["0", "1", "2", "3", "4", "5"]
            assert len(syncs(peer)) == 6

    asyncio.run(check())


def test_expired_bell_token_is_left_out_once(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path) as service:
            await service.until(0)
            resident = await service.act(greet, peer)
            await service.until(1)
            before = len(syncs(peer))
            peer.rules.bell_token_seconds = 0
            await service.act(peer.callbacks.resident_text, resident, "二")
            await service.until(2)
            assert ["token" in body for body in syncs(peer)[before:]] == [True, False]

    asyncio.run(check())


def test_old_token_is_not_used_by_a_later_pull(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, kf_poll_seconds=0.3) as service:
            await service.act(peer.callbacks.resident_text, new_external_userid(), "一")
            await service.until(1)
            peer.clock.advance(601)
            seen = len(syncs(peer))
            await service.act(peer.callbacks.resident_text, new_external_userid(), "二", bell=Bell.LOST)
            await service.until(2)
            assert all("token" not in body for body in syncs(peer)[seen:])
            assert 95007 not in [call.errcode for call in peer.calls("kf/sync_msg")]

    asyncio.run(check())


def test_first_start_answers_only_what_is_new(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        peer.callbacks.resident_text(new_external_userid(), "前天")
        peer.clock.advance(40 * 3600)
        peer.callbacks.resident_text(new_external_userid(), "十一分钟前")
        peer.clock.advance(11 * 60)
        resident = greet(peer, "刚才")
        peer.rules.sync_page = 1
        async with serving(peer, tmp_path) as service:
            rows = await service.until(3)
            assert [(row.body.get("text", ""), row.state) for row in rows] == [
                ("前天", "ignored"),
                ("十一分钟前", "ignored"),
                ("刚才", "new"),
            ]
            assert service.woken == [service.chat(resident)]

    asyncio.run(check())


def test_crash_among_the_first_pages_is_still_a_first_start(
    peer: WeComPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check() -> None:
        for text in ("一", "二", "三"):
            peer.callbacks.resident_text(new_external_userid(), text)
        peer.clock.advance(3600)
        peer.rules.sync_page = 1
        fail_at(monkeypatch, 2)
        async with serving(peer, tmp_path) as service:
            rows = await service.until(3)
            assert [(row.body.get("text", ""), row.state) for row in rows] == [
                (text, "ignored") for text in ("一", "二", "三")
            ]
            assert service.woken == []

    asyncio.run(check())


def fail_at(monkeypatch: pytest.MonkeyPatch, number: int) -> list[int]:
    """Let the transaction of the n-th page fail after all its writes; counts the pages."""
    real, calls = channel_states.store_page, [0]

    def store_page(*arguments: Any) -> Any:
        stored = real(*arguments)
        calls[0] += 1
        if calls[0] == number:
            raise OSError("the disk is full")
        return stored

    monkeypatch.setattr(channel_states, "store_page", store_page)
    return calls


def test_crash_between_pages_repeats_and_loses_nothing(
    peer: WeComPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path) as service:
            resident = await service.act(greet, peer, "0")
            await service.until(1)
            for number in range(1, 6):
                peer.callbacks.resident_text(resident, str(number), bell=Bell.LOST)
            peer.rules.sync_page = 2
            before = (await service.state()).cursor
            calls = fail_at(monkeypatch, 2)
            await service.act(peer.callbacks.ring)
            await service.until(6)
            assert await service.texts() == ["0", "1", "2", "3", "4", "5"]
            # The second page was asked for twice from where the first ended; the first was not repeated.
            assert calls[0] == 4
            assert [body.get("cursor") for body in syncs(peer)].count(before) == 1
            assert service.woken.count(service.chat(resident)) == 6

    asyncio.run(check())


def test_rows_and_cursor_are_one_transaction(peer: WeComPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, Any]] = []

    async def check() -> None:
        async with serving(peer, tmp_path) as service:
            resident = await service.act(greet, peer, "0")
            await service.until(1)
            before = await service.state()
            real = desk.taken_in_client

            def taken_in_client(connection: Connection, *arguments: Any) -> tuple[int, ...]:
                if not seen:
                    seen.append((len(service.database.read_now(inbox_rows)), service.database.read_now(cursor)))
                    raise OSError("the disk is full")
                return real(connection, *arguments)

            monkeypatch.setattr(desk, "taken_in_client", taken_in_client)
            peer.kf.sessions[resident].state = SessionState.POOL
            await service.act(peer.callbacks.servicer_takes, "ZhangSan", resident, bell=Bell.LOST)
            await service.act(peer.callbacks.servicer_says, "ZhangSan", resident, "我来看")
            rows = await service.until(2)
            assert seen == [(1, before.cursor)]
            assert [(row.body.get("text", ""), row.state, row.sender) for row in rows[1:]] == [
                ("我来看", "ignored", "zhangsan")
            ]

    asyncio.run(check())


def inbox_rows(connection: Connection) -> list[Any]:
    return list(connection.exec_driver_sql("SELECT id FROM inbox"))


def cursor(connection: Connection) -> Any:
    return connection.exec_driver_sql("SELECT cursor FROM channel_states").scalar()


def test_a_restart_goes_on_where_it_stopped(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path) as service:
            await service.act(peer.callbacks.resident_text, new_external_userid(), "一")
            await service.until(1)
            # As if the process died in a pull: the lease is left behind.
            await service.kf.stop()
            now = service.now()
            await service.database.write(
                lambda c: channel_states.claim_pull(c, KF, peer.kf.open_kfid, now, timedelta(hours=1))
            )
            await service.act(peer.callbacks.resident_text, new_external_userid(), "二")
        peer.clock.advance(20 * 60)
        async with serving(peer, tmp_path) as service:
            rows = await service.until(2)
            assert [(row.body.get("text", ""), row.state) for row in rows] == [("一", "new"), ("二", "new")]

    asyncio.run(check())
