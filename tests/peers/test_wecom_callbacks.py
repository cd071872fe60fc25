"""The WeCom peer's callback sender held against its reference (wecom.md 2, 3, 9.3), and against wechatpy's cipher."""

from collections.abc import Iterator

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException

from tests.peers.wecom import Style, VirtualClock, WeComPeer
from tests.peers.wecom.crypto import CallbackCrypto, CryptoError, sign
from tests.peers.wecom.probe import Received, Receiver
from tests.peers.wecom.xml import leaf, read
from tests.peers.wecom_tools import opened, passive, reply_with

VECTOR_CIPHER = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
    "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsi"
    "jff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5"
    "wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZ"
    "ZIs2pDBS8R07+qN+E7Q=="
)
VECTOR = CallbackCrypto("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")


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


# 2: the cipher


def test_official_vector() -> None:
    signature = sign("QDG6eK", "1409659813", "1372623149", VECTOR_CIPHER)
    assert signature == "477715d11cdb4164915debcba66cb864d751f3e6"
    plain = read(VECTOR.decrypt(VECTOR_CIPHER))
    assert (plain["Content"], plain["FromUserName"]) == ("hello", "mycreate")
    assert (plain["MsgId"], plain["AgentID"]) == ("4561255354251345929", "218")


def test_every_padding_and_the_other_implementation() -> None:
    other = WeChatCrypto(VECTOR.token, VECTOR.aes_key, VECTOR.receive_id)
    for length in range(34):
        text = "x" * length + "法"
        envelope = read(other.encrypt_message(text, "n", "1"))
        assert VECTOR.decrypt(leaf(envelope, "Encrypt")) == text
        sealed = VECTOR.encrypt(text)
        body = f"<xml><Encrypt>{sealed}</Encrypt></xml>"
        assert other.decrypt_message(body, VECTOR.sign("1", "n", sealed), "1", "n") == text


def test_bad_envelopes_are_named() -> None:
    stranger = CallbackCrypto(VECTOR.token, VECTOR.aes_key, "ww0").encrypt("x")
    with pytest.raises(CryptoError, match="receiveid"):
        VECTOR.decrypt(stranger)
    with pytest.raises(CryptoError, match="signature"):
        VECTOR.verify("0" * 40, "1", "n", stranger)
    for bad, problem in (("?", "base64"), ("YWJj", "cipher length"), ("", "cipher length")):
        with pytest.raises(CryptoError, match=problem):
            VECTOR.decrypt(bad)
    with pytest.raises(CryptoError, match="43 letters"):
        CallbackCrypto("t", "short", "c").encrypt("x")


# 2.1, 2.2, 9.3


def test_url_verification(peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto) -> None:
    def echo(received: Received) -> bytes:
        query = received.query
        assert query["tenant"] == "1"
        plain = wechatpy.check_signature(query["msg_signature"], query["timestamp"], query["nonce"], query["echostr"])
        return plain if isinstance(plain, bytes) else str(plain).encode()

    receiver.respond = echo
    assert peer.callbacks.verify_url().problem is None
    receiver.respond = lambda received: b'"' + echo(received) + b'"'
    assert "body" in str(peer.callbacks.verify_url().problem)


def test_text_arrives_and_may_be_answered_with_nothing(
    peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto
) -> None:
    for body in (b"", b"success"):
        receiver.respond = lambda received, body=body: body  # type: ignore[misc]
        delivery = peer.callbacks.member_text("ZhangSan", "今天的 ]]> 待办")
        assert (delivery.accepted, len(delivery.attempts), delivery.problem) == (True, 1, None)
    fields = opened(wechatpy, receiver.received[0])
    assert fields["Content"] == "今天的 ]]> 待办"
    assert (fields["FromUserName"], fields["ToUserName"]) == ("ZhangSan", peer.corp.corpid)
    assert fields["CreateTime"] == str(int(peer.clock.now()))
    assert fields["AgentID"] == str(peer.app.agentid)
    assert receiver.received[0].content_type == "text/xml"
    assert peer.violations == []


def test_three_retries_with_fresh_envelopes_and_the_same_message(
    peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto
) -> None:
    receiver.statuses = [500, 404, 302, 503]
    delivery = peer.callbacks.member_text("ZhangSan", "在")
    assert [attempt.status for attempt in delivery.attempts] == [500, 404, 302, 503]
    assert delivery.accepted is False
    assert len({received.query["nonce"] for received in receiver.received}) == 4
    assert len({received.body for received in receiver.received}) == 4
    assert len({str(opened(wechatpy, received)) for received in receiver.received}) == 1
    receiver.statuses = [502]
    assert len(peer.callbacks.member_text("ZhangSan", "在").attempts) == 2


