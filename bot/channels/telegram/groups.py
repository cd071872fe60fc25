"""The staff's group: whether the bot is in it, and under which number."""

import logging

from telegram import Update

_OUT = ("left", "kicked")
_log = logging.getLogger(__name__)


def membership(update: Update, staff_chat: str) -> bool | None:
    """Whether the bot is now in the staff's group; None where nothing is said of it. What staff must mend is logged."""
    chat = update.effective_chat
    if chat is None or chat.type == "private":
        return None
    ours = str(chat.id) == staff_chat
    if update.message is not None and update.message.migrate_to_chat_id is not None and ours:
        _log.error('the staff group has a new id: set [telegram] staff_chat = "%s"', update.message.migrate_to_chat_id)
        return False
    if update.my_chat_member is None:
        return None
    inside = update.my_chat_member.new_chat_member.status not in _OUT
    if ours and not inside:
        _log.error("the bot was removed from the staff group: nobody is alerted there until it is taken in again")
    elif inside and not ours:
        _log.warning('the bot was taken into a group; if it is the staff\'s, set staff_chat = "%s"', chat.id)
    return inside if ours else None
