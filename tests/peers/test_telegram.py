"""The Telegram peer, seen by python-telegram-bot: calls, messages, files, buttons."""

import asyncio
import time
from collections.abc import Iterator

import httpx
import pytest
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup, Update
from telegram.constants import ChatAction
from telegram.error import Forbidden, InvalidToken

from tests.peers.telegram.peer import TelegramPeer
from tests.peers.telegram_client import refusal, refused, with_bot

ANN = 4711
PLAIN_GROUP = -1234


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as running:
        yield running


def buttons(*pairs: tuple[str, str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, callback_data=data)] for text, data in pairs])


def url(peer: TelegramPeer, method: str, token: str | None = None) -> str:
    return f"{peer.base_url}/bot{token or peer.token}/{method}"


def test_get_me(peer: TelegramPeer) -> None:
    async def use(bot: Bot) -> None:
        me = await bot.get_me()
        assert (me.id, me.is_bot, me.username) == (700000001, True, "peer_bot")

    with_bot(peer, use)


def test_wrong_token_and_unknown_method(peer: TelegramPeer) -> None:
    assert httpx.get(url(peer, "getMe", "1:x")).json() == {
        "ok": False,
        "error_code": 401,
        "description": "Unauthorized",
    }
    assert httpx.get(url(peer, "nonsense")).status_code == 404

    async def use() -> None:
        async with Bot("1:x", base_url=f"{peer.base_url}/bot"):
            """Not reached."""

    with pytest.raises(InvalidToken):
        asyncio.run(use())


def test_arguments_by_query_form_json_and_multipart(peer: TelegramPeer) -> None:
    peer.add_user(ANN)
    words = {"chat_id": str(ANN), "text": "你好"}
    httpx.get(url(peer, "sendMessage"), params=words)
    httpx.post(url(peer, "SENDMESSAGE"), data=words)
    httpx.post(url(peer, "sendMessage"), json={"chat_id": ANN, "text": "你好"})
    httpx.post(url(peer, "sendMessage"), files={name: (None, value) for name, value in words.items()})
    assert [message["text"] for message in peer.sent_to(ANN)] == ["你好"] * 4
    assert {call.params["chat_id"] for call in peer.calls("sendMessage")} == {ANN}


def test_send_message_with_buttons_and_reply(peer: TelegramPeer) -> None:
    asked = peer.user_says(ANN, "欠薪怎么办?")["message"]["message_id"]

    async def use(bot: Bot) -> int:
        sent = await bot.send_message(
            ANN, "<b>可以</b>投诉 &amp; 仲裁", "HTML", reply_markup=buttons(("有用", "y")), reply_to_message_id=asked
        )
        assert (sent.text, sent.entities[0].type, sent.entities[0].length) == ("可以投诉 & 仲裁", "bold", 2)
        assert abs(sent.date.timestamp() - time.time()) < 5
        assert sent.reply_to_message is not None
        assert sent.reply_to_message.text == "欠薪怎么办?"
        await bot.send_message(ANN, "a", reply_markup=ReplyKeyboardMarkup([["人工"]]))
        return sent.message_id

    message_id = with_bot(peer, use)
    first, second = peer.sent_to(ANN)
    assert first["message_id"] == message_id
    assert first["reply_markup"]["inline_keyboard"][0][0] == {"text": "有用", "callback_data": "y"}
    assert second["reply_markup"]["keyboard"][0][0]["text"] == "人工"


@pytest.mark.parametrize(
    ("text", "markup", "said"),
    [
        ("", None, "message text is empty"),
        (" \n ", None, "text must be non-empty"),
        ("字" * 4097, None, "message is too long"),
        ("😀" * 2049, None, "message is too long"),
        ("a", {"inline_keyboard": [{"text": "x"}]}, 'field "inline_keyboard" of the InlineKeyboardMarkup must be'),
        ("a", {"inline_keyboard": [[{"text": "x"}]]}, "Text buttons are unallowed"),
        ("a", {"inline_keyboard": [[{"text": "x", "callback_data": ""}]]}, "Text buttons are unallowed"),
        ("a", {"inline_keyboard": [[{"text": "x", "callback_data": "字" * 22}]]}, "BUTTON_DATA_INVALID"),
        ("a", {"inline_keyboard": [[{"callback_data": "x"}]]}, 'Can\'t find field "text"'),
        ("a", "[", "can't parse reply keyboard markup JSON object"),
        ("a", [], "object expected as reply markup"),
    ],
)
def test_what_send_message_refuses(peer: TelegramPeer, text: str, markup: object, said: str) -> None:
    peer.add_user(ANN)
    assert said in refusal(peer, "sendMessage", chat_id=ANN, text=text, reply_markup=markup)
    assert peer.sent_to(ANN) == []


