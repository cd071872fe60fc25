"""The WeCom peer held against its reference: tokens, media, webhook, faults, clock (wecom.md 9.1, 9.2, 9.8-9.11)."""

import base64
import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from tests.peers.wecom import Rules, VirtualClock, WeComPeer
from tests.peers.wecom.probe import Probe, greet

JPEG = b"\xff\xd8\xff" + b"0" * 20


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


# 9.8


@pytest.mark.parametrize("data", [b'{"errcode":40058}', b"12345678", "普通文字".encode()])
def test_file_comes_back_as_it_was(peer: WeComPeer, probe: Probe, data: bytes) -> None:
    uploaded = probe.upload("file", "申请书.json", data)
    assert uploaded["created_at"] == str(int(peer.clock.now()))
    answer = probe.get("media/get", media_id=uploaded["media_id"])
    assert answer.content == data
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "filename*=UTF-8''%E7%94%B3" in answer.headers["content-disposition"]
    assert peer.state.media[uploaded["media_id"]].file_name == "申请书.json"
    assert peer.violations == []


def test_media_file_name_as_requests_sends_it(peer: WeComPeer, probe: Probe) -> None:
    url, query = peer.base_url + "/cgi-bin/media/upload", {**probe.query(), "type": "file"}
    reply = requests.post(url, params=query, files={"media": ("授权委托书.docx", b"123456")}, timeout=5).json()
    assert peer.state.media[reply["media_id"]].file_name == "授权委托书.docx"
    body = b"--B\r\nContent-Disposition: form-data; name=\"media\"; filename*=utf-8''a.txt\r\n\r\n123456\r\n--B--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=B"}
    refused = requests.post(url, params=query, data=body, headers=headers, timeout=5).json()
    assert refused["errcode"] == 41005
    assert "filename*" in peer.violations[0].problem


def test_media_ages_and_has_limits(peer: WeComPeer, probe: Probe) -> None:
    assert probe.upload("image", "a.jpg", b"GIF89a000")["errcode"] == 40005
    assert probe.upload("file", "a.txt", b"12345")["errcode"] == 40006
    assert probe.upload("voice", "a.amr", b"#!AMR" + b"0" * 2**21)["errcode"] == 40006
    assert probe.upload("sound", "a.amr", b"#!AMR0")["errcode"] == 40004
    media_id = probe.upload("image", "a.jpg", JPEG)["media_id"]
    assert probe.get("media/get", media_id=media_id).headers["content-type"] == "image/jpeg"
    peer.clock.advance(3 * 86400)
    probe.token = ""
    expired = probe.get("media/get", media_id=media_id)
    assert expired.json()["errcode"] == 40007
    assert expired.headers["content-type"].startswith("application/json")


def test_media_in_ranges(peer: WeComPeer, probe: Probe) -> None:
    peer.rules.media_get_max = 10
    media_id = probe.upload("image", "a.jpg", JPEG)["media_id"]
    assert probe.get("media/get", media_id=media_id).json()["errcode"] == 830002
    url, query = peer.base_url + "/cgi-bin/media/get", {**probe.query(), "media_id": media_id}
    part = requests.get(url, query, headers={"Range": "bytes=0-2"}, timeout=5)
    assert (part.status_code, part.content) == (206, b"\xff\xd8\xff")
    assert part.headers["content-range"] == f"bytes 0-2/{len(JPEG)}"


# 9.9


def test_webhook_sends_without_token_20_times_a_minute(peer: WeComPeer, probe: Probe) -> None:
    key, message = peer.webhook.key, {"msgtype": "text", "text": {"content": "值班提醒"}}
    assert [probe.webhook("send", key, **message)["errcode"] for _ in range(21)] == [0] * 20 + [45009]
    peer.clock.advance(60)
    assert probe.webhook("send", key, **message)["errcode"] == 0
    assert len(peer.group_sent()) == 21
    assert peer.token_fetches == 0
    assert peer.violations == []


