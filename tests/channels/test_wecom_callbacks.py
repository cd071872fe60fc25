"""Callbacks of WeCom: what is taken, what is refused, and that nothing is taken twice (wecom.md 2, 3)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from storage.errors import Busy
from tests.channels.wecom_service import Service, serving
from tests.peers.wecom import Style, WeComPeer
from tests.peers.wecom.crypto import CallbackCrypto


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


def text_xml(peer: WeComPeer, **changes: str) -> str:
    fields = {"ToUserName": peer.corp.corpid, "FromUserName": "ZhangSan", "CreateTime": "1409659813"}
    fields |= {"MsgType": "text", "Content": "你好", "MsgId": "77", "AgentID": str(peer.app.agentid), **changes}
    return "<xml>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items() if value) + "</xml>"


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
                "lisi",
                "lisi",
            )
            assert (row.body["kind"], row.body.get("text", "")) == ("text", "欠薪 <怎么> & 办]]>")
            assert (row.body.get("window"), row.state) == (None, "new")
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
            kinds = [(row.body["kind"], row.body.get("text", "")) for row in await service.rows()]
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
            for body in (
                b"",
                b"\xff\xfe",
                b"<xml><Encrypt/></xml>",
                f"{bomb}<xml><Encrypt>&b;</Encrypt></xml>".encode(),
            ):
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