def test_the_longest_text_and_data_pass(peer: TelegramPeer) -> None:
    peer.add_user(ANN)
    with_bot(peer, lambda bot: bot.send_message(ANN, "😀" * 2048, reply_markup=buttons(("x", "d" * 64))))
    assert len(peer.sent_to(ANN)) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3 <5", 'Unsupported start tag ""'),
        ("字<p>", 'Unsupported start tag "p" at byte offset 3'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</b></i>", 'expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag"),
    ],
)
def test_broken_html_is_refused(peer: TelegramPeer, text: str, said: str) -> None:
    peer.add_user(ANN)
    assert said in refusal(peer, "sendMessage", chat_id=ANN, text=text, parse_mode="HTML")


def test_unknown_chat_and_blocked_bot(peer: TelegramPeer) -> None:
    assert refusal(peer, "sendMessage", chat_id=99, text="a") == "chat not found"
    assert refusal(peer, "sendMessage", text="a") == "chat_id is empty"
    update = Update.de_json(peer.blocked_by(ANN))
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "kicked"

    async def use(bot: Bot) -> None:
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(ANN, "a")
        peer.unblocked_by(ANN)
        await bot.send_message(ANN, "b")
        peer.deactivated(ANN)
        with pytest.raises(Forbidden, match="user is deactivated"):
            await bot.send_message(ANN, "c")

    with_bot(peer, use)
    assert [message["text"] for message in peer.sent_to(ANN)] == ["b"]


def test_edits_and_deletion(peer: TelegramPeer) -> None:
    theirs = peer.user_says(ANN, "hi")["message"]["message_id"]

    async def use(bot: Bot) -> None:
        sent = await bot.send_message(ANN, "一", reply_markup=buttons(("x", "x")))
        with refused("message is not modified"):
            await bot.edit_message_text("一", ANN, sent.message_id, reply_markup=buttons(("x", "x")))
        edited = await bot.edit_message_text("二", ANN, sent.message_id)
        assert not isinstance(edited, bool)
        assert (edited.text, edited.reply_markup, edited.edit_date is None) == ("二", None, False)
        await bot.edit_message_reply_markup(ANN, sent.message_id, reply_markup=buttons(("y", "y")))
        for message_id, said in ((theirs, "can't be edited"), (999, "message to edit not found")):
            with refused(said):
                await bot.edit_message_text("三", ANN, message_id)
        assert peer.sent_to(ANN)[0]["reply_markup"]["inline_keyboard"][0][0]["text"] == "y"
        assert await bot.delete_message(ANN, sent.message_id)
        with refused("message to delete not found"):
            await bot.delete_message(ANN, sent.message_id)

    with_bot(peer, use)
    assert peer.sent_to(ANN) == []


def test_pressed_button(peer: TelegramPeer) -> None:
    peer.add_user(ANN)

    async def use(bot: Bot) -> None:
        sent = await bot.send_message(ANN, "?", reply_markup=buttons(("是", "yes"), ("否", "no")))
        with pytest.raises(LookupError, match="是"):
            peer.user_presses(ANN, sent.message_id, "也许")
        for button, data in (("是", "yes"), ("no", "no")):
            query = Update.de_json(peer.user_presses(ANN, sent.message_id, button)).callback_query
            assert query is not None
            assert query.message is not None
            assert (query.data, query.message.message_id) == (data, sent.message_id)
            assert query.chat_instance
            assert await bot.answer_callback_query(query.id, "好", show_alert=True)
            with refused("query is too old"):
                await bot.answer_callback_query(query.id)
        late = peer.user_presses(ANN, sent.message_id, "是")["callback_query"]["id"]
        peer.expire_callback_queries()
        with refused("query is too old"):
            await bot.answer_callback_query(late)

    with_bot(peer, use)
    good = {"text": "好", "show_alert": True}
    assert [press.answer for press in peer.presses] == [good, good, None]


