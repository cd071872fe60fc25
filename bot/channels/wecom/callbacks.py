"""From the plaintext of a callback to what happened (wecom.md 3)."""

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.channels.wecom.cards import KEY
from bot.channels.wecom.crypto import Forged
from bot.channels.wecom.elements import Fields
from bot.channels.wecom.media import media_of
from bot.channels.wecom.members import member_id
from handlers.message import Kind, Message

APP = "wecom_app"
_MEDIA = frozenset({"image", "voice", "video", "shortvideo", "file", "link"})
_CLICKED = frozenset({"template_card_event", "template_card_menu_event"})
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
_LONGEST_CODE = 200
CODE_SECONDS = 72 * 3600
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
    if event in _CLICKED:
        return _click(fields, account, received_at)
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


def _click(fields: Fields, account: str, received_at: datetime) -> Message:
    """A button of a card. Its own code, good for one change of the clicker's card, is the right to answer."""
    key, code = fields.get("EventKey", ""), fields.get("ResponseCode", "")
    if not 0 < len(key.encode()) <= KEY:
        raise Forged(400, "EventKey is missing or is none")
    message = _person(fields, Kind.BUTTON, account, received_at, event_id(fields))
    if not 0 < len(code) <= _LONGEST_CODE:
        return replace(message, payload=key)
    return replace(message, payload=key, reply_token=code, reply_within=CODE_SECONDS)


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
    message = _person(fields, kind, account, received_at, _text(fields, "MsgId"), text)
    return replace(message, media=media_of(msgtype, fields.get("MediaId")))


def _person(
    fields: Fields, kind: Kind, account: str, received_at: datetime, message_id: str, text: str = ""
) -> Message:
    userid = member_id(_text(fields, "FromUserName"))
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
