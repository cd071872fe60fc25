"""The Telegram peer's updates, fetched by python-telegram-bot: parsing, offsets, long polling."""

import asyncio
import time
from collections.abc import Iterator

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import Conflict
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from tests.peers.telegram.peer import TelegramPeer
from tests.peers.telegram_client import refusal, with_bot

ANN = 4711
GROUP = -1001234


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as running:
        yield running


def url(peer: TelegramPeer, method: str) -> str:
    return f"{peer.base_url}/bot{peer.token}/{method}"


def test_what_people_send_can_be_parsed(peer: TelegramPeer) -> None:
    said = peer.user_says(ANN, "/start abc")["message"]["message_id"]
    peer.user_sends_location(ANN, 26.5, 106.7)
    peer.user_sends_document(ANN, "合同.pdf", b"%PDF", "请看")
    peer.user_edits(ANN, said, "改了")
    peer.user_says(ANN, "群里问", chat_id=GROUP)
    peer.user_sends(ANN, {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 3}})

    async def use(bot: Bot) -> None:
        start, place, document, edited, group, voice = await bot.get_updates()
        assert start.message is not None
        assert start.message.entities[0].type == "bot_command"
        assert start.message.entities[0].length == 6
        assert place.message is not None
        assert place.message.location is not None
        assert place.message.location.latitude == 26.5
        assert document.message is not None
        assert document.message.document is not None
        assert document.message.document.file_name == "合同.pdf"
        assert edited.edited_message is not None
        assert (edited.edited_message.text, edited.edited_message.message_id) == ("改了", said)
        assert group.effective_chat is not None
        assert (group.effective_chat.id, group.effective_chat.type) == (GROUP, "supergroup")
        assert voice.message is not None
        assert voice.message.voice is not None
        ids = [update.update_id for update in (start, place, document, edited, group, voice)]
        assert ids == list(range(ids[0], ids[0] + 6))

    with_bot(peer, use)


def test_offset_confirms_and_limit_limits(peer: TelegramPeer) -> None:
    ids = [peer.user_says(ANN, str(number))["update_id"] for number in range(5)]

    async def use(bot: Bot) -> None:
        assert [update.update_id for update in await bot.get_updates(limit=2)] == ids[:2]
        assert [update.update_id for update in await bot.get_updates(limit=2)] == ids[:2]
        assert [update.update_id for update in await bot.get_updates(offset=ids[1] + 1)] == ids[2:]
        assert [update.update_id for update in await bot.get_updates(offset=-1)] == ids[4:]
        assert await bot.get_updates(offset=ids[4] + 1) == ()

    with_bot(peer, use)
    assert peer.pending_updates == []


def test_allowed_updates_hold_until_changed(peer: TelegramPeer) -> None:
    async def use(bot: Bot) -> None:
        await bot.get_updates(allowed_updates=["callback_query"])
        peer.user_says(ANN, "lost")
        assert await bot.get_updates() == ()
        await bot.get_updates(allowed_updates=[])
        peer.user_says(ANN, "kept")
        assert len(await bot.get_updates()) == 1

    with_bot(peer, use)


def test_long_poll_wakes_up_and_times_out(peer: TelegramPeer) -> None:
    async def use(bot: Bot) -> None:
        began = time.monotonic()
        assert await bot.get_updates(timeout=1) == ()
        assert 0.9 < time.monotonic() - began < 3
        poll = asyncio.create_task(bot.get_updates(timeout=20))
        await asyncio.sleep(0.1)
        assert not poll.done()
        began = time.monotonic()
        peer.user_says(ANN, "hello")
        assert len(await poll) == 1
        assert time.monotonic() - began < 1

    with_bot(peer, use)


def test_second_poller_ends_the_first(peer: TelegramPeer) -> None:
    async def use(bot: Bot) -> None:
        first = asyncio.create_task(bot.get_updates(timeout=20))
        await asyncio.sleep(0.1)
        second = asyncio.create_task(httpx_poll(peer))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        peer.user_says(ANN, "to the second")
        assert len(await second) == 1

    with_bot(peer, use)


