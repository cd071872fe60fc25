"""sendMessage, sendPhoto, sendDocument, sendChatAction."""

from typing import Any

from .arguments import Arguments, Upload
from .entities import CAPTION_LIMIT, TEXT_LIMIT, formatted
from .errors import bad_request
from .keyboards import is_inline, read_markup
from .state import State

Json = dict[str, Any]

_ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}


async def send_message(state: State, arguments: Arguments) -> Json:
    return _send(state, arguments, "sendMessage", read_text(arguments))


async def send_photo(state: State, arguments: Arguments) -> Json:
    state.world.writable(arguments)
    files = state.world.files
    photo = files.named(arguments, "photo")
    content: Json = {"photo": files.photo(photo.data)}
    return _send(state, arguments, "sendPhoto", content | _read_caption(arguments))


async def send_document(state: State, arguments: Arguments) -> Json:
    state.world.writable(arguments)
    files = state.world.files
    document = files.named(arguments, "document")
    body = files.document(document) if isinstance(document, Upload) else files.document_json(document)
    return _send(state, arguments, "sendDocument", {"document": body} | _read_caption(arguments))


async def send_chat_action(state: State, arguments: Arguments) -> bool:
    if arguments.text("action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    state.world.writable(arguments)
    return True


def read_text(arguments: Arguments) -> Json:
    """The text of a message that is sent or edited."""
    given = arguments.text("text")
    if not given:
        raise bad_request("message text is empty")
    text, entities = formatted(given, arguments.text("parse_mode"), TEXT_LIMIT, "message is too long")
    if not text:
        raise bad_request("text must be non-empty")
    entities = arguments.decoded("entities", "entities") or entities
    return {"text": text} | ({"entities": entities} if entities else {})


def _read_caption(arguments: Arguments) -> Json:
    mode = arguments.text("parse_mode")
    caption, entities = formatted(arguments.text("caption"), mode, CAPTION_LIMIT, "message caption is too long")
    if not caption:
        return {}
    return {"caption": caption} | ({"caption_entities": entities} if entities else {})


def _send(state: State, arguments: Arguments, method: str, content: Json) -> Json:
    world = state.world
    chat = world.writable(arguments)
    markup = read_markup(arguments)
    extra = _reply(state, arguments, chat["id"])
    if is_inline(markup):
        # Only inline keyboards are part of a Message; a reply keyboard lives in the person's app.
        extra["reply_markup"] = markup
    stored = world.put(chat, world.bot, extra | content, markup)
    state.rates.sent(method, chat["id"])
    return stored.message


def _reply(state: State, arguments: Arguments, chat_id: int) -> Json:
    wanted = arguments.decoded("reply_parameters", "reply parameters") or {}
    message_id = wanted.get("message_id") or arguments.integer("reply_to_message_id")
    if not message_id:
        return {}
    stored = state.world.message(chat_id, message_id)
    if stored is not None:
        return {"reply_to_message": {k: v for k, v in stored.message.items() if k != "reply_to_message"}}
    if wanted.get("allow_sending_without_reply") or arguments.flag("allow_sending_without_reply"):
        return {}
    raise bad_request("message to be replied not found")
