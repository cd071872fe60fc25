"""What is to be done about the platform's errors."""

import logging
from datetime import timedelta

from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.channels.base import Refused, TryLater, Unreachable

_log = logging.getLogger(__name__)


def delivery_error(error: TelegramError) -> TryLater | Refused | Unreachable:
    """What is to be done about an error of the platform."""
    if isinstance(error, RetryAfter):
        after = error.retry_after
        seconds = after.total_seconds() if isinstance(after, timedelta) else float(after)
        return TryLater("429 too many requests", seconds, everybody=True)
    if isinstance(error, Forbidden):
        return Unreachable("403 the person has blocked the bot or is gone")
    if isinstance(error, BadRequest):
        gone = "chat not found" in str(error).lower()
        return Unreachable("400 chat not found") if gone else Refused(f"400 {error}"[:200])
    if isinstance(error, InvalidToken):
        _log.error("Telegram refuses the token: see fawen check")
        return TryLater("the token is refused", 300)
    if isinstance(error, NetworkError):
        return TryLater("no answer")
    return TryLater(type(error).__name__)
