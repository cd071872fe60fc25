"""What a person did, out of one of Telegram's updates."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from telegram import Update

from bot.text import storable
from handlers.message import Kind, Message

NAME = "telegram"


def update_id(update: Mapping[str, Any]) -> int:
    """The id of a raw update, 0 where there is no usable one."""
    value = update.get("update_id")
    return value if type(value) is int and 0 < value < 2**63 else 0


def to_message(update: Update, account: str, now: datetime) -> Message | None:
    """What a person did in a private chat, or None: groups and other updates are not ours."""
    chat, person = update.effective_chat, update.effective_user
    if chat is None or person is None or chat.type != "private":
        return None
    said = update.message or update.edited_message
    kind, text, payload = Kind.MEDIA, "", ""
    sent_at = said.date if said is not None else now
    if update.callback_query is not None:
        kind, payload = Kind.BUTTON, update.callback_query.data or ""
    elif update.my_chat_member is not None:
        if update.my_chat_member.new_chat_member.status != "kicked":
            return None
        kind = Kind.LEAVE
    elif said is None:
        return None
    elif said.text is not None:
        kind, text = (Kind.ENTER if is_start(said.text) else Kind.TEXT), said.text
    elif said.location is not None:
        kind = Kind.LOCATION
    elif said.caption:
        kind, text = Kind.TEXT, said.caption
    return Message(
        channel=NAME,
        account=account,
        chat=str(chat.id),
        sender=str(person.id),
        message_id=f"u{update.update_id}",
        kind=kind,
        text=storable(text),
        payload=payload,
        sent_at=sent_at,
        received_at=now,
    )


def is_start(text: str) -> bool:
    """/start, with or without the bot's name and words behind it."""
    return text.partition("@")[0].split()[:1] == ["/start"]