def test_chat_action_and_commands(peer: TelegramPeer) -> None:
    peer.add_user(ANN)

    async def use(bot: Bot) -> None:
        assert await bot.send_chat_action(ANN, ChatAction.TYPING)
        with refused("wrong parameter action"):
            await bot.send_chat_action(ANN, "dancing")
        assert await bot.set_my_commands([BotCommand("start", "开始"), BotCommand("rengong", "找人工")])
        assert (await bot.get_my_commands())[1].command == "rengong"
        with refused("BOT_COMMAND_INVALID"):
            await bot.set_my_commands([BotCommand("人工", "x")])
        assert [command["command"] for command in peer.commands] == ["start", "rengong"]
        await bot.delete_my_commands()
        assert await bot.get_my_commands() == ()

    with_bot(peer, use)
    assert peer.commands == []


def test_replies_and_deletions_that_are_refused(peer: TelegramPeer) -> None:
    in_group = peer.user_says(ANN, "hi", chat_id=PLAIN_GROUP)["message"]["message_id"]
    told = {"reply_parameters": {"message_id": 99}}
    assert refusal(peer, "sendMessage", chat_id=PLAIN_GROUP, text="a", **told) == "message to be replied not found"
    told["reply_parameters"]["allow_sending_without_reply"] = True
    httpx.post(url(peer, "sendMessage"), json={"chat_id": PLAIN_GROUP, "text": "a", **told})
    assert len(peer.sent_to(PLAIN_GROUP)) == 1
    there = {"chat_id": PLAIN_GROUP, "message_id": in_group}
    assert refusal(peer, "deleteMessage", **there) == "message can't be deleted"
    assert refusal(peer, "deleteMessage", chat_id=PLAIN_GROUP) == "message identifier is not specified"


def test_bot_thrown_out_of_a_group(peer: TelegramPeer) -> None:
    peer.add_group(PLAIN_GROUP)
    peer.removed_from_group(ANN, PLAIN_GROUP)

    async def use(bot: Bot) -> None:
        with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
            await bot.send_message(PLAIN_GROUP, "a")

    with_bot(peer, use)
    with pytest.raises(ValueError, match="nobody writes"):
        peer.user_says(ANN, "hi", chat_id=PLAIN_GROUP)


def test_parse_modes(peer: TelegramPeer) -> None:
    peer.add_user(ANN)
    assert refusal(peer, "sendMessage", chat_id=ANN, text="a", parse_mode="x") == "unsupported parse_mode"
    markdown = {"chat_id": ANN, "text": "*a*", "parse_mode": "MarkdownV2"}
    assert httpx.post(url(peer, "sendMessage"), json=markdown).status_code == 501
    with_bot(peer, lambda bot: bot.send_message(ANN, ' 见<a href="https://a.example/?x=1&amp;y">网站</a> ', "HTML"))
    (sent,) = peer.sent_to(ANN)
    assert sent["text"] == "见网站"
    assert sent["entities"] == [{"type": "text_link", "offset": 1, "length": 2, "url": "https://a.example/?x=1&y"}]


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_a_body_that_is_no_json_object(peer: TelegramPeer, body: bytes) -> None:
    answer = httpx.post(url(peer, "getMe"), content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400


def test_a_path_outside_the_api(peer: TelegramPeer) -> None:
    answer = httpx.get(f"{peer.base_url}/nothing/here/at/all")
    assert answer.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


@pytest.mark.parametrize(
    ("method", "arguments", "said"),
    [
        ("setMyCommands", {"commands": {}}, "expected an Array of BotCommand"),
        ("setMyCommands", {"commands": [{"command": "a", "description": "b"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ("setMyCommands", {"commands": [{"command": "a"}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ("answerCallbackQuery", {}, "query is too old and response timeout expired or query ID is invalid"),
        ("editMessageText", {"text": "a", "message_id": 1, "chat_id": 99}, "chat not found"),
    ],
)
def test_other_refusals(peer: TelegramPeer, method: str, arguments: dict[str, object], said: str) -> None:
    assert refusal(peer, method, **arguments) == said


@pytest.mark.parametrize(
    ("button", "said"),
    [
        ("x", "InlineKeyboardButton must be an Object"),
        ({"text": 5}, 'Field "text" must be of type String'),
        ({"text": " ", "callback_data": "x"}, "BUTTON_TEXT_INVALID"),
        ({"text": "x", "url": "no address"}, "BUTTON_URL_INVALID"),
    ],
)
def test_broken_buttons_are_refused(peer: TelegramPeer, button: object, said: str) -> None:
    peer.add_user(ANN)
    markup = {"inline_keyboard": [[button]]}
    assert said in refusal(peer, "sendMessage", chat_id=ANN, text="a", reply_markup=markup)
    many = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]] * 101}
    assert "TOO_LONG" in refusal(peer, "sendMessage", chat_id=ANN, text="a", reply_markup=many)
