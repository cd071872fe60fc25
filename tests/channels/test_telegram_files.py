"""What people send besides words: what is kept of it, and fetching it; and edits."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import build
from bot.channels.fetched import LARGEST_FILE, Fetched, FetchError, FetchGone, FetchLater, FetchTooLarge
from bot.channels.telegram.channel import TelegramChannel
from storage import schema as tables
from tests.channels.telegram_tools import ANNA, BERT, sent, settled
from tests.peers.telegram.faults import Fault
from tests.peers.telegram.images import blank_png
from tests.peers.telegram.peer import TelegramPeer
from tests.running import matcher, question, running, settings_for

MB = 1024 * 1024


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as peer:
        yield peer


def fetch(tmp_path: Path, peer: TelegramPeer, source: str) -> Fetched | FetchError:
    async def main() -> Fetched | FetchError:
        app = build(settings_for(tmp_path, peer), matcher=matcher())
        channel = app.channels["telegram"]
        app.database.start()
        assert isinstance(channel, TelegramChannel)
        try:
            return await channel.fetch(source)
        except FetchError as error:
            return error
        finally:
            await app.stop()

    return asyncio.run(main())


@pytest.mark.parametrize("form", ["photo", "voice", "audio", "video", "video_note", "document"])
def test_what_is_kept_of_a_file(tmp_path: Path, peer: TelegramPeer, form: str) -> None:
    wanted = {
        "photo": ("picture", "", "image/jpeg"),
        "voice": ("voice", "", "audio/ogg"),
        "audio": ("voice", "", "audio/ogg"),
        "video": ("film", "", "audio/ogg"),
        "video_note": ("film", "", "video/mp4"),
        "document": ("file", "合同（最终）.pdf", "application/pdf"),
    }

    async def main() -> None:
        async with running(tmp_path, peer) as app:
            if form == "photo":
                update = peer.user_sends_photo(ANNA)
            elif form == "document":
                update = peer.user_sends_document(ANNA, "合同（最终）.pdf", b"%PDF-1.7")
            else:
                update = peer.user_sends_file(ANNA, form, "audio/ogg", b"sound")
            await settled(app, 1)
            (row,) = await app.rows(tables.inbox)
            told = update["message"][form]
            sources = [told[-1]["file_id"]] if form == "photo" else [told["file_id"]]
            media = row.body["media"]
            assert (media["form"], media["name"], media["media_type"]) == wanted[form]
            assert [media["source"]] == sources
            assert media["size"] == len(peer.file_bytes(media["source"]))
            assert row.body["kind"] == "media"

    asyncio.run(main())


def test_a_caption_is_words_with_the_file_beside_them(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            peer.user_sends_photo(ANNA, caption=question())
            await settled(app, 1)
            (row,) = await app.rows(tables.inbox)
            assert (row.body["kind"], row.body["text"]) == ("text", question())
            assert row.body["media"]["form"] == "picture"

    asyncio.run(main())


def test_a_file_is_fetched_whole(tmp_path: Path, peer: TelegramPeer) -> None:
    photo = peer.user_sends_photo(ANNA)["message"]["photo"][-1]["file_id"]
    large = peer.user_sends_document(ANNA, "合同.pdf", b"x" * LARGEST_FILE)["message"]["document"]["file_id"]
    assert fetch(tmp_path, peer, photo) == Fetched(blank_png())
    got = fetch(tmp_path, peer, large)
    assert isinstance(got, Fetched)
    assert len(got.data) == LARGEST_FILE


@pytest.mark.parametrize("size", [LARGEST_FILE + 1, 20 * MB + 1])
def test_a_file_that_is_too_large_is_not_fetched(tmp_path: Path, peer: TelegramPeer, size: int) -> None:
    source = peer.user_sends_document(ANNA, "x.bin", bytes(size))["message"]["document"]["file_id"]
    assert isinstance(fetch(tmp_path, peer, source), FetchTooLarge)


def test_a_size_that_is_not_told_is_counted(tmp_path: Path, peer: TelegramPeer) -> None:
    source = peer.user_sends_document(ANNA, "x.bin", bytes(LARGEST_FILE + 1))["message"]["document"]["file_id"]
    path = peer.file_path(source)
    answer = f'{{"ok": true, "result": {{"file_id": "{source}", "file_unique_id": "u", "file_path": "{path}"}}}}'
    peer.inject(Fault("refuse", 1, method="getFile", status=200, raw=answer))
    assert isinstance(fetch(tmp_path, peer, source), FetchTooLarge)


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [("unknown", FetchGone), ("429", FetchLater), ("500", FetchLater), ("reset", FetchLater), ("moved", FetchGone)],
)
def test_faults_of_fetching(tmp_path: Path, peer: TelegramPeer, fault: str, wanted: type[FetchError]) -> None:
    source = peer.user_sends_photo(ANNA)["message"]["photo"][-1]["file_id"]
    elsewhere = '{"ok": true, "result": {"file_id": "x", "file_unique_id": "x", "file_path": "/etc/passwd"}}'
    faults: dict[str, Any] = {
        "unknown": lambda: None,
        "429": lambda: peer.too_many_requests(9, method="getFile"),
        "500": lambda: peer.server_error(500, method="getFile"),
        "reset": lambda: peer.reset_before(method="getFile"),
        "moved": lambda: peer.inject(Fault("refuse", 1, method="getFile", status=200, raw=elsewhere)),
    }
    faults[fault]()
    came = fetch(tmp_path, peer, "no such file" if fault == "unknown" else source)
    assert type(came) is wanted
    assert peer.token not in str(came)
    if isinstance(came, FetchLater):
        assert came.after == (9 if fault == "429" else None)


def test_an_edit_says_that_it_is_one(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            said = peer.user_says(ANNA, "你好")["message"]["message_id"]
            photo = peer.user_sends_photo(BERT, caption="工资条")["message"]["message_id"]
            await settled(app, 2)
            peer.user_edits(ANNA, said, question())
            peer.user_edits(BERT, photo, question())
            await settled(app, 4)
            rows = await app.rows(tables.inbox)
            assert [row.body.get("edited", False) for row in rows] == [False, False, True, True]
            assert "依据：" in (await sent(app, peer, ANNA, 2))[1]["text"]

    asyncio.run(main())


def test_edits_that_change_nothing_are_passed_over(tmp_path: Path, peer: TelegramPeer) -> None:
    """Links that got a preview, and live locations that move on, are edits every few seconds."""

    async def main() -> None:
        async with running(tmp_path, peer) as app:
            said = peer.user_says(ANNA, question())["message"]["message_id"]
            place = peer.user_sends_location(BERT, 28.8, 108.7)["message"]["message_id"]
            await settled(app, 2)
            for _ in range(3):
                peer.user_touches(ANNA, said)
                peer.user_moves(BERT, place, 28.9, 108.8)
            await app.until(lambda: not peer.pending_updates, "all updates confirmed")
            assert len(await app.rows(tables.inbox)) == 2
            peer.user_edits(ANNA, said, "别的")
            await settled(app, 3)
            peer.user_touches(ANNA, said)
            await app.until(lambda: not peer.pending_updates, "all updates confirmed")
            assert len(await app.rows(tables.inbox)) == 3

    asyncio.run(main())
