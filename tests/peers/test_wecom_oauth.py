"""The peer's 网页授权 held against the platform's description: one code, once, for five minutes."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.peers.wecom import VirtualClock, WeComPeer
from tests.peers.wecom.probe import Probe

BACK = "https://fawen.example.gov.cn/console/wecom/back"


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer(VirtualClock(ticking=False)) as running:
        running.browses("ZhangSan", "fawen.example.gov.cn")
        yield running


@pytest.fixture
def probe(peer: WeComPeer) -> Iterator[Probe]:
    client = Probe(peer.base_url, peer.app)
    yield client
    client.close()


def visit(peer: WeComPeer, **changes: str) -> httpx.Response:
    asked = {"appid": peer.corp.corpid, "redirect_uri": BACK, "response_type": "code", "scope": "snsapi_base"}
    asked |= {"state": "abc123", "agentid": str(peer.app.agentid), **changes}
    return httpx.get(f"{peer.base_url}/connect/oauth2/authorize", params=asked)


def code_of(answer: httpx.Response) -> str:
    assert answer.status_code == 302, answer.text
    target = urlsplit(answer.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == BACK
    query = parse_qs(target.query)
    assert query["state"] == ["abc123"]
    return query["code"][0]


def test_a_code_names_the_member_once(peer: WeComPeer, probe: Probe) -> None:
    code = code_of(visit(peer))
    told = probe.get("auth/getuserinfo", code=code).json()
    assert (told["errcode"], told["userid"]) == (0, "ZhangSan")
    assert probe.get("auth/getuserinfo", code=code).json()["errcode"] == 40029
    assert probe.get("auth/getuserinfo", code="made-up").json()["errcode"] == 40029
    assert peer.violations == []


def test_a_code_is_good_for_five_minutes(peer: WeComPeer, probe: Probe) -> None:
    young, old = code_of(visit(peer)), code_of(visit(peer))
    peer.clock.advance(299)
    assert probe.get("auth/getuserinfo", code=young).json()["errcode"] == 0
    peer.clock.advance(1)
    assert probe.get("auth/getuserinfo", code=old).json()["errcode"] == 40029


def test_somebody_from_outside_has_only_an_openid(peer: WeComPeer, probe: Probe) -> None:
    peer.browses("Stranger")
    told = probe.get("auth/getuserinfo", code=code_of(visit(peer))).json()
    assert told["errcode"] == 0
    assert "userid" not in told
    assert told["openid"]


@pytest.mark.parametrize(
    ("changes", "noted"),
    [
        ({"appid": "ww0"}, True),
        ({"agentid": "x"}, True),
        ({"response_type": "token"}, True),
        ({"scope": "everything"}, True),
        ({"state": "a-b"}, True),
        ({"redirect_uri": "https://evil.example/"}, False),
    ],
)
def test_a_wrong_way_gives_no_code(peer: WeComPeer, changes: dict[str, str], noted: bool) -> None:
    answer = visit(peer, **changes)
    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert bool(peer.violations) is noted