def test_webhook_refusals(peer: WeComPeer, probe: Probe) -> None:
    key, text = peer.webhook.key, {"msgtype": "text", "text": {"content": "好"}}
    assert probe.webhook("send", "none", **text)["errcode"] == 93000
    assert probe.webhook("send", key, msgtype="text", text={"content": "字" * 683})["errcode"] == 40058
    assert probe.webhook("send", key, msgtype="text", text={"content": ""})["errcode"] == 93017
    assert probe.webhook("send", key, msgtype="textcard", textcard={})["errcode"] == 40008
    assert probe.webhook("send", key, msgtype="file", file={"media_id": "x"})["errcode"] == 40007
    card = {"card_type": "button_interaction"}
    assert probe.webhook("send", key, msgtype="template_card", template_card=card)["errcode"] == 42031
    image = {"base64": base64.b64encode(JPEG).decode(), "md5": hashlib.md5(JPEG, usedforsecurity=False).hexdigest()}
    assert probe.webhook("send", key, msgtype="image", image=image)["errcode"] == 0
    assert probe.webhook("send", key, msgtype="image", image={**image, "md5": "0"})["errcode"] == 301019
    peer.webhook.enabled = False
    assert probe.webhook("send", key, **text)["errcode"] == 93004
    peer.webhook.allowed = False
    assert probe.webhook("send", key, **text)["errcode"] == 93001


def test_webhook_media_is_for_that_webhook_only(peer: WeComPeer, probe: Probe) -> None:
    url, key = peer.base_url + "/cgi-bin/webhook/upload_media", peer.webhook.key
    files = {"media": ("日报.xlsx", b"123456")}
    media_id = httpx.post(url, params={"key": key, "type": "file"}, files=files).json()["media_id"]
    assert probe.webhook("send", key, msgtype="file", file={"media_id": media_id})["errcode"] == 0
    other = peer.state.add_webhook()
    assert probe.webhook("send", other.key, msgtype="file", file={"media_id": media_id})["errcode"] == 40007
    assert probe.get("media/get", media_id=media_id).json()["errcode"] == 40007


# 9.10


def test_errcodes_on_demand(peer: WeComPeer, probe: Probe) -> None:
    resident = greet(peer)
    order = {"touser": resident, "open_kfid": peer.kf.open_kfid, "msgtype": "text", "text": {"content": "好"}}
    peer.faults.errcode("kf/send_msg", -1)
    peer.faults.errcode("kf/send_msg", 45033, times=2)
    peer.faults.errcode("*", 45009)
    assert probe.fetch()["errcode"] == 45009
    assert [probe.post("kf/send_msg", **order)["errcode"] for _ in range(4)] == [-1, 45033, 45033, 0]
    assert peer.faults.waiting == 0
    peer.faults.errcode("kf/send_msg", -1, after_work=True)
    before = len(peer.sent_to(resident))
    assert probe.post("kf/send_msg", **order)["errcode"] == -1
    assert len(peer.sent_to(resident)) == before + 1


def test_bad_gateway_and_untrusted_address(peer: WeComPeer, probe: Probe) -> None:
    probe.query()
    peer.faults.errcode("getcallbackip", 60020)
    assert "from ip: 127.0.0.1" in probe.get("getcallbackip").json()["errmsg"]
    peer.faults.status("getcallbackip", 502)
    answer = probe.get("getcallbackip")
    assert (answer.status_code, answer.text[:6]) == (502, "<html>")
    assert probe.get("getcallbackip").json()["errcode"] == 0
    assert [call.errcode for call in peer.calls("getcallbackip")] == [60020, None, 0]


def test_slow_body(peer: WeComPeer, probe: Probe) -> None:
    probe.query()
    peer.faults.slow("getcallbackip", 0.3, times=2)
    start = time.monotonic()
    assert probe.get("getcallbackip").json()["errcode"] == 0
    assert time.monotonic() - start >= 0.3
    url = peer.base_url + "/cgi-bin/getcallbackip"
    with pytest.raises(requests.exceptions.ConnectionError, match="timed out"):
        requests.get(url, probe.query(), timeout=0.1)


