"""From a page of kf/sync_msg to messages, and to what else it changes (wecom.md 6.2)."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.channels.wecom.layout import payload_of
from bot.rows import new_message
from handlers.message import Kind, Message, Window
from storage.records import ConversationKey, NewMessage

KF = "wecom_kf"
WINDOW = Window(hours=48, messages=5)
WELCOME_SECONDS = 20
_RESIDENT, _SYSTEM, _SERVICER = 3, 4, 5
_LONGEST_ID = 128
_ENDED = 3
_SOMEBODY = "servicer"
_FAILED = {
    1: "the account was deleted",
    2: "the app is disabled",
    4: "more than 48 hours after the resident's message",
    5: "the session is over",
    6: "more than 5 messages",
    8: "the corp is not verified",
    10: "the resident refuses messages",
    11: "no member is logged in",
    12: "this type is not allowed",
    13: "held back by the platform's security",
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """A person took the conversation in the platform's client; `name` is None when it went back to the bot."""

    key: ConversationKey
    name: str | None


@dataclass(frozen=True, slots=True)
class Recalled:
    """A resident took a message back."""

    key: ConversationKey
    message_id: str


@dataclass(frozen=True, slots=True)
class Bounced:
    """A reply that was taken did not arrive after all."""

    key: str
    reason: str


Happened = NewMessage | Held | Recalled | Bounced


def read_page(items: Iterable[Any], account: str, now: datetime, answered_after: datetime | None) -> list[Happened]:
    """What a page holds, in its order. An item that cannot be read is passed over: it must not stop the rest.

    Messages sent before `answered_after` are kept and not answered: at the first start three days come in at once.
    """
    happened: list[Happened] = []
    for item in items:
        try:
            happened += _read(item, account, now)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
            _log.warning("an item of customer service could not be read: %s", type(error).__name__)
    return [_too_old(one, answered_after) for one in happened]


def _read(item: Mapping[str, Any], account: str, now: datetime) -> list[Happened]:
    if item["msgtype"] == "event":
        return _event(item, account, now)
    resident, sent_at = _id(item["external_userid"]), datetime.fromtimestamp(item["send_time"], UTC)
    key = ConversationKey(KF, account, resident)
    kind, text, payload = _content(item)
    message = Message(KF, account, resident, resident, _id(item["msgid"]), kind, sent_at, now, text, payload)
    if item["origin"] == _RESIDENT:
        return [new_message(replace(message, window=WINDOW))]
    if item["origin"] == _SERVICER:
        servicer = _id(item.get("servicer_userid") or _SOMEBODY)
        said = new_message(replace(message, sender=servicer))
        return [replace(said, state="ignored", error="said by a servicer"), Held(key, servicer)]
    return []


def _content(item: Mapping[str, Any]) -> tuple[Kind, str, str]:
    body = item.get(item["msgtype"]) or {}
    if item["msgtype"] == "text":
        payload = _clean(payload_of(body.get("menu_id") or ""))
        return Kind.BUTTON if payload else Kind.TEXT, _clean(body["content"]), payload
    if item["msgtype"] == "location":
        parts = dict.fromkeys(_clean(body.get(name) or "") for name in ("address", "name"))
        return Kind.LOCATION, " ".join(part for part in parts if part), ""
    return Kind.MEDIA, "", ""


def _event(item: Mapping[str, Any], account: str, now: datetime) -> list[Happened]:
    event = item["event"]
    kind = event["event_type"]
    if kind == "msg_send_fail":
        number = event.get("fail_type")
        return [Bounced(_id(event["fail_msgid"]), f"not delivered: {_FAILED.get(number, f'fail_type {number}')}")]
    if kind not in ("enter_session", "session_status_change", "user_recall_msg"):
        _log.info("an event of customer service of type %r is passed over", str(kind)[:40])
        return []
    key = ConversationKey(KF, account, _id(event["external_userid"]))
    if kind == "user_recall_msg":
        return [Recalled(key, _id(event["recall_msgid"]))]
    if kind == "session_status_change":
        ended = event["change_type"] == _ENDED
        return [Held(key, None if ended else _id(event.get("new_servicer_userid") or _SOMEBODY))]
    if not event.get("welcome_code"):
        return []  # the resident was greeted or has written within 48 hours: the platform takes no greeting now
    sent_at = datetime.fromtimestamp(item["send_time"], UTC)
    message = Message(KF, account, key.chat, key.chat, _id(item["msgid"]), Kind.ENTER, sent_at, now)
    code = _id(event["welcome_code"])
    return [new_message(replace(message, reply_token=code, reply_within=WELCOME_SECONDS))]


def _too_old(happened: Happened, answered_after: datetime | None) -> Happened:
    if not isinstance(happened, NewMessage) or answered_after is None or happened.sent_at >= answered_after:
        return happened
    return happened if happened.state != "new" else replace(happened, state="ignored", error="before the first start")


def _id(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID:
        raise ValueError("an id is missing or too long")
    return value


def _clean(text: str) -> str:
    """Text as every database takes it: JSON may carry half characters and NUL."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
