"""Files that residents and members sent: noted with the message, fetched later, told from errors (wecom.md 4.4)."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bot.channels.fetched import LARGEST_FILE, FetchError, FetchGone, FetchLater, FetchTooLarge
from bot.channels.wecom import media, pull
from bot.channels.wecom.errors import CallFailed
from tests.channels.wecom_service import Service, serving
from tests.peers.wecom import Bell, WeComPeer, new_external_userid
from tests.peers.wecom.media import store

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "LOOK_AGAIN", 0.05)


def kept(peer: WeComPeer, name: str, data: bytes, kind: str = "file") -> str:
    return store(peer.state, peer.corp.corpid, kind, name, data).media_id


async def failure(service: Service, media_id: str) -> FetchError:
    with pytest.raises(FetchError) as raised:
        await service.kf.fetch(media_id)
    return raised.value


def test_what_came_says_where_it_lies(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path) as service:
            resident, people = new_external_userid(), peer.callbacks
            await service.act(people.resident_media, resident, "image", "合同.png", PNG)
            await service.act(people.resident_media, resident, "voice", "话.amr", b"#!AMR\n0")
            await service.act(people.resident_sends, resident, "file", {"media_id": "x" * 600})
            await service.act(people.member_message, "LiSi", "image", [("PicUrl", "u"), ("MediaId", "m1")])
            await service.act(people.member_message, "LiSi", "video", [("MediaId", "m2"), ("ThumbMediaId", "t")])
            await service.act(people.member_message, "LiSi", "link", [("Title", "t"), ("Url", "u")])
            rows = await service.until(6)
            found: dict[str, list[str | None]] = {row.chat: [] for row in rows}
            for row in rows:
                found[row.chat].append(row.body.get("media", {}).get("form"))
            assert found == {resident: ["picture", "voice", None], "lisi": ["picture", "film", None]}
            source = next(row for row in rows if row.chat == resident).body["media"]["source"]
            fetched = await service.kf.fetch(source)
            assert (fetched.data, fetched.name, fetched.media_type) == (PNG, "合同.png", "image/png")
            assert await service.app.fetch(source) == fetched

    asyncio.run(check())


@pytest.mark.parametrize("raw", [True, False])
def test_names_and_bytes_are_as_they_were(peer: WeComPeer, tmp_path: Path, raw: bool) -> None:
    async def check() -> None:
        peer.rules.raw_utf8_file_names = raw
        async with serving(peer, tmp_path, start=False) as service:
            for name, data in (
                ("工资表 三月.xlsx", b"PK\x03\x04" + b"0" * 5000),
                ("回答.json", b'{"errcode":40014,"errmsg":"mine"}'),
                ("数字.txt", b"12345"),
                ("空.txt", b""),
            ):
                fetched = await service.kf.fetch(kept(peer, name, data))
                assert (fetched.data, fetched.name) == (data, name)
            assert peer.token_fetches == 1  # what a resident wrote into a file is no error of the platform

    asyncio.run(check())


def test_a_name_is_no_path(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            fetched = await service.kf.fetch(kept(peer, "../..\\etc/passwd" + "长" * 300 + ".pdf", b"%PDF-1.7"))
            assert "/" not in fetched.name
            assert "\\" not in fetched.name
            assert len(fetched.name) == 200
            assert fetched.name.endswith(".pdf")

    asyncio.run(check())


def answer_with(body: bytes, **headers: str) -> requests.Response:
    """What a gateway in between might say."""
    answer = requests.Response()
    answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    answer.raw = io.BytesIO(body)
    return answer


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment", ""),
        ("attachment; filename=bare.txt", "bare.txt"),
        ("attachment; filename*=UTF-8''%E5%90%8C%0A%2Fx.pdf", "同__x.pdf"),
        ("attachment; filename*=UTF-8''%FF%FE", "\ufffd\ufffd"),
    ],
)
def test_names_as_odd_as_they_come(disposition: str, name: str) -> None:
    fetched = media.read_file(answer_with(b"0", content_disposition=disposition))
    assert (fetched.data, fetched.name, fetched.media_type) == (b"0", name, "")


def test_what_is_gone_and_what_is_too_large(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            old = kept(peer, "旧.pdf", b"%PDF-1.7")
            assert isinstance(await failure(service, "never there"), FetchGone)
            peer.clock.advance(3 * 24 * 3600)
            gone = await failure(service, old)
            assert isinstance(gone, FetchGone)
            assert "40007" in str(gone)
            most = kept(peer, "满.bin", b"0" * LARGEST_FILE)
            assert len((await service.kf.fetch(most)).data) == LARGEST_FILE
            assert isinstance(await failure(service, kept(peer, "大.bin", b"0" * (LARGEST_FILE + 1))), FetchTooLarge)
            peer.rules.media_get_max = 10
            assert isinstance(await failure(service, most), FetchTooLarge)

    asyncio.run(check())


def test_what_may_come_later(peer: WeComPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            source = kept(peer, "约定.pdf", b"%PDF-1.7" * 50)
            for code, after in ((45009, 60), (-1, None), (48002, 300)):
                peer.faults.errcode("media/get", code)
                later = await failure(service, source)
                assert isinstance(later, FetchLater)
                assert later.after == after
            peer.faults.status("media/get", 502)
            peer.faults.reset_before("media/get")
            peer.faults.reset_after("media/get")
            for _ in range(3):
                assert isinstance(await failure(service, source), FetchLater)
            monkeypatch.setattr(media, "LONGEST", -1.0)
            assert str(await failure(service, source)) == "WeCom: the file comes too slowly"
            monkeypatch.undo()
            peer.state.revoke_token(peer.app)
            assert (await service.kf.fetch(source)).name == "约定.pdf"
            assert peer.token_fetches == 2

    asyncio.run(check())


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"{}", b'{"errcode": "x"}'])
def test_an_answer_that_is_neither_file_nor_error_may_be_better_later(body: bytes) -> None:
    with pytest.raises(CallFailed, match="neither a file nor an error") as raised:
        media.read_file(answer_with(body, content_type="application/json"))
    assert raised.value.errcode is None


def test_a_notice_of_a_file_that_was_too_large_stays_a_text(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            resident = new_external_userid()
            peer.callbacks.resident_media(resident, "image", "大.png", PNG + b"0" * 2 * 2**20, bell=Bell.LOST)
            await service.kf.start()
            (row,) = await service.until(1)
            assert (row.body["kind"], "media" in row.body) == ("text", False)

    asyncio.run(check())
