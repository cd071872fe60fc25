"""From a page of kf/sync_msg to messages, and to what else it changes (wecom.md 6.2)."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels.wecom.layout import payload_of
from bot.channels.wecom.media import media_of
from bot.channels.wecom.members import SOMEBODY, member_id
from bot.rows import new_message
from handlers.message import Kind, Media, Message, Window
from storage.records import ConversationKey, NewMessage

KF = "wecom_kf"
WINDOW = Window(hours=48, messages=5)
WELCOME_SECONDS = 20
ENDED_SECONDS = 20
_RESIDENT, _SYSTEM, _SERVICER = 3, 4, 5
_LONGEST_ID = 128
_ENDED = 3
_ON_DUTY = 1
_RECALLED = ("user_recall_msg", "servicer_recall_msg")
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
class Took:
    """`member` serves the resident from now on; `code` is a one-shot right to say who that is."""

    key: ConversationKey
    member: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Spoke:
    """`member` wrote to the resident."""

    key: ConversationKey
    member: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A servicer ended the session; with `code` one message may be said `until` then."""

    key: ConversationKey
    code: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A member began or stopped to take residents of the account."""

    account: str
    member: str
    on: bool


@dataclass(frozen=True, slots=True)
class Recalled:
    """Somebody took a message back."""

    key: ConversationKey
    message_id: str


@dataclass(frozen=True, slots=True)
class Bounced:
    """A reply that was taken did not arrive after all."""

    key: str
    reason: str


Happened = NewMessage | Took | Spoke | Ended | OnDuty | Recalled | Bounced


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
    kind, text, payload, media = _content(item)
    message = Message(
        KF, account, resident, resident, _id(item["msgid"]), kind, sent_at, now, text, payload, media=media
    )
    if item["origin"] == _RESIDENT:
        return [new_message(replace(message, window=WINDOW))]
    if item["origin"] == _SERVICER:
        servicer = _member(item.get("servicer_userid"))
        said = new_message(replace(message, sender=servicer))
        return [replace(said, state="ignored", error="said by a servicer"), Spoke(key, servicer)]
    return []


def _content(item: Mapping[str, Any]) -> tuple[Kind, str, str, Media | None]:
    body = item.get(item["msgtype"]) or {}
    if item["msgtype"] == "text":
        payload = _clean(payload_of(body.get("menu_id") or ""))
        return Kind.BUTTON if payload else Kind.TEXT, _clean(body["content"]), payload, None
    if item["msgtype"] == "location":
        parts = dict.fromkeys(_clean(body.get(name) or "") for name in ("address", "name"))
        return Kind.LOCATION, " ".join(part for part in parts if part), "", None
    return Kind.MEDIA, "", "", media_of(item["msgtype"], body.get("media_id"))


def _event(item: Mapping[str, Any], account: str, now: datetime) -> list[Happened]:
    event = item["event"]
    kind = event["event_type"]
    if kind == "msg_send_fail":
        number = event.get("fail_type")
        return [Bounced(_id(event["fail_msgid"]), f"not delivered: {_FAILED.get(number, f'fail_type {number}')}")]
    if kind == "servicer_status_change":
        return [OnDuty(account, _member(event["servicer_userid"]), event["status"] == _ON_DUTY)]
    if kind in ("enter_session", "session_status_change", *_RECALLED):
        return _about_resident(item, ConversationKey(KF, account, _id(event["external_userid"])), now)
    _log.info("an event of customer service of type %r is passed over", str(kind)[:40])
    return []


def _about_resident(item: Mapping[str, Any], key: ConversationKey, now: datetime) -> list[Happened]:
    event = item["event"]
    if event["event_type"] in _RECALLED:
        return [Recalled(key, _id(event["recall_msgid"]))]
    sent_at = datetime.fromtimestamp(item["send_time"], UTC)
    if event["event_type"] == "session_status_change":
        return [_moved(key, event, sent_at)]
    if not event.get("welcome_code"):
        return []  # the resident was greeted or has written within 48 hours: the platform takes no greeting now
    message = Message(KF, key.account, key.chat, key.chat, _id(item["msgid"]), Kind.ENTER, sent_at, now)
    code = _id(event["welcome_code"])
    return [new_message(replace(message, reply_token=code, reply_within=WELCOME_SECONDS))]


def _moved(key: ConversationKey, event: Mapping[str, Any], at: datetime) -> Took | Ended:
    code = _id(event["msg_code"]) if event.get("msg_code") else None
    if event["change_type"] == _ENDED:
        return Ended(key, code, at + timedelta(seconds=ENDED_SECONDS))
    return Took(key, _member(event.get("new_servicer_userid")), code)


def _too_old(happened: Happened, answered_after: datetime | None) -> Happened:
    if answered_after is not None and isinstance(happened, Took | Ended):
        return replace(happened, code=None)  # what happened days ago is nothing to speak of now
    if not isinstance(happened, NewMessage) or answered_after is None or happened.sent_at >= answered_after:
        return happened
    return happened if happened.state != "new" else replace(happened, state="ignored", error="before the first start")


def _id(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID:
        raise ValueError("an id is missing or too long")
    return value


def _member(value: Any) -> str:
    return member_id(_id(value or SOMEBODY))


def _clean(text: str) -> str:
    """Text as every database takes it: JSON may carry half characters and NUL."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
