"""Whether the bot may write to a chat: people block it and come back, groups take it in and throw it out."""

import logging
from dataclasses import dataclass

from telegram import Chat, ChatMemberUpdated, Update

_OUT = ("left", "kicked")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Membership:
    """What the platform tells of a chat. `reason` says why it cannot be written to, None where it can."""

    chat: str
    reason: str | None


def membership(update: Update, staff_chat: str) -> Membership | None:
    """What an update tells of a person's chat or of the staff's group; what staff have to mend is logged."""
    chat, change = update.effective_chat, update.my_chat_member
    if chat is None:
        return None
    if chat.type != "private":
        return _of_group(update, chat, staff_chat)
    if change is None:
        return None
    return Membership(str(chat.id), None if _inside(change) else "the person has blocked the bot")


def _of_group(update: Update, chat: Chat, staff_chat: str) -> Membership | None:
    change, said = update.my_chat_member, update.message
    ours = str(chat.id) == staff_chat
    if ours and said is not None and said.migrate_to_chat_id is not None:
        _log.error('the staff group has a new id: set [telegram] staff_chat = "%s"', said.migrate_to_chat_id)
        return Membership(staff_chat, "the group became a supergroup with another id")
    if change is None or (not ours and not _inside(change)):
        return None
    if not ours:
        _log.warning('the bot was taken into a group; if it is the staff\'s, set staff_chat = "%s"', chat.id)
        return None
    if _inside(change):
        return Membership(staff_chat, None)
    _log.error("the bot was removed from the staff group: nobody is alerted there until it is taken in again")
    return Membership(staff_chat, "the bot was removed from the group")


def _inside(change: ChatMemberUpdated) -> bool:
    return change.new_chat_member.status not in _OUT
