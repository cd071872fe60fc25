"""The WeCom peer's media and group webhook held against their reference (wecom.md 9.8, 9.9)."""

import base64
import hashlib
from collections.abc import Iterator

import httpx
import pytest
import requests

from tests.peers.wecom import VirtualClock, WeComPeer
from tests.peers.wecom.probe import Probe

JPEG = b"\xff\xd8\xff" + b"0" * 20


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer(VirtualClock(ticking=False)) as running:
        yield running


@pytest.fixture
def probe(peer: WeComPeer) -> Iterator[Probe]:
    client = Probe(peer.base_url, peer.app)
    yield client
    client.close()


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