def test_slow_and_dead_endpoints_are_retried(peer: WeComPeer, receiver: Receiver) -> None:
    peer.callbacks.time_factor = 0.02
    receiver.delay = 0.3
    delivery = peer.callbacks.member_text("ZhangSan", "在")
    assert {attempt.error for attempt in delivery.attempts} == {"ReadTimeout"}
    assert len(delivery.attempts) == 4
    peer.callbacks.target = "http://127.0.0.1:1/"
    assert {attempt.error for attempt in peer.callbacks.member_text("LiSi", "在").attempts} == {"ConnectError"}


def test_no_retry_on_200_whatever_the_body(peer: WeComPeer, receiver: Receiver) -> None:
    receiver.respond = lambda received: b"error"
    delivery = peer.callbacks.member_text("ZhangSan", "在")
    assert len(delivery.attempts) == 1
    assert "passive reply" in str(delivery.problem)
    assert [violation.path for violation in peer.violations] == ["callback"]


def test_redelivery_keeps_the_plaintext(peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto) -> None:
    first = peer.callbacks.member_text("ZhangSan", "一次")
    peer.clock.advance(30)
    peer.callbacks.raw(first.plaintext)
    old, new = receiver.received
    assert opened(wechatpy, old) == opened(wechatpy, new)
    assert int(new.query["timestamp"]) == int(old.query["timestamp"]) + 30


@pytest.mark.parametrize(
    "style",
    [
        Style(cdata=False, order="reversed", content_type="application/octet-stream"),
        Style(order="shuffled", content_type="application/xml"),
    ],
)
def test_styles_mean_the_same(peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto, style: Style) -> None:
    peer.callbacks.style = style
    peer.callbacks.member_text("ZhangSan", "<b>&")
    received = receiver.received[0]
    assert (b"CDATA" in received.body, received.content_type) == (style.cdata, style.content_type)
    if style.order == "reversed":
        assert received.body.index(b"<Encrypt>") < received.body.index(b"<ToUserName>")
    assert opened(wechatpy, received)["Content"] == "<b>&"


def test_forged_and_aged_posts(peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto) -> None:
    stranger = CallbackCrypto("other", peer.app.aes_key, peer.corp.corpid)
    params, body = peer.callbacks.seal("<xml/>", crypto=stranger)
    assert peer.callbacks.post(params, body).status == 200
    with pytest.raises(InvalidSignatureException):
        opened(wechatpy, receiver.received[0])
    params, _ = peer.callbacks.seal("<xml/>", age=3600)
    assert int(params["timestamp"]) == int(peer.clock.now()) - 3600


# 2.3: passive replies


def test_passive_text_reaches_the_sender(peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto) -> None:
    body = "<MsgType>text</MsgType><Content><![CDATA[待办 3 件]]></Content>"
    receiver.respond = reply_with(wechatpy, passive(peer, body))
    delivery = peer.callbacks.member_text("ZhangSan", "待办")
    assert delivery.problem is None
    assert delivery.reply is not None
    assert delivery.reply.msgtype == "text"
    seen = peer.app_sent_to("ZhangSan")
    assert [(message["text"], message["via"]) for message in seen] == [({"content": "待办 3 件"}, "passive")]
    assert peer.violations == []


@pytest.mark.parametrize("fault", ["to", "from", "receiveid", "signature", "type", "update", "xml"])
def test_bad_passive_replies_are_rejected_loudly(
    peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto, fault: str
) -> None:
    text = "<MsgType>text</MsgType><Content>x</Content>"
    answers = {
        "to": passive(peer, text, to="LiSi"),
        "from": passive(peer, text, sender="ww0"),
        "type": passive(peer, "<MsgType>poem</MsgType>"),
        "update": passive(peer, "<MsgType>update_button</MsgType><Button><ReplaceName>x</ReplaceName></Button>"),
        "xml": "plain words",
    }
    cipher = wechatpy
    if fault == "receiveid":
        cipher = WeChatCrypto(peer.app.callback_token, peer.app.aes_key, "ww0")
    if fault == "signature":
        cipher = WeChatCrypto("other", peer.app.aes_key, peer.corp.corpid)
    receiver.respond = reply_with(cipher, answers.get(fault, passive(peer, text)))
    delivery = peer.callbacks.member_text("ZhangSan", "待办")
    assert "passive reply" in str(delivery.problem)
    assert len(peer.violations) == 1
    assert peer.app_sent_to("ZhangSan") == []


def test_nobody_can_be_answered_on_a_bell(peer: WeComPeer, receiver: Receiver, wechatpy: WeChatCrypto) -> None:
    receiver.respond = reply_with(wechatpy, passive(peer, "<MsgType>text</MsgType><Content>x</Content>"))
    assert "none is possible" in str(peer.callbacks.ring().problem)
    assert "none is possible" in str(peer.callbacks.system_event("inactive_alert").problem)
