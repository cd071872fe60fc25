"""Signature, cipher and XML of callbacks, and rubbish of every kind (wecom.md 2)."""

import asyncio
import base64
import secrets
import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from bot.channels.wecom.app import WeComAppChannel
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.crypto import Envelope, Forged
from bot.channels.wecom.elements import NotXml, read_elements
from bot.config import WeCom
from handlers.message import Message
from storage.records import Accepted
from tests.channels.wecom_service import settings_for
from tests.peers.wecom import WeComPeer
from tests.peers.wecom.crypto import CallbackCrypto

OFFICIAL_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


OFFICIAL_CORP = "wx5823bf96d3bd56c7"


OFFICIAL = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TU"
    "UkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff"
    "0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVM"
    "NS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2p"
    "DBS8R07+qN+E7Q=="
)


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


def test_official_vector() -> None:
    envelope = Envelope("QDG6eK", OFFICIAL_KEY, OFFICIAL_CORP)
    query = {"msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6"}
    query |= {"timestamp": "1409659813", "nonce": "1372623149"}
    fields = envelope.open(query, f"<xml><Encrypt>{OFFICIAL}</Encrypt></xml>".encode(), 1409659813)
    assert (fields["Content"], fields["FromUserName"], fields["MsgId"]) == ("hello", "mycreate", "4561255354251345929")


def test_elements_are_flat_text() -> None:
    inside = "\n <A> a<![CDATA[<b>&]]>&amp;甲 </A><B><A>no</A></B><C/><D x='1'>d</D>"
    xml = f"<?xml version='1.0' encoding='GBK'?><xml>{inside}</xml>"
    assert read_elements(xml) == {"A": "a<b>&&甲", "B": "", "C": "", "D": "d"}
    assert read_elements(xml.encode()) == read_elements(xml)
    assert read_elements("<other><A>a</A></other>") == {}
    for broken in ("", "<xml>", "<xml/><xml/>", b"\xff", "<!DOCTYPE xml><xml/>"):
        with pytest.raises(NotXml):
            read_elements(broken)


def test_seen_signatures_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.wecom.crypto.REMEMBERED", 3)
    seen = Envelope("token", OFFICIAL_KEY, "ww1").seen
    for number in range(5):
        seen.add(str(number), float(number))
    assert [str(number) in seen for number in range(5)] == [False, False, True, True, True]
    seen.add("late", 10_000.0)
    assert "2" not in seen


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"aes_key": "short"}, "aes_key"),
        ({"aes_key": "A" * 44}, "aes_key"),
        ({"aes_key": "A" * 42 + "="}, "aes_key"),
        ({"token": ""}, "token"),
        ({"agent_id": 0}, "agent_id"),
    ],
)
def test_keys_that_cannot_be_right_are_named(changes: dict[str, Any], named: str) -> None:
    values = {"corp_id": "ww1", "agent_id": 5, "token": "token", "aes_key": OFFICIAL_KEY, **changes}
    client = WeComClient("ww1", "secret", "http://127.0.0.1:9")
    with pytest.raises(ValueError, match=named):
        WeComAppChannel(WeCom(**values), client, accept_nothing, lambda: datetime.now(UTC))
    client.close()


async def accept_nothing(message: Message) -> Accepted:
    return Accepted(1, fresh=bool(message.message_id))


def sealed(crypto: CallbackCrypto, message: bytes) -> tuple[dict[str, str], bytes]:
    """Any bytes in a valid envelope; the peer's own cipher takes only text."""
    key = base64.b64decode(crypto.aes_key + "=")
    plain = secrets.token_bytes(16) + struct.pack(">I", len(message)) + message + crypto.receive_id.encode()
    padding = 32 - len(plain) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    encrypted = base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()
    timestamp, nonce = str(int(time.time())), secrets.token_hex(5)
    query = {"msg_signature": crypto.sign(timestamp, nonce, encrypted), "timestamp": timestamp, "nonce": nonce}
    return query, f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()


NAMES = ["MsgType", "Event", "FromUserName", "CreateTime", "MsgId", "Content", "OpenKfId", "Token", "AgentID", "Label"]


VALUES = st.one_of(
    st.sampled_from(["text", "event", "image", "location", "kf_msg_or_event", "enter_agent", "1409659813", "-1", ""]),
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<&"), max_size=80),
)


DOCUMENTS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=12).map(
    lambda fields: ("<xml>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields) + "</xml>").encode()
)


@settings(max_examples=150, deadline=None)
@given(message=st.one_of(st.binary(max_size=200), DOCUMENTS))
def test_no_signed_rubbish_is_an_error_of_ours(message: bytes) -> None:
    crypto = CallbackCrypto("token", OFFICIAL_KEY, "ww1")
    values: dict[str, Any] = {"corp_id": "ww1", "agent_id": 5, "token": "token", "aes_key": OFFICIAL_KEY}
    client = WeComClient("ww1", "secret", "http://127.0.0.1:9")
    channel = WeComAppChannel(WeCom(**values), client, accept_nothing, lambda: datetime.now(UTC))
    query, body = sealed(crypto, message)

    async def post() -> int:
        transport = httpx.ASGITransport(Starlette(routes=list(channel.routes())))
        async with httpx.AsyncClient(transport=transport, base_url="http://fawen") as http:
            return (await http.post("/wecom/app", params=query, content=body)).status_code

    assert asyncio.run(post()) in (200, 400, 403)
    client.close()


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=300), query=st.dictionaries(st.sampled_from(["msg_signature", "nonce"]), st.text()))
def test_no_unsigned_rubbish_gets_in(body: bytes, query: dict[str, str]) -> None:
    envelope = Envelope("token", OFFICIAL_KEY, "ww1")
    with pytest.raises(Forged) as refusal:
        envelope.open({"timestamp": "1", **query}, body, 1.0)
    assert refusal.value.status in (400, 403)


def test_settings_fit_the_real_class(peer: WeComPeer) -> None:
    assert WeCom.model_validate(settings_for(peer).model_dump()).agent_id == peer.app.agentid
