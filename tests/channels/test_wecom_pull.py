"""Customer service: bells, pages, cursors, and what a page changes (wecom.md 6.1, 6.2)."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.channels.wecom import pull
from bot.channels.wecom.items import KF, read_page
from bot.channels.wecom.layout import menu_id
from handlers.message import Reply
from storage import channel_states, conversations
from storage.records import ConversationKey, NewMessage
from tests.channels.wecom_service import Service, serving, settings_for
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
            assert (row.body["kind"], row.body["text"]) == ("text", "老板不给工钱")
            assert row.body["window"] == {"hours": 48, "messages": 5}
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
            assert [row.body["text"] for row in rows if row.chat == one] == ["TWICE", "REPEATED", "HELD", "HELD", "LOST"]

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
            assert [(row.body["text"], row.state) for row in rows] == [
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
            assert [(row.body["text"], row.state) for row in rows] == [(text, "ignored") for text in ("一", "二", "三")]
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
            assert await service.act(peer.callbacks.ring)
            await service.until(6)
            assert await service.texts() == ["0", "1", "2", "3", "4", "5"]
            # The second page was asked for twice from where the first ended; the first was not repeated.
            assert calls[0] == 4
            assert [body.get("cursor") for body in syncs(peer)].count(before) == 1
            assert service.woken.count(service.chat(resident)) == 6

    asyncio.run(check())


def test_rows_and_cursor_are_one_transaction(
    peer: WeComPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, Any]] = []

    async def check() -> None:
        async with serving(peer, tmp_path) as service:
            resident = await service.act(greet, peer, "0")
            await service.until(1)
            before = await service.state()
            real = conversations.set_holder

            def set_holder(connection: Connection, *arguments: Any) -> None:
                if not seen:
                    seen.append((len(service.database.read_now(inbox_rows)), service.database.read_now(cursor)))
                    raise OSError("the disk is full")
                real(connection, *arguments)

            monkeypatch.setattr(conversations, "set_holder", set_holder)
            peer.kf.sessions[resident].state = SessionState.POOL
            await service.act(peer.callbacks.servicer_takes, "ZhangSan", resident, bell=Bell.LOST)
            await service.act(peer.callbacks.servicer_says, "ZhangSan", resident, "我来看")
            rows = await service.until(2)
            assert seen == [(1, before.cursor)]
            assert [(row.body["text"], row.state, row.sender) for row in rows[1:]] == [("我来看", "ignored", "ZhangSan")]

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
            assert [(row.body["text"], row.state) for row in rows] == [("一", "new"), ("二", "new")]

    asyncio.run(check())


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
                await second.app.stop()

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
        monkeypatch.setattr(pull.asyncio, "sleep", sleep)
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
            assert [row.body["text"] for row in await service.until(2)] == ["甲", "丙"]
            for number in range(110):
                peer.state.add_kf_account(peer.corp, str(number))
            assert len(await service.client.ask(service.client.kf.accounts)) == 112

    asyncio.run(check())


def test_all_kinds_of_items(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = new_external_userid()
            people = peer.callbacks
            people.target = ""
            people.resident_text(resident, "有用", menu_id("useful:labor.unpaid-wages"))
            people.resident_text(resident, "没有菜单")
            place = {"latitude": 28.8, "longitude": 108.7, "name": "钟多街道办", "address": "酉阳县钟多街道"}
            people.resident_sends(resident, "location", place)
            people.resident_media(resident, "image", "图.png", b"\x89PNG\r\n\x1a\n")
            people.resident_sends(resident, "link", {"title": "t", "desc": "", "url": "u", "pic_url": ""})
            people.resident_sends(resident, "meeting", {})
            people.kf_event("reject_customer_msg_switch_change", {"external_userid": resident, "reject_switch": 1})
            people.kf_event("never_heard_of", {})
            people.servicer_duty("ZhangSan", on=False)
            await service.kf.start()
            rows = await service.until(6)
            assert [(row.body["kind"], row.body["text"], row.body["payload"]) for row in rows] == [
                ("button", "有用", "useful:labor.unpaid-wages"),
                ("text", "没有菜单", ""),
                ("location", "酉阳县钟多街道 钟多街道办", ""),
                ("media", "", ""),
                ("media", "", ""),
                ("media", "", ""),
            ]

    asyncio.run(check())


def test_welcome_comes_with_its_code(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path) as service:
            resident = new_external_userid()
            await service.act(peer.callbacks.enter_session, resident, "poster")
            (row,) = await service.until(1)
            assert (row.body["kind"], row.body["reply_within"], row.body["window"]) == ("enter", 20, None)
            assert row.body["reply_token"] in peer.state.codes
            assert abs(row.sent_at - service.now()) < timedelta(seconds=10)
            # Whoever wrote within 48 hours gets no code, and no greeting.
            await service.act(peer.callbacks.resident_text, resident, "在吗")
            await service.act(peer.callbacks.enter_session, resident)
            rows = await service.until(2)
            assert [one.body["kind"] for one in rows] == ["enter", "text"]

    asyncio.run(check())


def test_a_person_takes_the_session_and_gives_it_back(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path) as service:
            resident = new_external_userid()
            chat, people = service.chat(resident), peer.callbacks
            await service.act(people.resident_text, resident, "找人")
            await service.until(1)
            await service.talk(chat)
            peer.kf.sessions[resident].state = SessionState.POOL
            await service.act(people.servicer_takes, "ZhangSan", resident)
            await service.act(people.servicer_transfers, resident, "LiSi")
            await service.act(people.servicer_says, "LiSi", resident, "您好，我是李四")
            rows = await service.until(2)
            assert (rows[1].state, rows[1].body["text"], rows[1].chat) == ("ignored", "您好，我是李四", resident)
            held = await service.conversation(chat)
            assert (held.holder, held.holder_name) == ("person", "LiSi")
            await service.act(people.servicer_ends, "LiSi", resident)
            await service.until(2)
            assert (await service.conversation(chat)).holder == "bot"
            await service.act(people.servicer_says, "LiSi", resident, "还有一句")
            await service.until(3)
            assert (await service.conversation(chat)).holder == "person"

    asyncio.run(check())


def test_a_session_that_ran_out_goes_back_to_the_bot(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path) as service:
            resident = new_external_userid()
            chat = service.chat(resident)
            await service.act(peer.callbacks.resident_text, resident, "找人")
            await service.until(1)
            await service.talk(chat)
            until = service.now() + timedelta(hours=48)

            def hold(connection: Connection) -> None:
                conversations.set_holder(connection, chat, "person", "LiSi")
                connection.execute(conversations.conversations.update().values(window_until=until))

            await service.database.write(hold)
            for hours, holder in ((40, "person"), (9, "bot")):
                peer.clock.advance(hours * 3600)
                await service.act(peer.callbacks.resident_text, resident, "还在吗")
                await service.until(2)
                await asyncio.sleep(0.1)
                assert (await service.conversation(chat)).holder == holder

    asyncio.run(check())


def test_recalled_messages_are_blanked(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path) as service:
            resident = new_external_userid()
            first = await service.act(peer.callbacks.resident_text, resident, "我的身份证号是")
            await service.act(peer.callbacks.resident_text, resident, "别的")
            await service.until(2)
            await service.act(peer.callbacks.resident_recalls, resident, first.msgid)
            rows = await service.until(2)
            assert [(row.body.get("text"), row.state) for row in rows] == [(None, "ignored"), ("别的", "new")]

    asyncio.run(check())


def test_a_reply_that_did_not_arrive_is_dead(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path) as service:
            resident = new_external_userid()
            await service.act(peer.callbacks.resident_text, resident, "在吗")
            await service.until(1)
            row = await service.draft(service.chat(resident), Reply("在"), "a" * 32)
            assert await service.kf.send(row, Reply("在")) == "a" * 32
            await service.act(peer.callbacks.send_fails, "a" * 32, 10)
            await service.until(1)
            dead = await service.sent("a" * 32)
            assert (dead.state, dead.error) == ("dead", "not delivered: the resident refuses messages")

    asyncio.run(check())


def test_items_that_cannot_be_read_stop_nothing(caplog: pytest.LogCaptureFixture) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    good = {"msgid": "m", "send_time": 1, "origin": 3, "external_userid": "wm", "msgtype": "text"}
    items = [
        None,
        "text",
        {},
        {**good, "text": None},
        {**good, "text": {"content": 5}},
        {**good, "send_time": "now", "text": {"content": "好"}},
        {**good, "send_time": 10**18, "text": {"content": "好"}},
        {**good, "external_userid": "x" * 200, "text": {"content": "好"}},
        {"msgtype": "event"},
        {"msgtype": "event", "event": {"event_type": "user_recall_msg"}},
        {**good, "origin": 99, "text": {"content": "好"}},
        {**good, "text": {"content": "半\ud800字\0", "menu_id": "_d800_"}},
    ]
    (only,) = read_page(items, "wk", now, None)
    assert isinstance(only, NewMessage)
    assert (only.key, only.body["text"]) == (ConversationKey(KF, "wk", "wm"), "半?字")
    assert only.body["payload"] == "?"
    assert len(caplog.records) == 10