@pytest.mark.parametrize("library", ["httpx", "requests"])
def test_reset_before_and_after_the_work(peer: WeComPeer, probe: Probe, library: str) -> None:
    resident = greet(peer)
    url, query = peer.base_url + "/cgi-bin/kf/send_msg", probe.query()
    order = {
        "touser": resident,
        "open_kfid": peer.kf.open_kfid,
        "msgid": "m1",
        "msgtype": "text",
        "text": {"content": "好"},
    }
    peer.faults.reset_before("kf/send_msg")
    peer.faults.reset_after("kf/send_msg")
    for done in (0, 1):
        with pytest.raises((httpx.TransportError, requests.exceptions.ConnectionError)):
            if library == "httpx":
                httpx.post(url, params=query, json=order)
            else:
                requests.post(url, params=query, json=order, timeout=5)
        assert len(peer.sent_to(resident)) == done
    # The retry with the same msgid learns that the message went out (wecom.md 6.3).
    assert probe.post("kf/send_msg", **order)["errcode"] == 95033
    assert len(peer.sent_to(resident)) == 1


def test_calls_per_minute(peer: WeComPeer, probe: Probe) -> None:
    peer.rules.calls_per_minute["getcallbackip"] = 2
    assert [probe.get("getcallbackip").json()["errcode"] for _ in range(3)] == [0, 0, 45009]
    peer.clock.advance(60)
    assert probe.get("getcallbackip").json()["errcode"] == 0


def test_calls_from_many_threads(peer: WeComPeer, probe: Probe) -> None:
    resident = greet(peer)
    query, results = probe.query(), []

    def send(number: int) -> None:
        order = {"touser": resident, "open_kfid": peer.kf.open_kfid, "msgid": f"m{number}"}
        body = {**order, "msgtype": "text", "text": {"content": "好"}}
        url = peer.base_url + "/cgi-bin/kf/send_msg"
        results.append(requests.post(url, params=query, json=body, timeout=10).json()["errcode"])

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0] * 5 + [95001] * 3


def test_standalone_process_is_driven_over_http() -> None:
    root = Path(__file__).parent.parent
    with subprocess.Popen(
        [sys.executable, "-m", "tests.peers.wecom"], cwd=root, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            settings = json.loads(process.stdout.readline())
            control = settings["base_url"] + "/_peer/"
            token = httpx.get(
                settings["base_url"] + "/cgi-bin/gettoken",
                params={"corpid": settings["corp_id"], "corpsecret": settings["secret"]},
            ).json()["access_token"]
            arrived = httpx.post(
                control + "do", json={"action": "resident_text", "external_userid": "wm1", "text": "工资拖欠怎么办"}
            ).json()
            assert arrived["msgid"].startswith("from_msgid_")
            sync = {"open_kfid": settings["open_kfid"]}
            url = settings["base_url"] + "/cgi-bin/kf/sync_msg"
            page = httpx.post(url, params={"access_token": token}, json=sync).json()
            assert page["msg_list"][0]["text"]["content"] == "工资拖欠怎么办"
            httpx.post(control + "fault", json={"kind": "errcode", "path": "kf/sync_msg", "errcode": -1})
            assert httpx.post(url, params={"access_token": token}, json=sync).json()["errcode"] == -1
            before = httpx.get(control + "clock").json()["now"]
            assert httpx.post(control + "clock", json={"advance": 7200}).json()["now"] >= before + 7200
            assert httpx.post(url, params={"access_token": token}, json=sync).json()["errcode"] == 42001
            assert httpx.get(control + "sent", params={"external_userid": "wm1"}).json() == {"sent": []}
            assert httpx.get(control + "violations").json() == {"violations": []}
            assert len(httpx.get(control + "calls", params={"path": "gettoken"}).json()["calls"]) == 1
            assert httpx.post(control + "do", json={"action": "shout"}).status_code == 400
        finally:
            process.terminate()
