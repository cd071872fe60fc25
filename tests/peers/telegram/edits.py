"""editMessageText, editMessageReplyMarkup, deleteMessage."""

from typing import Any

from .arguments import Arguments
from .errors import NOT_MODIFIED, bad_request
from .keyboards import is_inline, read_markup
from .messages import read_text
from .state import State
from .world import Stored

Json = dict[str, Any]

_TWO_DAYS = 48 * 3600


async def edit_message_text(state: State, arguments: Arguments) -> Json:
    content = read_text(arguments)
    stored = _own(state, arguments)
    if "text" not in stored.message:
        raise bad_request("there is no text in the message to edit")
    return _replace(state, stored, arguments, content)


async def edit_message_reply_markup(state: State, arguments: Arguments) -> Json:
    stored = _own(state, arguments)
    kept: Json = {name: stored.message[name] for name in ("text", "entities") if name in stored.message}
    return _replace(state, stored, arguments, kept)


async def delete_message(state: State, arguments: Arguments) -> bool:
    stored = _find(state, arguments, "delete")
    message = stored.message
    if not stored.by_bot and message["chat"]["type"] != "private":
        raise bad_request("message can't be deleted")
    if state.world.now() - message["date"] > _TWO_DAYS:
        raise bad_request("message can't be deleted for everyone")
    state.world.forget(message["chat"]["id"], message["message_id"])
    return True


def _find(state: State, arguments: Arguments, purpose: str) -> Stored:
    if not arguments.text("message_id"):
        raise bad_request("message identifier is not specified")
    chat = state.world.writable(arguments)
    stored = state.world.message(chat["id"], arguments.integer("message_id"))
    if stored is None:
        raise bad_request(f"message to {purpose} not found")
    return stored


def _own(state: State, arguments: Arguments) -> Stored:
    stored = _find(state, arguments, "edit")
    if not stored.by_bot:
        raise bad_request("message can't be edited")
    return stored


def _replace(state: State, stored: Stored, arguments: Arguments, content: Json) -> Json:
    markup = read_markup(arguments)
    if markup is not None and not is_inline(markup):
        raise bad_request("inline keyboard expected")
    message = stored.message
    names = ("text", "entities", "reply_markup")
    before = {name: message[name] for name in names if name in message}
    after = content | ({"reply_markup": markup} if markup else {})
    if before == after:
        raise bad_request(NOT_MODIFIED)
    # A new object: answers given earlier keep showing what was true then. Without reply_markup the buttons go.
    rest = {name: value for name, value in message.items() if name not in names}
    stored.message = rest | {"edit_date": int(state.world.now())} | after
    stored.markup = markup
    return stored.message
