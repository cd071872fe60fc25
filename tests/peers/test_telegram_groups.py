"""The Telegram peer's groups, voices and edits: what a staff desk meets there."""

from collections.abc import Iterator
from typing import Any

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import ChatMigrated, Forbidden

from tests.peers.telegram.peer import TelegramPeer
from tests.peers.telegram_client import with_bot

ANN, BEN, GROUP, LARGE = 4711, 4712, -4000, -1001234567890


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as running:
        yield running


def parsed(raw: dict[str, Any]) -> Update:
    update = Update.de_json(raw, None)
    assert update.effective_chat is not None
    return update


def test_who_only_presses_in_a_group_cannot_be_written_to(peer: TelegramPeer) -> None:
    peer.add_group(GROUP)

    async def use(bot: Bot) -> None:
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("我", callback_data="x")]])
        await bot.send_message(GROUP, "来人", reply_markup=keyboard)
        (card,) = peer.sent_to(GROUP)
        pressed = parsed(peer.user_presses(ANN, card["message_id"], "我", chat_id=GROUP))
        assert pressed.callback_query is not None
        assert pressed.callback_query.from_user.id == ANN
        with pytest.raises(Forbidden, match="initiate conversation"):
            await bot.send_message(ANN, "x")
        peer.user_says(ANN, "/start")
        await bot.send_message(ANN, "x")

    with_bot(peer, use)


def test_a_group_that_becomes_a_supergroup(peer: TelegramPeer) -> None:
    peer.add_group(GROUP, "值班群")
    left, come = (parsed(raw).effective_message for raw in peer.group_upgraded(ANN, GROUP, LARGE))
    assert left is not None
    assert come is not None
    assert (left.chat.id, left.migrate_to_chat_id) == (GROUP, LARGE)
    assert (come.chat.id, come.migrate_from_chat_id, come.chat.title) == (LARGE, GROUP, "值班群")

    async def use(bot: Bot) -> None:
        with pytest.raises(ChatMigrated) as told:
            await bot.send_message(GROUP, "x")
        assert told.value.new_chat_id == LARGE
        await bot.send_message(LARGE, "x")

    with_bot(peer, use)


def test_a_bot_that_was_thrown_out_may_come_back(peer: TelegramPeer) -> None:
    peer.removed_from_group(ANN, GROUP)

    async def use(bot: Bot) -> None:
        with pytest.raises(Forbidden, match="kicked"):
            await bot.send_message(GROUP, "x")
        again = parsed(peer.added_to_group(ANN, GROUP)).my_chat_member
        assert again is not None
        assert (again.old_chat_member.status, again.new_chat_member.status) == ("left", "member")
        await bot.send_message(GROUP, "x")

    with_bot(peer, use)


@pytest.mark.parametrize(
    ("form", "media_type"),
    [("voice", "audio/ogg"), ("video", "video/mp4"), ("video_note", "video/mp4"), ("audio", "audio/mpeg")],
)
def test_what_people_record_can_be_fetched(peer: TelegramPeer, form: str, media_type: str) -> None:
    message = parsed(peer.user_sends_file(ANN, form, media_type, b"sound" * 9)).message
    assert message is not None
    found = getattr(message, form)
    assert found.file_size == 45

    async def use(bot: Bot) -> None:
        file = await bot.get_file(found.file_id)
        assert bytes(await file.download_as_bytearray()) == b"sound" * 9

    with_bot(peer, use)


def test_edits_of_captions_of_nothing_and_of_places(peer: TelegramPeer) -> None:
    photo = peer.user_sends_photo(ANN, caption="工资条")["message"]["message_id"]
    edited = parsed(peer.user_edits(ANN, photo, "工资条，三月")).edited_message
    assert edited is not None
    assert (edited.caption, len(edited.photo)) == ("工资条，三月", 2)
    text = peer.user_says(ANN, "看 https://example.com")["message"]["message_id"]
    same = parsed(peer.user_touches(ANN, text)).edited_message
    assert same is not None
    assert same.text == "看 https://example.com"
    place = peer.user_sends_location(ANN, 28.8, 108.7)["message"]["message_id"]
    moved = parsed(peer.user_moves(ANN, place, 28.9, 108.8)).edited_message
    assert moved is not None
    assert moved.location is not None
    assert moved.location.latitude == 28.9
    with pytest.raises(LookupError):
        peer.user_edits(BEN, text, "不是我的")
