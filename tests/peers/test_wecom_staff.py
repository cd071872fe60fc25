"""The WeCom peer's app messages and cards held against their reference (wecom.md 9.7)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.peers.wecom import VirtualClock, WeComPeer
from tests.peers.wecom.probe import Probe


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer(VirtualClock(ticking=False)) as running:
        yield running


@pytest.fixture
def probe(peer: WeComPeer) -> Iterator[Probe]:
    client = Probe(peer.base_url, peer.app)
    yield client
    client.close()


def send(probe: Probe, peer: WeComPeer, touser: str = "ZhangSan", **more: Any) -> dict[str, Any]:
    body = {"touser": touser, "msgtype": "text", "agentid": peer.app.agentid, "text": {"content": "新咨询"}}
    return probe.post("message/send", **{**body, **more})


def card(task_id: str = "case-1", **more: Any) -> dict[str, Any]:
    return {
        "card_type": "button_interaction",
        "main_title": {"title": "新的转人工请求"},
        "task_id": task_id,
        "button_list": [{"text": "接单", "style": 1, "key": "claim"}, {"text": "忽略", "style": 2, "key": "skip"}],
        **more,
    }


def send_card(probe: Probe, peer: WeComPeer, body: dict[str, Any], touser: str = "ZhangSan") -> dict[str, Any]:
    order = {"touser": touser, "msgtype": "template_card", "agentid": peer.app.agentid, "template_card": body}
    return probe.post("message/send", **order)


def test_bad_ids_come_back_lower_cased_and_only_when_there_are_any(peer: WeComPeer, probe: Probe) -> None:
    assert "invaliduser" not in send(probe, peer, "zhangsan|ZhangSan")
    reply = send(probe, peer, "ZhangSan|NoBody|GoneAway", toparty="99")
    assert (reply["errcode"], reply["invaliduser"], reply["invalidparty"]) == (0, "nobody|goneaway", "99")
    assert send(probe, peer, "NoBody")["errcode"] == 81013
    assert [message["text"]["content"] for message in peer.app_sent_to("ZhangSan")] == ["新咨询"] * 2
    assert peer.violations == []
    assert send(probe, peer, "")["errcode"] == 82001
    assert send(probe, peer, "|".join(f"u{number}" for number in range(1001)))["errcode"] == 40032


def test_everybody_departments_and_the_visible_range(peer: WeComPeer, probe: Probe) -> None:
    peer.corp.departments["3"] = {"lisi", "wangwu"}
    peer.app.visible = {"zhangsan", "lisi"}
    assert send(probe, peer, "@all")["errcode"] == 0
    assert send(probe, peer, "", toparty="3")["errcode"] == 0
    assert send(probe, peer, "WangWu")["errcode"] == 81013
    assert [len(peer.app_sent_to(userid)) for userid in ("ZhangSan", "LiSi", "WangWu")] == [1, 2, 0]


def test_surplus_over_30_a_minute_vanishes_silently(peer: WeComPeer, probe: Probe) -> None:
    errcodes = {send(probe, peer, text={"content": str(number)})["errcode"] for number in range(32)}
    assert errcodes == {0}
    assert len(peer.app_sent_to("ZhangSan")) == 30
    assert peer.dropped_for("ZhangSan") == ["rate", "rate"]
    peer.clock.advance(60)
    send(probe, peer)
    assert len(peer.app_sent_to("ZhangSan")) == 31


def test_daily_cap_of_person_sends(peer: WeComPeer, probe: Probe) -> None:
    peer.rules.sends_per_account, peer.corp.account_cap = 1, 2
    assert [send(probe, peer)["errcode"] for _ in range(3)] == [0, 0, 45009]


def test_identical_json_is_not_delivered_twice(peer: WeComPeer, probe: Probe) -> None:
    check: dict[str, Any] = {"enable_duplicate_check": 1, "duplicate_check_interval": 600}
    assert [send(probe, peer, **check)["errcode"] for _ in range(2)] == [0, 0]
    assert (len(peer.app_sent_to("ZhangSan")), peer.dropped_for("ZhangSan")) == (1, ["duplicate"])
    send(probe, peer, **check, text={"content": "另一条"})
    peer.clock.advance(600)
    send(probe, peer, **check)
    assert len(peer.app_sent_to("ZhangSan")) == 3
    assert peer.violations == []
    send(probe, peer, enable_duplicate_check=1, duplicate_check_interval=14401)
    assert peer.violations[0].where == "duplicate_check_interval"


def test_bodies_and_their_limits(peer: WeComPeer, probe: Probe) -> None:
    good = {"title": "提醒", "description": '<div class="gray">今日</div>', "url": "https://example.org/case/1"}
    assert send(probe, peer, msgtype="textcard", textcard=good)["errcode"] == 0
    send(probe, peer, text={"content": "字" * 683})
    assert peer.app_sent_to("ZhangSan")[-1]["text"]["content"] == "字" * 682
    assert ("text.content", "2049 over 2048 bytes") in {(found.where, found.problem) for found in peer.violations}
    assert send(probe, peer, msgtype="textcard", textcard={**good, "title": ""})["errcode"] == 41016
    assert send(probe, peer, msgtype="textcard", textcard={**good, "url": ""})["errcode"] == 41010
    articles = [{"title": "普法", "url": "https://example.org"}] * 9
    assert send(probe, peer, msgtype="news", news={"articles": articles})["errcode"] == 45008
    assert send(probe, peer, msgtype="file", file={"media_id": "none"})["errcode"] == 40007
    assert send(probe, peer, msgtype="poem", poem={})["errcode"] == 40008
    assert send(probe, peer, text={"content": ""})["errcode"] == 44004
    assert send(probe, peer, agentid=str(peer.app.agentid))["errcode"] == 0
    assert "string" in peer.violations[-1].problem


def test_recall_within_a_day(peer: WeComPeer, probe: Probe) -> None:
    msgid = send(probe, peer)["msgid"]
    assert probe.post("message/recall", msgid=msgid)["errcode"] == 0
    assert peer.app_sent_to("ZhangSan")[0]["recalled"] is True
    peer.clock.advance(86400)
    probe.token = ""
    assert probe.post("message/recall", msgid=msgid)["errcode"] == 42052


def test_card_code_works_once_and_for_72_hours(peer: WeComPeer, probe: Probe) -> None:
    reply = send_card(probe, peer, card(), "ZhangSan|LiSi")
    order = {"agentid": peer.app.agentid, "response_code": reply["response_code"], "userids": ["zhangsan", "WangWu"]}
    update = probe.post("message/update_template_card", **order, button={"replace_name": "已处理"})
    assert (update["errcode"], update["invaliduser"]) == (0, ["wangwu"])
    assert peer.app_sent_to("ZhangSan")[0]["card"]["replaced"] == "已处理"
    assert peer.app_sent_to("LiSi")[0]["card"]["replaced"] is None
    again = probe.post("message/update_template_card", **order, button={"replace_name": "已处理"})
    assert again["errcode"] == 60140
    late = send_card(probe, peer, card("case-2"))["response_code"]
    peer.clock.advance(72 * 3600)
    probe.token = ""
    order = {"agentid": peer.app.agentid, "response_code": late, "atall": 1}
    assert probe.post("message/update_template_card", **order, button={"replace_name": "x"})["errcode"] == 60140
    assert peer.violations == []


def test_update_may_bring_another_card(peer: WeComPeer, probe: Probe) -> None:
    code = send_card(probe, peer, card())["response_code"]
    new = card(main_title={"title": "已由李四接单"}, replace_text="已接单")
    order = {"agentid": peer.app.agentid, "response_code": code, "atall": 1}
    assert probe.post("message/update_template_card", **order)["errcode"] == 40058
    assert probe.post("message/update_template_card", **order, template_card=new)["errcode"] == 0
    shown = peer.app_sent_to("ZhangSan")[0]["card"]
    assert (shown["card"]["main_title"]["title"], shown["replaced"]) == ("已由李四接单", "已接单")


def test_cards_without_buttons_give_no_code(peer: WeComPeer, probe: Probe) -> None:
    notice = {
        "card_type": "text_notice",
        "sub_title_text": "本周值班表",
        "card_action": {"type": 1, "url": "https://example.org"},
    }
    assert "response_code" not in send_card(probe, peer, notice)
    menu = {"desc": "更多", "action_list": [{"text": "不再提醒", "key": "mute"}]}
    with_menu = send_card(probe, peer, {**notice, "action_menu": menu, "task_id": "t"})
    assert (with_menu["errcode"], "response_code" in with_menu) == (0, False)
    assert peer.violations == []
    peer.app.callback_set = False
    assert send_card(probe, peer, card())["errcode"] == 43012


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"card_type": "poster"}, 42031),
        ({"task_id": "案件1"}, 42014),
        ({"button_list": []}, 42035),
        ({"button_list": [{"text": "x", "key": "k"}] * 7}, 42035),
        ({"button_list": [{"text": "", "key": "k"}]}, 42038),
        ({"button_list": [{"text": "x"}]}, 42039),
        ({"main_title": {}}, 41016),
        ({"card_action": {"type": 1}}, 42045),
        ({"horizontal_content_list": [{"keyname": "编号"}] * 7}, 42035),
        ({"colour": "red"}, 0),
        ({"main_title": {"title": "字" * 37}}, 0),
        ({"button_list": [{"text": "字" * 11, "key": "k"}]}, 0),
        ({"horizontal_content_list": [{"keyname": "六个字的名称", "value": "1"}]}, 0),
        ({"sub_title_text": "字" * 161}, 0),
    ],
)
def test_bad_cards(peer: WeComPeer, probe: Probe, change: dict[str, Any], errcode: int) -> None:
    assert send_card(probe, peer, {**card(), **change})["errcode"] == errcode
    assert len(peer.violations) == 1


def test_task_id_is_unique_per_app(peer: WeComPeer, probe: Probe) -> None:
    assert [send_card(probe, peer, card())["errcode"] for _ in range(2)] == [0, 42014]


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("vote_interaction", {"checkbox": {"question_key": "q", "option_list": [{"id": "a", "text": "甲"}]}}),
        ("multiple_interaction", {"select_list": [{"question_key": "q", "option_list": [{"id": "a", "text": "甲"}]}]}),
    ],
)
def test_cards_of_choice(peer: WeComPeer, probe: Probe, kind: str, parts: dict[str, Any]) -> None:
    body = {"card_type": kind, "main_title": {"title": "回访"}, "task_id": "t", **parts}
    assert send_card(probe, peer, body)["errcode"] == 40063
    peer.clear_violations()
    assert "response_code" in send_card(probe, peer, {**body, "submit_button": {"text": "提交", "key": "ok"}})
    assert peer.violations == []
