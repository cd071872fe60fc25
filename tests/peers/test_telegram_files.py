"""The Telegram peer's files: documents and photos, both ways."""

from collections.abc import Iterator

import httpx
import pytest
from telegram import Bot

from tests.peers.telegram.images import blank_png
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.telegram_client import refusal, refused, with_bot

ANN = 4711
# The head of a JPEG of 48 x 32 pixels: start of image, one application segment, start of frame.
TINY_JPEG = bytes.fromhex("ffd8 ffe0 0004 4a46 ffc0 000b 08 0020 0030 01 01 11 00 ffd9")


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as running:
        yield running


def test_documents_and_photos_both_ways(peer: TelegramPeer) -> None:
    got = peer.user_sends_photo(ANN, caption="工资条")["message"]["photo"][-1]

    async def use(bot: Bot) -> None:
        document = (await bot.send_document(ANN, "数据".encode(), filename="月报.csv", caption="十月")).document
        assert document is not None
        assert (document.file_name, document.mime_type) == ("月报.csv", "text/csv")
        again = (await bot.send_document(ANN, document.file_id)).document
        assert again == document
        picture = await bot.send_photo(ANN, blank_png(640, 480), caption="图")
        assert [(size.width, size.height) for size in picture.photo] == [(90, 68), (640, 480)]
        file = await bot.get_file(got["file_id"])
        assert bytes(await file.download_as_bytearray()) == blank_png()
        with refused("IMAGE_PROCESS_FAILED"):
            await bot.send_photo(ANN, b"no image")
        with refused("wrong file_id"):
            await bot.get_file("nothing")
        with refused("caption is too long"):
            await bot.send_document(ANN, b"x", caption="字" * 1025)

    with_bot(peer, use)
    sent = peer.sent_to(ANN)
    assert [message.get("caption") for message in sent] == ["十月", None, "图"]
    assert peer.file_bytes(sent[0]["document"]["file_id"]) == "数据".encode()


def test_files_that_are_refused(peer: TelegramPeer) -> None:
    peer.add_user(ANN)
    assert refusal(peer, "sendPhoto", chat_id=ANN) == "there is no photo in the request"
    said = refusal(peer, "sendPhoto", chat_id=ANN, photo="unknown")
    assert said.startswith("wrong remote file identifier specified")
    address = "https://example.com/x.png"
    assert refusal(peer, "sendPhoto", chat_id=ANN, photo=address) == "failed to get HTTP URL content"

    async def use(bot: Bot) -> None:
        with refused("file must be non-empty"):
            await bot.send_document(ANN, b"")
        with refused("PHOTO_INVALID_DIMENSIONS"):
            await bot.send_photo(ANN, blank_png(2100, 100))
        photo = await bot.send_photo(ANN, TINY_JPEG)
        assert (photo.photo[-1].width, photo.photo[-1].height) == (48, 32)
        with refused("there is no text in the message to edit"):
            await bot.edit_message_text("x", ANN, photo.message_id)

    with_bot(peer, use)
    assert httpx.get(f"{peer.base_url}/file/bot{peer.token}/photos/none.jpg").status_code == 404
