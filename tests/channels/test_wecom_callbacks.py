"""Callbacks of WeCom: what is taken, what is refused, and that nothing is taken twice (wecom.md 2, 3)."""

import asyncio
import base64
import secrets
import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
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
from bot.config import WeCom
from handlers.message import Message
from storage.errors import Busy
from storage.records import Accepted
from tests.channels.wecom_service import Service, serving, settings_for
from tests.peers.wecom import Style, WeComPeer
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


def text_xml(peer: WeComPeer, **changes: str) -> str:
    fields = {"ToUserName": peer.corp.corpid, "FromUserName": "ZhangSan", "CreateTime": "1409659813"}
    fields |= {"MsgType": "text", "Content": "你好", "MsgId": "77", "AgentID": str(peer.app.agentid), **changes}
    return "<xml>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items() if value) + "</xml>"


def test_official_vector() -> None:
    envelope = Envelope("QDG6eK", OFFICIAL_KEY, OFFICIAL_CORP)
    query = {"msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6"}
    query |= {"timestamp": "1409659813", "nonce": "1372623149"}
    fields = envelope.open(query, f"<xml><Encrypt>{OFFICIAL}</Encrypt></xml>".encode(), 1409659813)
    assert (fields["Content"], fields["FromUserName"], fields["MsgId"]) == ("hello", "mycreate", "4561255354251345929")


@pytest.mark.parametrize("path", ["/wecom/app", "/wecom/kf"])
def test_address_is_verified_with_the_bare_plaintext(peer: WeComPeer, tmp_path: Path, path: str) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False, path=path) as service:
            delivery = await service.act(peer.callbacks.verify_url)
            assert (delivery.problem, delivery.attempts[0].body) == (None, delivery.plaintext.encode())

    asyncio.run(check())


@pytest.mark.parametrize(
    "style",
    [
        Style(),
        Style(cdata=False, order="reversed", content_type="application/x-www-form-urlencoded"),
        Style(order="shuffled", content_type="application/json"),
    ],
)
def test_message_of_a_member_is_stored_before_200(peer: WeComPeer, tmp_path: Path, style: Style) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False, path="/wecom/kf") as service:
            peer.callbacks.style = style
            delivery = await service.act(peer.callbacks.member_text, "LiSi", "欠薪 <怎么> & 办]]>")
            assert [(one.status, one.body) for one in delivery.attempts] == [(200, b"")]
            (row,) = await service.rows()
            assert (row.channel, row.account, row.chat, row.sender) == (
                "wecom_app",
                str(peer.app.agentid),
                "LiSi",
                "LiSi",
            )
            assert (row.body["kind"], row.body["text"]) == ("text", "欠薪 <怎么> & 办]]>")
            assert (row.body["window"], row.state) == (None, "new")
            # A redelivery is encrypted anew and means the same message.
            again = await service.act(peer.callbacks.raw, delivery.plaintext)
            assert again.accepted
            assert len(await service.rows()) == 1

    asyncio.run(check())


