"""From the plaintext of a callback to what happened (wecom.md 3)."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.channels.wecom.crypto import Forged
from bot.channels.wecom.elements import Fields
from handlers.message import Kind, Message

APP = "wecom_app"
_MEDIA = frozenset({"image", "voice", "video", "shortvideo", "file", "link"})
_OPENED = frozenset({"enter_agent", "subscribe"})
_IDLE = frozenset({"inactive_alert", "close_inactive_agent", "low_active_alert", "low_active"})
# What tells one event from another: sender and second alone are too coarse (wecom.md 2.2).
_IDENTITY = (
    "AgentID",
    "MsgType",
    "Event",
    "ChangeType",
    "EventKey",
    "TaskId",
    "FromUserName",
    "CreateTime",
    "ResponseCode",
    "Token",
)
_LONGEST_ID = 64
_LONGEST_TOKEN = 128
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bell:
    """Something happened in a customer-service account; what, is to be fetched (wecom.md 6.1)."""

    account: str
    token: str | None


def read(fields: Fields, account: str, received_at: datetime) -> Message | Bell | None:
    """What a callback says; None where it is nothing to us.

    Raises:
        Forged: with 400 where an element is missing or is none.
    """
    msgtype = _text(fields, "MsgType").lower()
    if msgtype != "event":
        return _message(fields, msgtype, account, received_at)
    event = _text(fields, "Event").lower()
    if event == "kf_msg_or_event":
        token = fields.get("Token", "")
        return Bell(_text(fields, "OpenKfId"), token if 0 < len(token) <= _LONGEST_TOKEN else None)
    if event in _OPENED:
        return _person(fields, Kind.ENTER, account, received_at, event_id(fields))
    if event in _IDLE:
        _log.error("WeCom says %s: the app is hardly used and will be or was disabled; see the admin console", event)
    else:
        _log.info("a WeCom event of type %r is passed over", event[:40])
    return None


def event_id(fields: Fields) -> str:
    """An id for an event, the same when it is delivered again; the platform gives none."""
    values = "\x1f".join(fields.get(name, "") for name in _IDENTITY)
    return hashlib.sha256(values.encode()).hexdigest()


def _message(fields: Fields, msgtype: str, account: str, received_at: datetime) -> Message | None:
    if msgtype == "text":
        kind, text = Kind.TEXT, fields.get("Content", "")
    elif msgtype == "location":
        kind, text = Kind.LOCATION, fields.get("Label", "")
    elif msgtype in _MEDIA:
        kind, text = Kind.MEDIA, ""
    else:
        _log.info("a WeCom message of type %r is passed over", msgtype[:40])
        return None
    return _person(fields, kind, account, received_at, _text(fields, "MsgId"), text)


def _person(
    fields: Fields, kind: Kind, account: str, received_at: datetime, message_id: str, text: str = ""
) -> Message:
    userid = _text(fields, "FromUserName")
    try:
        sent_at = datetime.fromtimestamp(int(_text(fields, "CreateTime")), UTC)
    except (ValueError, OverflowError, OSError):
        raise Forged(400, "CreateTime is no time") from None
    return Message(APP, account, userid, userid, message_id, kind, sent_at, received_at, text)


def _text(fields: Fields, name: str) -> str:
    """An element that must be there, as short as ids are."""
    value = fields.get(name, "")
    if not 0 < len(value) <= _LONGEST_ID:
        raise Forged(400, f"{name} is missing or is none")
    return value