async def httpx_poll(peer: TelegramPeer) -> list[object]:
    async with httpx.AsyncClient() as client:
        answer = await client.post(url(peer, "getUpdates"), data={"timeout": "20"}, timeout=30)
    return list(answer.json()["result"])


def test_poison_update_breaks_the_library_but_not_the_queue(peer: TelegramPeer) -> None:
    peer.user_says(ANN, "before")
    poison = peer.raw_update()
    peer.user_says(ANN, "after")

    async def use(bot: Bot) -> None:
        with pytest.raises(TypeError):
            await bot.get_updates()
        after = await bot.get_updates(offset=poison["update_id"] + 1)
        assert [update.effective_message and update.effective_message.text for update in after] == ["after"]

    with_bot(peer, use)


def test_duplicate_comes_with_its_old_number(peer: TelegramPeer) -> None:
    update_id = peer.user_says(ANN, "once")["update_id"]

    async def use(bot: Bot) -> None:
        await bot.get_updates(offset=update_id + 1)
        peer.deliver_again(update_id)
        again = await bot.get_updates(offset=update_id + 1)
        assert [update.update_id for update in again] == [update_id]
        assert await bot.get_updates(offset=update_id + 1) == ()

    with_bot(peer, use)


def test_restart_keeps_port_and_memory() -> None:
    peer = TelegramPeer()
    with peer:
        address = peer.base_url
        peer.user_says(ANN, "kept")
    with pytest.raises(httpx.ConnectError):
        httpx.get(url(peer, "getMe"))
    with peer:
        assert peer.base_url == address
        assert len(httpx.get(url(peer, "getUpdates")).json()["result"]) == 1


async def _start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("有用", callback_data="y")]])
    await update.message.reply_text("您好", reply_markup=keyboard)


async def _pressed(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    query = update.callback_query
    assert query is not None
    await query.answer("谢谢")
    await query.edit_message_text(f"{query.data}!")


def test_an_application_of_the_library_from_start_to_button(peer: TelegramPeer) -> None:
    async def run() -> None:
        builder = Application.builder().token(peer.token).base_url(f"{peer.base_url}/bot").job_queue(None)
        application = builder.build()
        application.add_handler(CommandHandler("start", _start))
        application.add_handler(CallbackQueryHandler(_pressed))
        async with application:
            await application.start()
            assert application.updater is not None
            await application.updater.start_polling()
            peer.user_says(ANN, "/start")
            (hello,) = await asyncio.to_thread(peer.wait_for_sent, ANN)
            peer.user_presses(ANN, hello["message_id"], "有用")
            edited = lambda: peer.sent_to(ANN)[0]["text"] == "y!"  # noqa: E731 (a condition)
            await asyncio.to_thread(peer.wait_until, edited)
            await application.updater.stop()
            await application.stop()

    asyncio.run(run())
    assert peer.presses[0].answer == {"text": "谢谢", "show_alert": False}


def test_waiting_in_vain_says_for_what(peer: TelegramPeer) -> None:
    with pytest.raises(TimeoutError, match="1 messages to 4711"):
        peer.wait_for_sent(ANN, timeout=0.05)


def test_people_edit_only_their_own_messages(peer: TelegramPeer) -> None:
    message_id = peer.user_says(ANN, "mine", chat_id=GROUP)["message"]["message_id"]
    with pytest.raises(LookupError, match="not by user"):
        peer.user_edits(ANN + 1, message_id, "yours", chat_id=GROUP)
    with pytest.raises(LookupError, match="no message"):
        peer.user_edits(ANN, message_id, "elsewhere")
    with pytest.raises(ValueError, match="negative"):
        peer.add_group(5)


def test_the_clock_is_the_tests_own() -> None:
    clock = [1_700_000_000.0]
    with TelegramPeer(now=lambda: clock[0]) as peer:
        message = peer.user_says(ANN, "old")["message"]
        assert message["date"] == 1_700_000_000
        clock[0] += 49 * 3600
        there = {"chat_id": ANN, "message_id": message["message_id"]}
        assert refusal(peer, "deleteMessage", **there) == "message can't be deleted for everyone"
