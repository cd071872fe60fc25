"""The group webhook: no access_token, 20 messages a minute per key (wecom.md 5)."""

import base64
import binascii
import hashlib

from .app_bodies import read_news
from .cards import check_card
from .check import Field, Inspector
from .errors import ApiError
from .media import receive
from .model import JsonObject, Webhook
from .request import Answer, Request, ok
from .rules import MINUTE

_LIST = Field(required=False, kind="list")
_SPECS: dict[str, dict[str, Field]] = {
    "text": {
        "content": Field(bytes=2048, missing=93017),
        "mentioned_list": _LIST,
        "mentioned_mobile_list": _LIST,
    },
    "markdown": {"content": Field(bytes=4096, missing=93017)},
    "markdown_v2": {"content": Field(bytes=4096, missing=93017)},
    "image": {"base64": Field(missing=93017), "md5": Field()},
    "file": {"media_id": Field(missing=40007)},
    "voice": {"media_id": Field(missing=40007)},
}
_IMAGE_MAX = 2 * 2**20
_CARDS = frozenset({"text_notice", "news_notice"})


def _owner(key: str) -> str:
    return f"webhook:{key}"


def _webhook(request: Request) -> Webhook:
    webhook = request.state.webhooks.get(request.query.get("key", ""))
    if webhook is None:
        raise ApiError(93000)
    if not webhook.allowed:
        raise ApiError(93001)
    if not webhook.enabled:
        raise ApiError(93004)
    return webhook


def send(request: Request) -> Answer:
    """POST webhook/send: check the body, count the minute, keep the message."""
    webhook, body, check = _webhook(request), request.body, request.check
    check.only(request.query, frozenset({"key"}), "query")
    msgtype = body.get("msgtype")
    if not isinstance(msgtype, str) or msgtype not in {*_SPECS, "news", "template_card"}:
        check.refuse(40008, "msgtype", f"unknown {msgtype!r}")
    check.only(body, frozenset({"msgtype", msgtype}), "body")
    content = _read(check, msgtype, body)
    if msgtype in ("file", "voice"):
        request.state.live_media(_owner(webhook.key), content["media_id"], msgtype)
    limit = request.state.rules.webhook_per_minute
    if not request.state.windows.allow(_owner(webhook.key), limit, MINUTE, request.now):
        raise ApiError(45009)
    webhook.sent.append({"msgtype": msgtype, msgtype: content, "sent_at": request.now})
    return ok()


def _read(check: Inspector, msgtype: str, body: JsonObject) -> JsonObject:
    holder = check.child(body, msgtype, "body", 93017)
    if msgtype == "news":
        return read_news(check, holder)
    if msgtype == "template_card":
        if holder.get("card_type") not in _CARDS:
            check.refuse(42031, "template_card.card_type", "a webhook card has no buttons")
        check_card(check, holder)
        return holder
    content = check.read(holder, _SPECS[msgtype], msgtype)
    if msgtype == "image":
        _check_image(check, content)
    return content


def _check_image(check: Inspector, content: JsonObject) -> None:
    try:
        data = base64.b64decode(content["base64"], validate=True)
    except binascii.Error:
        check.refuse(40058, "image.base64", "not base64")
    if len(data) > _IMAGE_MAX:
        check.refuse(40006, "image.base64", f"{len(data)} bytes over {_IMAGE_MAX}")
    if hashlib.md5(data, usedforsecurity=False).hexdigest() != content["md5"]:
        check.refuse(301019, "image.md5", "not the md5 of the image before base64")


def upload_media(request: Request) -> Answer:
    """POST webhook/upload_media: a file or voice for this webhook only."""
    webhook = _webhook(request)
    return receive(request, _owner(webhook.key), frozenset({"file", "voice"}))
