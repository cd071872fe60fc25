"""The WeCom peer's sessions, servicers and one-shot codes held against its reference (wecom.md 9.6)."""

from collections.abc import Iterator

import pytest

from tests.peers.wecom import Bell, Rules, VirtualClock, WeComPeer, new_external_userid
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
    with pytest.raises(ValueError, match="does not serve"):
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
    peer.callbacks.servicer_recalls("LiSi", desk.resident, arrived.msgid)
    kinds = ["user_recall_msg", "brand_new_event", "servicer_recall_msg"]
    assert [event["event_type"] for event in desk.events()] == kinds
    assert [event.get("recall_msgid") for event in desk.events()] == [arrived.msgid, None, arrived.msgid]
    assert [event.get("servicer_userid") for event in desk.events()] == [None, None, "LiSi"]
