"""The API client: one token for all threads, one second try, no secrets in what is shown (wecom-libraries.md 1.3)."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.customer_service import NOT_YET, Standing
from bot.channels.wecom.errors import CallFailed
from tests.peers.wecom import WeComPeer
from tests.peers.wecom.probe import greet


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


@pytest.fixture
def client(peer: WeComPeer) -> Iterator[WeComClient]:
    # The peer's clock is the client's too: tokens grow old together.
    made = WeComClient(peer.corp.corpid, peer.app.secret, peer.base_url, peer.clock.now)
    yield made
    made.close()


def send_many(client: WeComClient, peer: WeComPeer, count: int) -> list[Any]:
    async def send() -> list[Any]:
        body = {"open_kfid": peer.kf.open_kfid, "external_userid": greet(peer)}
        calls = [client.ask(client.kf.standing, *body.values()) for _ in range(count)]
        return await asyncio.gather(*calls, return_exceptions=True)

    return asyncio.run(send())


def test_twenty_calls_at_once_fetch_one_token(peer: WeComPeer, client: WeComClient) -> None:
    assert send_many(client, peer, 20) == [Standing(NOT_YET)] * 20
    assert peer.token_fetches == 1


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_token_taken_away_is_fetched_once_more(peer: WeComPeer, client: WeComClient, code: int) -> None:
    send_many(client, peer, 1)
    peer.state.revoke_token(peer.app, code)
    assert send_many(client, peer, 20) == [Standing(NOT_YET)] * 20
    assert peer.token_fetches == 2


def test_a_token_that_never_works_is_tried_twice(peer: WeComPeer, client: WeComClient) -> None:
    peer.faults.errcode("kf/service_state/get", 40014, times=10)
    (error,) = send_many(client, peer, 1)
    assert isinstance(error, CallFailed)
    assert [call.path for call in peer.calls()] == ["gettoken", "kf/service_state/get"] * 2


def test_a_token_is_renewed_five_minutes_before_its_end(peer: WeComPeer, client: WeComClient) -> None:
    send_many(client, peer, 1)
    peer.clock.advance(7200 - 320)
    send_many(client, peer, 1)
    assert peer.token_fetches == 1
    # The platform gives the same token while it is good; it must not be asked again for every call.
    peer.clock.advance(30)
    assert send_many(client, peer, 5) == [Standing(NOT_YET)] * 5
    assert peer.token_fetches == 2
    peer.clock.advance(300)
    assert send_many(client, peer, 5) == [Standing(NOT_YET)] * 5
    assert 42001 not in [call.errcode for call in peer.calls()]


def test_a_wrong_secret_is_not_repeated(peer: WeComPeer) -> None:
    client = WeComClient(peer.corp.corpid, "wrong", peer.base_url, peer.clock.now)
    errors = send_many(client, peer, 20)
    assert {error.errcode for error in errors} == {40001}
    assert peer.token_fetches == 1
    peer.clock.advance(301)
    send_many(client, peer, 3)
    assert peer.token_fetches == 2
    client.close()


def test_keys_of_two_secrets_differ(peer: WeComPeer) -> None:
    clients = [WeComClient("ww1", "0123456789" + end, peer.base_url) for end in "ab"]
    assert clients[0].access_token_key != clients[1].access_token_key
    assert "0123456789" not in clients[0].access_token_key
    for client in clients:
        client.close()


def test_every_address_is_under_the_base(peer: WeComPeer, client: WeComClient) -> None:
    media = "https://qyapi.weixin.qq.com/cgi-bin/media/get?media_id=none"
    with pytest.raises(CallFailed) as refused:
        client.get(media)
    assert refused.value.errcode == 40007
    assert [call.path for call in peer.calls()] == ["gettoken", "media/get"]


def test_what_fails_is_named_without_secrets(
    peer: WeComPeer, client: WeComClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    send_many(client, peer, 1)
    token = client.access_token
    peer.faults.errcode("kf/service_state/get", 60020)
    peer.faults.status("kf/service_state/get", 502)
    peer.faults.reset_before("kf/service_state/get")
    errors = [send_many(client, peer, 1)[0] for _ in range(3)]
    assert [error.errcode for error in errors] == [60020, None, None]
    assert errors[0].ip == "127.0.0.1"
    assert [str(error) for error in errors] == [
        "WeCom 60020: not allow to access from your ip",
        "WeCom: HTTP status 502",
        "WeCom: ConnectionError",
    ]
    gone = WeComClient(peer.corp.corpid, peer.app.secret, "http://127.0.0.1:9")
    with pytest.raises(CallFailed) as unreachable:
        gone.fetch_access_token()
    gone.close()
    shown = caplog.text + "".join(map(repr, errors)) + repr(unreachable.value)
    assert peer.app.secret not in shown
    assert token not in shown


def test_a_closed_client_says_so(peer: WeComPeer, client: WeComClient) -> None:
    client.close()
    (error,) = send_many(client, peer, 1)
    assert isinstance(error, CallFailed)
