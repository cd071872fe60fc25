"""The WeCom peer's customer-service log and messages held against its reference (wecom.md 9.4, 9.5)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.peers.wecom import Rules, VirtualClock, WeComPeer
from tests.peers.wecom.probe import Probe, greet
from tests.peers.wecom_tools import Desk


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer(VirtualClock(ticking=False), Rules(tokenless_per_minute=100)) as running:
        yield running


@pytest.fixture
def probe(peer: WeComPeer) -> Iterator[Probe]:
    client = Probe(peer.base_url, peer.app)
    yield client
    client.close()


@pytest.fixture
def desk(peer: WeComPeer, probe: Probe) -> Desk:
    return Desk(peer, probe, greet(peer))


# 9.4


def test_log_keeps_order_of_interleaved_residents_and_opaque_cursors(peer: WeComPeer, desk: Desk) -> None:
    other = greet(peer, "在吗")
    peer.callbacks.resident_text(desk.resident, "第二句", menu_id="wages")
    first = desk.sync(limit=2)
    assert [item["external_userid"] for item in first["msg_list"]] == [desk.resident, other]
    assert first["has_more"] == 1
    second = desk.sync(cursor=first["next_cursor"])
    assert [item["text"] for item in second["msg_list"]] == [{"content": "第二句", "menu_id": "wages"}]
    assert (second["has_more"], second["msg_list"][0]["origin"]) == (0, 3)
    assert len(first["next_cursor"].encode()) <= 64
    assert first["next_cursor"] != second["next_cursor"]
    assert desk.sync(cursor=first["next_cursor"])["msg_list"] == second["msg_list"]
    assert len(second["msg_list"][0]["msgid"]) == len("from_msgid_") + 19
    assert peer.violations == []


def test_pages_may_be_empty_or_short_with_more_to_come(peer: WeComPeer, desk: Desk) -> None:
    for number in range(4):
        peer.callbacks.resident_text(desk.resident, str(number))
    peer.state.plan_pages(peer.kf, [0, 2, 0])
    pages, cursor = [], ""
    while True:
        page = desk.sync(cursor=cursor)
        pages.append((len(page["msg_list"]), page["has_more"]))
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert pages == [(0, 1), (2, 1), (0, 1), (3, 0)]
    peer.state.plan_pages(peer.kf, [0])
    empty = desk.sync(cursor=cursor)
    assert (empty["msg_list"], empty["has_more"]) == ([], 1)
    peer.rules.sync_page = 3
    assert len(desk.sync()["msg_list"]) == 3


def test_horizon_is_three_days(peer: WeComPeer, desk: Desk) -> None:
    cursor = desk.sync(limit=1)["next_cursor"]
    peer.clock.advance(2 * 86400)
    peer.callbacks.resident_text(desk.resident, "还在")
    peer.clock.advance(86400 + 1)
    desk.probe.token = ""
    assert [item["text"]["content"] for item in desk.sync()["msg_list"]] == ["还在"]
    assert len(desk.sync(cursor=cursor)["msg_list"]) == 1


def test_bell_token_lives_ten_minutes_and_calls_without_are_throttled(peer: WeComPeer, desk: Desk) -> None:
    peer.rules.tokenless_per_minute = 2
    peer.callbacks.target = "http://127.0.0.1:1/unreachable"
    peer.callbacks.time_factor = 0.1
    bell = peer.callbacks.ring()
    token = bell.plaintext.split("<Token><![CDATA[")[1].split("]]>")[0]
    assert len(token) == 47
    assert [desk.sync(token=token)["errcode"] for _ in range(4)] == [0] * 4
    assert [desk.sync()["errcode"] for _ in range(3)] == [0, 0, 45009]
    peer.clock.advance(600)
    assert desk.sync(token=token)["errcode"] == 95007
    assert desk.sync(token="made-up")["errcode"] == 95007
    assert desk.sync()["errcode"] == 0


def test_sync_refuses_what_a_client_makes_up(peer: WeComPeer, desk: Desk) -> None:
    assert desk.probe.post("kf/sync_msg", cursor="")["errcode"] == 95000
    assert desk.sync(cursor="guess")["errcode"] == 40058
    assert desk.sync(limit=1001)["errcode"] == 40058
    assert desk.sync(page=1)["errcode"] == 0
    assert [found.where for found in peer.violations] == ["open_kfid", "cursor", "limit", "body.page"]
    peer.rules.sync_requires_account = False
    assert desk.probe.post("kf/sync_msg", cursor="")["errcode"] == 0


def test_too_large_media_arrive_as_text(peer: WeComPeer, desk: Desk) -> None:
    peer.callbacks.resident_media(desk.resident, "image", "a.jpg", b"0" * (2 * 2**20 + 1))
    peer.callbacks.resident_media(desk.resident, "file", "合同.pdf", b"123456")
    large, small = desk.sync()["msg_list"][1:]
    assert large["msgtype"] == "text"
    assert desk.probe.get("media/get", media_id=small["file"]["media_id"]).content == b"123456"


# 9.5


def test_five_messages_per_resident_message(peer: WeComPeer, desk: Desk) -> None:
    assert [desk.say() for _ in range(6)] == [0] * 5 + [95001]
    peer.callbacks.resident_text(desk.resident, "继续")
    assert desk.say() == 0
    assert len(peer.sent_to(desk.resident)) == 6
    assert peer.violations == []


def test_48_hours_after_the_last_message(peer: WeComPeer, desk: Desk) -> None:
    peer.clock.advance(48 * 3600 - 1)
    assert desk.say() == 0
    peer.clock.advance(1)
    assert desk.say() == 95002
    assert desk.move(1)["errcode"] == 95031
    peer.rules.over_window = 95018
    assert desk.say() == 95018
    peer.callbacks.resident_text(desk.resident, "又来了")
    assert (desk.state()[0], desk.say()) == (0, 0)


def test_msgid_is_unique_per_account_and_well_formed(peer: WeComPeer, desk: Desk) -> None:
    assert [desk.say(msgid="out-1"), desk.say(msgid="out-1")] == [0, 95033]
    other = peer.state.add_kf_account(peer.corp, "second")
    peer.callbacks.resident_text(desk.resident, "好", account=other)
    assert desk.say(msgid="out-1", open_kfid=other.open_kfid) == 0
    assert peer.violations == []
    assert [desk.say(msgid=bad) for bad in ("", "a" * 33, "中文")] == [40058] * 3
    assert {found.where for found in peer.violations} == {"msgid"}


def test_long_text_is_cut_on_a_character_and_noted(peer: WeComPeer, desk: Desk) -> None:
    assert desk.say("字" * 682 + "ab") == 0
    assert peer.violations == []
    assert desk.say("字" * 683) == 0
    assert peer.sent_to(desk.resident)[-1]["text"]["content"] == "字" * 682
    assert peer.violations[0].where == "text.content"
    assert desk.say("") == 44004


def test_failure_comes_late_as_an_event(peer: WeComPeer, desk: Desk) -> None:
    desk.say(msgid="out-1")
    peer.callbacks.send_fails("out-1", fail_type=10)
    assert desk.events() == [
        {
            "event_type": "msg_send_fail",
            "external_userid": desk.resident,
            "fail_msgid": "out-1",
            "fail_type": 10,
            "open_kfid": desk.open_kfid,
        }
    ]
    assert peer.sent_to(desk.resident)[0]["fail_type"] == 10
    with pytest.raises(ValueError, match="no message"):
        peer.callbacks.send_fails("out-2")


def test_messages_of_the_api_are_absent_from_sync(desk: Desk) -> None:
    desk.say("我们的回答")
    assert [item["text"]["content"] for item in desk.sync()["msg_list"]] == ["你好"]


def test_menu_limits(peer: WeComPeer, desk: Desk) -> None:
    def menu(*items: dict[str, Any], **more: str) -> int:
        body = {"touser": desk.resident, "open_kfid": desk.open_kfid, "msgtype": "msgmenu"}
        return int(desk.probe.post("kf/send_msg", **body, msgmenu={"list": list(items), **more})["errcode"])

    def click(number: int) -> dict[str, Any]:
        return {"type": "click", "click": {"id": f"c{number}", "content": "选项"}}

    line = {"type": "text", "text": {"content": "说明", "no_newline": 1}}
    ten = [click(number) for number in range(10)]
    assert menu(*ten, *[line] * 40, head_content="请选择", tail_content="回复数字") == 0
    assert peer.violations == []
    assert menu(*ten, click(10)) == 95008
    assert menu(*ten, *[line] * 41) == 95008
    assert menu({"type": "button", "button": {}}) == 95009
    assert menu({"type": "click", "click": {"id": "工资", "content": "选项"}}) == 40058
    assert menu({"type": "click", "click": {"id": "a", "content": "字" * 43}}) == 40058
    assert menu(click(1), head_content="字" * 342) == 40058
    assert menu() == 44004
    assert len(peer.violations) == 7
    assert menu(click(1), click(1)) == 0
    assert "one id" in peer.violations[-1].problem


def test_other_bodies(peer: WeComPeer, desk: Desk) -> None:
    def send(msgtype: str, **content: Any) -> int:
        body = {"touser": desk.resident, "open_kfid": desk.open_kfid, "msgtype": msgtype, msgtype: content}
        return int(desk.probe.post("kf/send_msg", **body)["errcode"])

    image = desk.probe.upload("image", "a.jpg", b"\xff\xd8\xff000")["media_id"]
    assert send("image", media_id=image) == 0
    assert send("link", title="法律援助指南", url="https://example.org", thumb_media_id=image) == 0
    assert send("location", name="司法局", address="人民路1号", latitude=30.1, longitude=120.2) == 0
    assert peer.violations == []
    assert send("file", media_id=image) == 40007
    assert send("link", title="无图", url="https://example.org") == 40007
    assert send("miniprogram", appid="wx1", thumb_media_id=image, pagepath="pages/index") == 40058
    assert send("markdown", content="**x**") == 40008
    assert desk.say(touser="wm-nobody") == 40096
