"""What members and residents do at the WeCom peer, as callbacks (wecom.md 3, 6.1, 9.7)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from tests.peers.wecom import Bell, VirtualClock, WeComPeer, new_external_userid
from tests.peers.wecom.probe import Probe, Received, Receiver
from tests.peers.wecom_tools import opened, passive, reply_with


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer(VirtualClock(ticking=False)) as running:
        yield running


@pytest.fixture
def receiver(peer: WeComPeer) -> Iterator[Receiver]:
    with Receiver() as listening:
        peer.callbacks.target = listening.url
        yield listening


@pytest.fixture
def wechatpy(peer: WeComPeer) -> WeChatCrypto:
    return WeChatCrypto(peer.app.callback_token, peer.app.aes_key, peer.corp.corpid)


# 3: events


def test_events_and_places(peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto) -> None:
    peer.callbacks.member_event("ZhangSan", "enter_agent")
    peer.callbacks.member_event("ZhangSan", "click", "MENU_TODO")
    peer.callbacks.member_event("ZhangSan", "LOCATION", extra=[("Latitude", 30.1), ("Longitude", 120.2)])
    peer.callbacks.member_location("ZhangSan", 30.1, 120.2, "司法所")
    peer.callbacks.system_event("kf_account_auth_change", [("AuthAddOpenKfId", "wk1"), ("AuthAddOpenKfId", "wk2")])
    events = [opened(wechatpy, received) for received in receiver.received]
    assert [event.get("Event") for event in events] == [
        "enter_agent",
        "click",
        "LOCATION",
        None,
        "kf_account_auth_change",
    ]
    assert all("MsgId" not in event for event in events if event["MsgType"] == "event")
    assert (events[1]["EventKey"], events[2]["Latitude"], events[3]["Location_X"]) == ("MENU_TODO", "30.1", "30.1")
    assert events[4]["FromUserName"] == "sys"


# 6.1: bells


def test_bell_has_no_content_and_no_member(peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto) -> None:
    arrived = peer.callbacks.resident_text(new_external_userid(), "你好")
    assert arrived.bells[0].accepted
    bell = opened(wechatpy, receiver.received[0])
    assert set(bell) == {"ToUserName", "CreateTime", "MsgType", "Event", "Token", "OpenKfId"}
    assert (bell["Event"], bell["OpenKfId"], len(bell["Token"])) == ("kf_msg_or_event", peer.kf.open_kfid, 47)
    assert b"AgentID" not in receiver.received[0].body


def test_servicers_ring_and_api_moves_do_not(peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto) -> None:
    resident, probe = new_external_userid(), Probe(peer.base_url, peer.app)
    peer.callbacks.resident_text(resident, "转人工", bell=Bell.LOST)
    order = {"open_kfid": peer.kf.open_kfid, "external_userid": resident, "service_state": 2}
    assert probe.post("kf/service_state/trans", **order)["errcode"] == 0
    probe.close()
    assert receiver.received == []
    peer.callbacks.servicer_takes("ZhangSan", resident)
    peer.callbacks.servicer_says("ZhangSan", resident, "您好")
    peer.callbacks.servicer_ends("ZhangSan", resident)
    assert [opened(wechatpy, received)["Event"] for received in receiver.received] == ["kf_msg_or_event"] * 3


def test_bells_come_twice_repeated_late_backwards_or_never(
    peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto
) -> None:
    resident, sender = new_external_userid(), peer.callbacks

    def tokens() -> list[str]:
        found = [opened(wechatpy, received)["Token"] for received in receiver.received]
        receiver.received.clear()
        return found

    sender.resident_text(resident, "一", bell=Bell.TWICE)
    assert len(set(tokens())) == 2
    sender.resident_text(resident, "二", bell=Bell.REPEATED)
    repeated = tokens()
    assert (len(repeated), len(set(repeated))) == (2, 1)
    sender.resident_text(resident, "三", bell=Bell.LOST)
    sender.resident_text(resident, "四", bell=Bell.HELD)
    peer.clock.advance(1)
    sender.resident_text(resident, "五", bell=Bell.HELD)
    assert tokens() == []
    sender.release_bells(backwards=True)
    times = [int(opened(wechatpy, received)["CreateTime"]) for received in receiver.received]
    assert times[0] == times[1] + 1
    assert sender.release_bells() == []
    assert len(peer.kf.log) == 5


def test_bell_token_opens_the_log_and_calls_may_come_inside_the_callback(
    peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto
) -> None:
    probe, pages = Probe(peer.base_url, peer.app), []

    def pull(received: Received) -> bytes:
        bell = opened(wechatpy, received)
        pages.append(probe.post("kf/sync_msg", open_kfid=bell["OpenKfId"], token=bell["Token"]))
        return b"success"

    receiver.respond = pull
    resident = new_external_userid()
    peer.callbacks.resident_text(resident, "你好")
    probe.close()
    assert pages[0]["msg_list"][0]["external_userid"] == resident
    assert peer.violations == []


# 9.7: card clicks


def claim_card(peer: WeComPeer, probe: Probe) -> tuple[str, str]:
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": "新的转人工请求"},
        "task_id": "case-1",
        "button_list": [{"text": "接单", "key": "claim"}],
        "action_menu": {"desc": "更多", "action_list": [{"text": "静音", "key": "mute"}]},
    }
    order = {"touser": "ZhangSan|LiSi", "msgtype": "template_card", "agentid": peer.app.agentid}
    reply = probe.post("message/send", **order, template_card=card)
    return reply["msgid"], reply["response_code"]


def shown(peer: WeComPeer, userid: str) -> Any:
    return peer.app_sent_to(userid)[0]["card"]["replaced"]


def test_click_brings_its_own_code_and_passive_update_changes_only_the_clickers_card(
    peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto
) -> None:
    probe = Probe(peer.base_url, peer.app)
    msgid, sent_code = claim_card(peer, probe)
    body = "<MsgType>update_button</MsgType><Button><ReplaceName>已接单</ReplaceName></Button>"
    receiver.respond = reply_with(wechatpy, passive(peer, body))
    click = peer.callbacks.click_button("ZhangSan", msgid, "claim")
    assert click.delivery.problem is None
    event = opened(wechatpy, receiver.received[0])
    assert (event["Event"], event["EventKey"], event["TaskId"]) == ("template_card_event", "claim", "case-1")
    assert event["ResponseCode"] == click.response_code != sent_code
    assert (shown(peer, "ZhangSan"), shown(peer, "LiSi")) == ("已接单", None)
    with pytest.raises(ValueError, match="grey"):
        peer.callbacks.click_button("ZhangSan", msgid, "claim")
    order = {"agentid": peer.app.agentid, "atall": 1, "button": {"replace_name": "张三已接单"}}
    for code, errcodes in ((click.response_code, [0, 60140]), (sent_code, [0, 60140])):
        results = [probe.post("message/update_template_card", **order, response_code=code) for _ in range(2)]
        assert [result["errcode"] for result in results] == errcodes
    assert shown(peer, "LiSi") == "张三已接单"
    probe.close()
    assert peer.violations == []


def test_menu_click_and_passive_card(peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto) -> None:
    probe = Probe(peer.base_url, peer.app)
    msgid, _ = claim_card(peer, probe)
    probe.close()
    body = (
        "<MsgType>update_template_card</MsgType><TemplateCard><CardType>button_interaction</CardType>"
        "<ReplaceText>已静音</ReplaceText></TemplateCard>"
    )
    receiver.respond = reply_with(wechatpy, passive(peer, body, to="LiSi"))
    peer.callbacks.click_button("LiSi", msgid, "mute", menu=True)
    assert opened(wechatpy, receiver.received[0])["Event"] == "template_card_menu_event"
    assert (shown(peer, "LiSi"), shown(peer, "ZhangSan")) == ("已静音", None)
    with pytest.raises(ValueError, match="no key"):
        peer.callbacks.click_button("ZhangSan", msgid, "nonsense")
    with pytest.raises(ValueError, match="has no card"):
        peer.callbacks.click_button("WangWu", msgid, "claim")


def test_chosen_options_travel_with_the_click(peer: WeComPeer, receiver: Receiver) -> None:
    probe = Probe(peer.base_url, peer.app)
    msgid, _ = claim_card(peer, probe)
    probe.close()
    click = peer.callbacks.click_button("ZhangSan", msgid, "claim", selected={"grade": ["good", "quick"]})
    assert re.findall(r"<OptionId><!\[CDATA\[(\w+)", click.delivery.plaintext) == ["good", "quick"]
