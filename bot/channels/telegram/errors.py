"""What is to be done about the platform's errors."""

import logging
from datetime import timedelta

from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.channels.base import Refused, TooLate, TryLater, Unreachable

# The card shows already what it should, or nobody sees it any more.
_AS_WANTED = ("message is not modified", "message to edit not found", "message_id_invalid")
_log = logging.getLogger(__name__)


def delivery_error(error: TelegramError) -> TryLater | Refused | Unreachable:
    """What is to be done about an error of the platform."""
    if isinstance(error, RetryAfter):
        return TryLater("429 too many requests", seconds_of(error), everybody=True)
    if isinstance(error, Forbidden):
        return Unreachable("403 the person has blocked the bot or is gone, or the bot was removed from the group")
    if isinstance(error, ChatMigrated):
        _log.error('the staff group has a new id: set [telegram] staff_chat = "%s"', error.new_chat_id)
        return Unreachable("400 the group became a supergroup with another id")
    if isinstance(error, BadRequest):
        gone = "chat not found" in str(error).lower()
        return Unreachable("400 chat not found") if gone else Refused(f"400 {error}"[:200])
    if isinstance(error, InvalidToken):
        _log.error("Telegram refuses the token: see fawen check")
        return TryLater("the token is refused", 300)
    return TryLater("no answer" if isinstance(error, NetworkError) else type(error).__name__)


def change_error(error: TelegramError) -> TryLater | Refused | Unreachable | None:
    """What is to be done where a message could not be changed; None where it is as it should be."""
    if isinstance(error, BadRequest):
        said = str(error).lower()
        # A card that stays as it was does no harm: a tap on it is told who was quicker.
        return None if any(words in said for words in _AS_WANTED) else TooLate(f"400 {error}"[:200])
    return delivery_error(error)


def seconds_of(error: RetryAfter) -> float:
    """How long the platform wants us to wait."""
    after = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)
