"""What the items of a page of customer service lead to (wecom.md 6.2)."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from bot.channels.wecom import pull
from bot.channels.wecom.items import KF, read_page
from bot.channels.wecom.layout import menu_id
from handlers.message import Reply
from storage import desk
from storage.records import ConversationKey, NewMessage
from storage.schema import conversations as conversations_table
from tests.channels.wecom_service import serving
from tests.peers.wecom import WeComPeer, new_external_userid
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
            assert [(row.body["kind"], row.body.get("text", ""), row.body.get("payload", "")) for row in rows] == [
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
            assert (row.body["kind"], row.body["reply_within"], row.body.get("window")) == ("enter", 20, None)
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
            assert (held.holder, held.holder_name, held.holder_via) == ("person", "lisi", "client")
            assert [row.sender for row in rows] == [resident, "lisi"]
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
                desk.taken_in_client(connection, chat, "lisi", service.now())
                connection.execute(update(conversations_table).values(window_until=until))

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
            assert (await service.kf.send(row, Reply("在"))).platform_id == "a" * 32
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
