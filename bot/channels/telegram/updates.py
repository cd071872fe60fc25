"""What a person did, out of one of Telegram's updates."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from telegram import Chat, Update
from telegram import Message as Said

from bot.channels.telegram.media import media_of
from bot.text import storable
from handlers.message import Kind, Media, Message

NAME = "telegram"


def update_id(update: Mapping[str, Any]) -> int:
    """The id of a raw update, 0 where there is no usable one."""
    value = update.get("update_id")
    return value if type(value) is int and 0 < value < 2**63 else 0


def to_message(update: Update, account: str, staff_chat: str, now: datetime) -> Message | None:
    """What a person did, or None where it is none of ours.

    Ours are private chats, and in the staff's group only the taps on the cards that it got.
    """
    chat, person = update.effective_chat, update.effective_user
    if chat is None or person is None:
        return None
    found = _tap(update, chat, staff_chat) or (_done(update) if chat.type == "private" else None)
    if found is None:
        return None
    kind, text, payload, media = found
    said = update.message or update.edited_message
    return Message(
        channel=NAME,
        account=account,
        chat=str(chat.id),
        sender=str(person.id),
        message_id=f"u{update.update_id}",
        kind=kind,
        text=storable(text),
        payload=payload,
        sent_at=said.date if said is not None else now,
        received_at=now,
        media=media,
        edited=update.edited_message is not None,
        group=chat.type != "private",
    )


def is_start(text: str) -> bool:
    """/start, with or without the bot's name and words behind it."""
    return command(text) == "/start"


def command(text: str) -> str:
    """The command with which a text begins, without the bot's name; "" where it begins with none."""
    words = text.split(maxsplit=1)
    return words[0].partition("@")[0] if words and words[0].startswith("/") else ""


_Found = tuple[Kind, str, str, Media | None]


def _tap(update: Update, chat: Chat, staff_chat: str) -> _Found | None:
    query = update.callback_query
    if query is None or not (chat.type == "private" or str(chat.id) == staff_chat):
        return None
    return Kind.BUTTON, "", query.data or "", None


def _done(update: Update) -> _Found | None:
    if update.my_chat_member is not None:
        left = update.my_chat_member.new_chat_member.status == "kicked"
        return (Kind.LEAVE, "", "", None) if left else None
    if update.edited_message is not None:
        found = _said(update.edited_message)
        # A live location is an edit every few seconds; a changed one of anything else we do not read either.
        return found if found[1] or found[3] else None
    return _said(update.message) if update.message is not None else None


def _said(said: Said) -> _Found:
    media = media_of(said)
    if said.text is not None:
        return (Kind.ENTER if is_start(said.text) else Kind.TEXT), said.text, "", None
    if said.location is not None:
        return Kind.LOCATION, "", "", None
    return (Kind.TEXT if said.caption else Kind.MEDIA), said.caption or "", "", media
