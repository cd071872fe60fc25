"""What WeCom's error codes mean for a reply (wecom.md 1, 6.7). Decided by the number, never by the text."""

import logging

from bot.channels.base import DeliveryError, Refused, TryLater, Unreachable

BAD_TOKEN = frozenset({40014, 42001, 41001, 40001})
RATE = frozenset({45009, 45033})
NOT_TRUSTED = 60020
REPEATED = 95033
WRONG_STATE = 95018
NO_SUCH_MOVE = 95016
SESSION_OVER = 95013
NOT_A_SERVICER = frozenset({95014, 60030})
OFF_DUTY = 95019
BAD_CODE = 95007
CODE_GONE = frozenset({BAD_CODE, 41050})
CONFIGURATION = frozenset(
    {40001, 40013, 40056, 48002, 48006, 48007, 50003, 60011, 60020, 60030, 301002}
    | {95000, 95003, 95004, 95011, 95012, 95017}
)
CARD_GONE = frozenset({60140, 42022})
TASK_REPEATED = 42014
MEDIA_GONE = frozenset({40007, 40145})
TOO_LARGE = 830002
WINDOW_CLOSED = frozenset({95001, 95002, 95013, 95031})
NOBODY = frozenset({40003, 40096, 60111, 81013})
NEVER = frozenset(
    {40008, 40035, 40058, 40063, 40201, 40204, 44004, 45002, 47001, 82001, 95008, 95009}
    | {41010, 41016, 42031, 42035, 42038, 42039, 42045, 43012, TASK_REPEATED}  # cards
    | CODE_GONE
)
CONFIGURATION_PAUSE = 300.0
RATE_PAUSE = 60.0
_log = logging.getLogger(__name__)


class CallFailed(Exception):
    """A call did not do its work. `errcode` is None where nobody knows whether it did."""

    def __init__(self, errcode: int | None, text: str, ip: str | None = None) -> None:
        super().__init__(f"WeCom {errcode}: {text}" if errcode is not None else f"WeCom: {text}")
        self.errcode = errcode
        self.text = text
        self.ip = ip


def delivery_error(error: CallFailed) -> DeliveryError:
    """The refusal of a reply by what is to be done about it.

    An unknown code is tried again: the outbox gives up after some tries, and a new code may well mean "busy".
    """
    reason, code = str(error), error.errcode
    if code in RATE:
        return TryLater(reason, RATE_PAUSE, everybody=True)
    if code in CONFIGURATION:
        report(error)
        # Nothing of this account can go, so the others keep their tries.
        return TryLater(reason, CONFIGURATION_PAUSE, everybody=True)
    if code in WINDOW_CLOSED:
        return Refused(f"window: {reason}")
    if code in NOBODY:
        return Unreachable(reason)
    if code in NEVER:
        return Refused(reason)
    return TryLater(reason)


def report(error: CallFailed) -> None:
    """Say loudly what only an administrator can mend."""
    if error.errcode == NOT_TRUSTED:
        _log.error("WeCom does not trust our address %s: enter it as 企业可信IP of the app (60020)", error.ip or "?")
    elif error.errcode in CONFIGURATION:
        _log.error("%s: nothing can be sent or fetched until this is mended; run fawen check", error)