def test_kinds_of_what_members_do(peer: WeComPeer, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            member = peer.callbacks
            done = [
                await service.act(member.member_location, "LiSi", 28.8, 108.7, "酉阳县钟多街道"),
                await service.act(member.member_message, "LiSi", "image", [("PicUrl", "u"), ("MediaId", "m")]),
                await service.act(member.member_event, "LiSi", "enter_agent"),
                await service.act(member.member_event, "LiSi", "LOCATION"),
                await service.act(member.member_event, "LiSi", "click", "key"),
                await service.act(member.member_message, "LiSi", "dance", []),
                await service.act(member.system_event, "inactive_alert", [("EffectTime", 1)]),
                await service.act(member.system_event, "kf_account_auth_change"),
            ]
            assert all(delivery.accepted and len(delivery.attempts) == 1 for delivery in done)
            kinds = [(row.body["kind"], row.body["text"]) for row in await service.rows()]
            assert kinds == [("location", "酉阳县钟多街道"), ("media", ""), ("enter", "")]

    asyncio.run(check())
    assert [record.levelname for record in caplog.records if "inactive_alert" in record.message] == ["ERROR"]


def test_events_of_one_second_are_told_apart(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            xml = text_xml(peer, MsgType="event", Event="enter_agent", Content="", MsgId="")
            for plaintext in (xml, xml, xml.replace("</xml>", "<EventKey>k</EventKey></xml>")):
                assert (await service.act(peer.callbacks.raw, plaintext)).accepted
            assert len(await service.rows()) == 2

    asyncio.run(check())


async def refused(service: Service, params: dict[str, str], body: bytes) -> tuple[int | None, bytes]:
    attempt = await service.act(service.peer.callbacks.post, params, body)
    return attempt.status, attempt.body


def test_what_is_not_the_platforms_is_refused_without_details(peer: WeComPeer, tmp_path: Path) -> None:
    seal, xml = peer.callbacks.seal, text_xml(peer)
    crypto = peer.app.crypto
    other_corp = CallbackCrypto(crypto.token, crypto.aes_key, "ww0000000000000000")
    other_key = CallbackCrypto(crypto.token, "B" * 43, crypto.receive_id)

    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            good, body = seal(xml)
            forged = [
                ({**good, "msg_signature": "0" * 40}, body),
                ({**good, "msg_signature": "é"}, body),
                ({**good, "nonce": "other"}, body),
                ({}, body),
                seal(xml, crypto=other_corp),
                seal(xml, crypto=other_key),
                seal(xml, age=601),
                seal(xml, age=-400),
            ]
            for params, sealed in forged:
                assert await refused(service, params, sealed) == (403, b"refused")
            assert await refused(service, *seal(xml, age=590)) == (200, b"")
            assert await refused(service, good, body) == (200, b"")
            assert await refused(service, good, body) == (403, b"refused")
            assert len(await service.rows()) == 1
            async with httpx.AsyncClient() as http:
                assert (await http.get(peer.callbacks.target)).status_code == 403

    asyncio.run(check())


def test_what_cannot_be_read_is_refused_without_details(peer: WeComPeer, tmp_path: Path) -> None:
    seal = peer.callbacks.seal
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    nested = "<xml><MsgType>text</MsgType><EventKey>" + "<a>" * 4000 + "</a>" * 4000 + "</EventKey></xml>"
    unreadable = [
        "",
        "no xml",
        "<xml></xml>",
        "<other><MsgType>text</MsgType></other>",
        bomb + "<xml><MsgType>&b;</MsgType></xml>",
        text_xml(peer, MsgId=""),
        text_xml(peer, FromUserName=""),
        text_xml(peer, FromUserName="x" * 65),
        text_xml(peer, CreateTime="soon"),
        text_xml(peer, CreateTime="9" * 60),
        text_xml(peer, MsgType="event"),
        text_xml(peer, MsgType="event", Event="kf_msg_or_event"),
        nested,
    ]

    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            for xml in unreadable:
                assert await refused(service, *seal(xml)) == (400, b"not understood"), xml[:80]
            params, _ = seal(text_xml(peer))
            for body in (b"", b"\xff\xfe", b"<xml><Encrypt/></xml>", f"{bomb}<xml><Encrypt>&b;</Encrypt></xml>".encode()):
                assert await refused(service, params, body) == (400, b"not understood")
            assert await refused(service, params, b"<xml>" + b"x" * 1_048_576) == (413, b"too large")
            assert await service.rows() == []

    asyncio.run(check())


def test_deeply_nested_events_are_taken(peer: WeComPeer, tmp_path: Path) -> None:
    nested = "<EventKey>" + "<a>" * 3000 + "</a>" * 3000 + "</EventKey>"
    xml = text_xml(peer, MsgType="event", Event="enter_agent").replace("</xml>", nested + "</xml>")

    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            assert await refused(service, *peer.callbacks.seal(xml)) == (200, b"")

    asyncio.run(check())


def test_one_request_three_times_at_once_is_one_message(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            params, body = peer.callbacks.seal(text_xml(peer))
            async with httpx.AsyncClient() as http:
                posts = [http.post(peer.callbacks.target, params=params, content=body) for _ in range(3)]
                statuses = {answer.status_code for answer in await asyncio.gather(*posts)}
            assert statuses <= {200, 403}
            assert 200 in statuses
            assert len(await service.rows()) == 1

    asyncio.run(check())


def test_a_request_that_could_not_be_stored_is_taken_again(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            params, body = peer.callbacks.seal(text_xml(peer))
            for error in (Busy("full"), OSError("disk")):
                service.refuse = error
                assert await refused(service, params, body) == (503, b"busy, please repeat")
            service.refuse = None
            assert await refused(service, params, body) == (200, b"")
            # The platform repeats by itself: four tries in all (wecom.md 2.2).
            service.refuse = Busy("full")
            delivery = await service.act(peer.callbacks.member_text, "LiSi", "在吗")
            assert [one.status for one in delivery.attempts] == [503] * 4

    asyncio.run(check())


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
