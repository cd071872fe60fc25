"""The WeCom peer's faults, limits and control interface held against their reference (wecom.md 9.10)."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from tests.peers.wecom import VirtualClock, WeComPeer
from tests.peers.wecom.probe import Probe, greet

Post = Callable[[str, dict[str, str], dict[str, Any]], None]


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer(VirtualClock(ticking=False)) as running:
        yield running


@pytest.fixture
def probe(peer: WeComPeer) -> Iterator[Probe]:
    client = Probe(peer.base_url, peer.app)
    yield client
    client.close()


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


def post_httpx(url: str, query: dict[str, str], order: dict[str, Any]) -> None:
    httpx.post(url, params=query, json=order)


def post_requests(url: str, query: dict[str, str], order: dict[str, Any]) -> None:
    requests.post(url, params=query, json=order, timeout=5)


@pytest.mark.parametrize("post", [post_httpx, post_requests])
def test_reset_before_and_after_the_work(peer: WeComPeer, probe: Probe, post: Post) -> None:
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
            post(url, query, order)
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
