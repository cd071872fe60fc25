"""The WeCom peer held against its reference: clock, tokens, strictness (wecom.md 9.1, 9.2, 9.11)."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests

from tests.peers.wecom import Rules, VirtualClock, WeComPeer
from tests.peers.wecom.probe import Probe


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer(VirtualClock(ticking=False), Rules(wrong_secret_limit=3)) as running:
        yield running


@pytest.fixture
def probe(peer: WeComPeer) -> Iterator[Probe]:
    client = Probe(peer.base_url, peer.app)
    yield client
    client.close()


def text_to(userid: str, peer: WeComPeer, content: str = "您有新的咨询") -> dict[str, Any]:
    return {"touser": userid, "msgtype": "text", "agentid": peer.app.agentid, "text": {"content": content}}


def test_clock_moves_only_as_told() -> None:
    clock = VirtualClock(1000.0, ticking=False)
    assert clock.advance(48 * 3600) == clock.now() == 1000.0 + 48 * 3600
    clock.set(5.0)
    assert clock.now() == 5.0
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


def test_clock_begins_at_real_time_and_ticks() -> None:
    clock = VirtualClock()
    before = clock.now()
    time.sleep(0.02)
    assert before == pytest.approx(time.time(), abs=1)
    assert before + 0.01 < clock.now() < before + 5


# 9.1


def test_token_is_the_same_while_valid_and_new_after_expiry(peer: WeComPeer, probe: Probe) -> None:
    first = probe.fetch()
    assert (first["errcode"], first["expires_in"]) == (0, 7200)
    peer.clock.advance(7000)
    again = probe.fetch()
    assert again["access_token"] == first["access_token"]
    assert again["expires_in"] == 200
    peer.clock.advance(200)
    assert probe.fetch()["access_token"] != first["access_token"]
    assert peer.token_fetches == 3
    assert peer.violations == []


def test_wrong_secret_is_refused_and_then_banned_for_an_hour(peer: WeComPeer, probe: Probe) -> None:
    assert [probe.fetch(secret="wrong")["errcode"] for _ in range(4)] == [40001, 40001, 40001, 45009]
    assert probe.fetch()["errcode"] == 45009
    peer.clock.advance(3600)
    assert probe.fetch()["errcode"] == 0
    assert probe.fetch(corpid="ww0")["errcode"] == 40013


def test_disabled_app_gets_no_token(peer: WeComPeer, probe: Probe) -> None:
    peer.app.enabled = False
    assert probe.fetch()["errcode"] == 50003


# 9.2


def test_missing_unknown_expired_and_revoked_tokens_differ(peer: WeComPeer, probe: Probe) -> None:
    url = peer.base_url + "/cgi-bin/getcallbackip"
    assert requests.get(url, timeout=5).json()["errcode"] == 41001
    assert requests.get(url, {"access_token": "x"}, timeout=5).json()["errcode"] == 40014
    assert "127.0.0.1" in probe.get("getcallbackip").json()["ip_list"]
    peer.clock.advance(7200)
    assert probe.get("getcallbackip").json()["errcode"] == 42001
    probe.token = ""
    probe.get("getcallbackip")
    peer.state.revoke_token(peer.app)
    assert probe.get("getcallbackip").json()["errcode"] == 40014
    probe.token = ""
    probe.get("getcallbackip")
    peer.state.revoke_token(peer.app, 42001)
    assert probe.get("getcallbackip").json()["errcode"] == 42001


def test_token_of_one_app_does_not_send_as_another(peer: WeComPeer, probe: Probe) -> None:
    other = peer.state.add_app(peer.corp, 1000009)
    wrong = {**text_to("ZhangSan", peer), "agentid": other.agentid}
    assert probe.post("message/send", **wrong)["errcode"] == 301002
    assert probe.post("message/send", **{**wrong, "agentid": 5})["errcode"] == 40056


def test_app_that_is_not_listed_may_not_call_customer_service(peer: WeComPeer, probe: Probe) -> None:
    peer.app.kf_allowed = False
    assert probe.post("kf/account/list")["errcode"] == 48002
    peer.app.kf_allowed = True
    peer.kf.api_managed = False
    assert probe.post("kf/sync_msg", open_kfid=peer.kf.open_kfid)["errcode"] == 48007
    assert probe.post("kf/sync_msg", open_kfid="wk0")["errcode"] == 95004


def test_oddities_of_a_client_become_violations(peer: WeComPeer, probe: Probe) -> None:
    probe.post("message/send", **text_to("ZhangSan", peer), colour="red")
    http = httpx.post(peer.base_url + "/cgi-bin/message/send", params=probe.query(), content=b"{")
    assert http.json()["errcode"] == 47001
    assert probe.get("message/send").json()["errcode"] == 43002
    assert httpx.get(peer.base_url + "/cgi-bin/nonsense").status_code == 404
    assert [(found.path, found.where) for found in peer.violations] == [
        ("message/send", "body.colour"),
        ("message/send", "body"),
        ("message/send", "method"),
        ("nonsense", "path"),
    ]
    peer.clear_violations()
    assert peer.violations == []
