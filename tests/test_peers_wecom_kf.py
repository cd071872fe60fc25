"""The WeCom peer's customer service held against its reference (wecom.md 9.4, 9.5, 9.6)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.peers.wecom import Bell, Rules, VirtualClock, WeComPeer, new_external_userid
from tests.peers.wecom.probe import Probe, greet

MENU_ITEM = {"type": "click", "click": {"id": "wages", "content": "劳动报酬"}}


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer(VirtualClock(ticking=False), Rules(tokenless_per_minute=100)) as running:
        yield running


@pytest.fixture
def probe(peer: WeComPeer) -> Iterator[Probe]:
    client = Probe(peer.base_url, peer.app)
    yield client
    client.close()


class Desk:
    """The calls of these tests, about one resident."""

    def __init__(self, peer: WeComPeer, probe: Probe, resident: str) -> None:
        self.peer, self.probe, self.resident = peer, probe, resident
        self.open_kfid = peer.kf.open_kfid

    def say(self, content: str = "好", **more: Any) -> int:
        body = {"touser": self.resident, "open_kfid": self.open_kfid, "msgtype": "text", "text": {"content": content}}
        return int(self.probe.post("kf/send_msg", **{**body, **more})["errcode"])

    def move(self, to: int, **more: str) -> dict[str, Any]:
        body = {"open_kfid": self.open_kfid, "external_userid": self.resident, "service_state": to, **more}
        return self.probe.post("kf/service_state/trans", **body)

    def state(self) -> tuple[int, str | None]:
        body = {"open_kfid": self.open_kfid, "external_userid": self.resident}
        reply = self.probe.post("kf/service_state/get", **body)
        return reply["service_state"], reply.get("servicer_userid")

    def sync(self, **more: Any) -> dict[str, Any]:
        return self.probe.post("kf/sync_msg", **{"open_kfid": self.open_kfid, **more})

    def events(self) -> list[dict[str, Any]]:
        return [item["event"] for item in self.sync()["msg_list"] if item["msgtype"] == "event"]

    def use(self, code: str, msgtype: str = "text", **more: Any) -> int:
        body = {"text": {"content": "好"}} if msgtype == "text" else {"msgmenu": {"list": [MENU_ITEM]}}
        return int(
            self.probe.post("kf/send_msg_on_event", **{"code": code, "msgtype": msgtype, **body, **more})["errcode"]
        )


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
    assert desk.say() == 42001
    desk.probe.token = ""
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


# 9.6


def test_transitions_by_api(peer: WeComPeer, desk: Desk) -> None:
    assert desk.state() == (0, None)
    assert "msg_code" not in desk.move(1)
    assert (desk.state()[0], desk.say()) == (1, 0)
    assert desk.move(0)["errcode"] == 95016
    assert desk.move(2)["msg_code"]
    assert (desk.say(), desk.move(1)["errcode"]) == (95018, 95016)
    assert desk.move(3)["errcode"] == 40063
    assert desk.move(3, servicer_userid="ZhangSan")["msg_code"]
    assert desk.state() == (3, "ZhangSan")
    assert "msg_code" not in desk.move(3, servicer_userid="LiSi")
    assert desk.move(1)["errcode"] == 95016
    assert desk.move(4)["msg_code"]
    assert (desk.state(), desk.say(), desk.move(1)["errcode"]) == ((4, None), 95018, 95013)
    peer.callbacks.resident_text(desk.resident, "还有问题")
    assert desk.state() == (0, None)
    # Moves by API raise no event (wecom.md 6.2).
    assert desk.events() == []


def test_unconfirmed_edge_is_a_switch(peer: WeComPeer, desk: Desk) -> None:
    peer.rules.unconfirmed_transitions = False
    assert desk.move(4)["errcode"] == 95016
    peer.rules.unconfirmed_transitions = True
    assert desk.move(4)["errcode"] == 0


def test_servicer_must_serve_be_active_visible_and_on_duty(peer: WeComPeer, desk: Desk) -> None:
    assert desk.move(3, servicer_userid="WangWu")["errcode"] == 95014
    peer.callbacks.servicer_duty("LiSi", on=False, paused=True)
    assert desk.move(3, servicer_userid="LiSi")["errcode"] == 95019
    peer.kf.departments.append(7)
    rows = desk.probe.get("kf/servicer/list", open_kfid=desk.open_kfid).json()["servicer_list"]
    assert rows == [
        {"userid": "ZhangSan", "status": 0},
        {"userid": "LiSi", "status": 1, "stop_type": 1},
        {"department_id": 7},
    ]
    assert [(event["status"], event["stop_type"]) for event in desk.events()] == [(2, 1)]
    peer.app.visible = {"lisi"}
    assert desk.move(3, servicer_userid="ZhangSan")["errcode"] == 60030
    peer.app.visible = None
    peer.corp.members["zhangsan"].activated = False
    assert desk.move(3, servicer_userid="ZhangSan")["errcode"] == 95014


def test_servicers_in_the_client_raise_events_and_messages(peer: WeComPeer, desk: Desk) -> None:
    desk.move(2)
    with pytest.raises(ValueError, match="ENDED in state 2|does not serve"):
        peer.callbacks.servicer_ends("ZhangSan", desk.resident)
    peer.callbacks.servicer_takes("ZhangSan", desk.resident)
    peer.callbacks.servicer_says("ZhangSan", desk.resident, "您好，我是值班律师")
    peer.callbacks.servicer_transfers(desk.resident, "LiSi")
    peer.callbacks.servicer_ends("LiSi", desk.resident)
    peer.callbacks.servicer_says("LiSi", desk.resident, "补充一句")
    items = desk.sync()["msg_list"]
    spoken = [item for item in items if item["origin"] == 5]
    assert [item["servicer_userid"] for item in spoken] == ["ZhangSan", "LiSi"]
    events = [item["event"] for item in items if item["msgtype"] == "event"]
    assert [event["change_type"] for event in events] == [1, 2, 3, 4]
    assert ["msg_code" in event for event in events] == [True, False, True, False]
    assert ["old_servicer_userid" in event for event in events] == [False, True, True, True]
    assert [event.get("new_servicer_userid") for event in events] == ["ZhangSan", "LiSi", None, "LiSi"]
    assert all("external_userid" not in item for item in items if item["msgtype"] == "event")
    assert desk.state() == (3, "LiSi")


def test_welcome_code_is_for_20_seconds_and_once(peer: WeComPeer, probe: Probe) -> None:
    resident = new_external_userid()
    desk = Desk(peer, probe, resident)
    peer.callbacks.enter_session(resident, scene="qr01", scene_param="town=3")
    event = desk.events()[0]
    assert (event["scene"], event["scene_param"], desk.state()[0]) == ("qr01", "town=3", 4)
    assert desk.use(event["welcome_code"], "msgmenu") == 0
    assert desk.use(event["welcome_code"]) == 95007
    peer.callbacks.enter_session(resident)
    assert "welcome_code" not in desk.events()[-1]
    late = Desk(peer, probe, new_external_userid())
    peer.callbacks.enter_session(late.resident)
    peer.clock.advance(20)
    assert late.use(late.events()[-1]["welcome_code"]) == 95007
    peer.callbacks.resident_text(late.resident, "你好")
    peer.callbacks.enter_session(late.resident)
    assert "welcome_code" not in late.events()[-1]
    assert [message["via"] for message in peer.sent_to(resident)] == ["send_msg_on_event"]


def test_codes_are_bound_to_state_type_and_time(peer: WeComPeer, desk: Desk) -> None:
    pool = desk.move(2)["msg_code"]
    assert desk.use(pool, "msgmenu") == 40008
    human = desk.move(3, servicer_userid="ZhangSan")["msg_code"]
    assert desk.use(pool) == 95018
    assert desk.use(human, msgid="e1") == 0
    ended = desk.move(4)["msg_code"]
    assert desk.use(ended, "msgmenu", msgid="e1") == 95033
    assert desk.use(ended, "msgmenu", msgid="e2") == 0
    assert desk.use("made-up") == 95007
    peer.callbacks.resident_text(desk.resident, "再问")
    late = desk.move(4)["msg_code"]
    peer.clock.advance(20)
    assert desk.use(late) == 95007


def test_code_messages_do_not_spend_the_budget(peer: WeComPeer, desk: Desk) -> None:
    peer.clock.advance(48 * 3600)
    desk.probe.token = ""
    peer.callbacks.enter_session(desk.resident)
    code = desk.events()[-1]["welcome_code"]
    peer.callbacks.resident_text(desk.resident, "你好")
    assert desk.use(code) == 0
    assert [desk.say() for _ in range(6)] == [0] * 5 + [95001]


def test_accounts_links_and_customers(peer: WeComPeer, desk: Desk) -> None:
    second = peer.state.add_kf_account(peer.corp, "second")
    hidden = peer.state.add_kf_account(peer.corp, "hidden")
    hidden.api_managed = False
    page = desk.probe.post("kf/account/list", offset=1, limit=1)["account_list"]
    assert [row["open_kfid"] for row in page] == [second.open_kfid]
    assert len(desk.probe.get("kf/account/list").json()["account_list"]) == 2
    url = desk.probe.post("kf/add_contact_way", open_kfid=desk.open_kfid, scene="town_3")["url"]
    assert "?enc_scene=" in url
    assert desk.probe.post("kf/add_contact_way", open_kfid=desk.open_kfid, scene="乡镇")["errcode"] == 40058
    ids = [desk.resident, "wm-stranger"]
    reply = desk.probe.post("kf/customer/batchget", external_userid_list=ids, need_enter_session_context=1)
    assert [row["external_userid"] for row in reply["customer_list"]] == [desk.resident]
    assert reply["invalid_external_userid"] == ["wm-stranger"]
    assert "enter_session_context" in reply["customer_list"][0]


def test_recalled_messages_and_unknown_events_stand_in_the_log(peer: WeComPeer, desk: Desk) -> None:
    arrived = peer.callbacks.resident_text(desk.resident, "写错了", bell=Bell.LOST)
    peer.callbacks.resident_recalls(desk.resident, arrived.msgid)
    peer.callbacks.kf_event("brand_new_event", {"external_userid": desk.resident})
    assert [event["event_type"] for event in desk.events()] == ["user_recall_msg", "brand_new_event"]
    assert desk.events()[0]["recall_msgid"] == arrived.msgid
