"""What each msgtype of kf/send_msg may hold (wecom.md 6.3)."""

import re

from .check import Field, Inspector
from .model import JsonObject
from .request import AppRequest

_MEDIA = {"media_id": Field(missing=40007)}
SPECS: dict[str, dict[str, Field]] = {
    "text": {"content": Field(bytes=2048, cut=True, missing=44004)},
    "image": _MEDIA,
    "voice": _MEDIA,
    "video": _MEDIA,
    "file": _MEDIA,
    "link": {
        "title": Field(bytes=128),
        "desc": Field(bytes=512, required=False),
        "url": Field(bytes=2048),
        "thumb_media_id": Field(missing=40007),
    },
    "miniprogram": {
        "appid": Field(),
        "title": Field(bytes=64, required=False),
        "thumb_media_id": Field(missing=40007),
        "pagepath": Field(),
    },
    "location": {
        "name": Field(required=False),
        "address": Field(required=False),
        "latitude": Field(kind="number"),
        "longitude": Field(kind="number"),
    },
    "ca_link": {"link_url": Field()},
}
MSGTYPES = frozenset({*SPECS, "msgmenu"})

_MENU_FIELDS = {
    "head_content": Field(bytes=1024, required=False),
    "list": Field(kind="list", required=False),
    "tail_content": Field(bytes=1024, required=False),
}
_MENU_ITEMS: dict[str, dict[str, Field]] = {
    "click": {"id": Field(bytes=128, required=False), "content": Field(bytes=128)},
    "view": {"url": Field(bytes=2048), "content": Field(bytes=1024)},
    "miniprogram": {"appid": Field(), "pagepath": Field(), "content": Field(bytes=1024)},
    "text": {"content": Field(bytes=256), "no_newline": Field(kind="integer", required=False)},
}
_MENU_ID = re.compile(r"[A-Za-z0-9_]{1,128}")
_MENU_MOST = 50
_ACTIVE_MOST = 10


def read_body(request: AppRequest, msgtype: str, *, on_event: bool = False) -> JsonObject:
    """The checked object under the msgtype's name, with too long text cut."""
    check = request.check
    holder = check.child(request.body, msgtype, "body", 44004)
    if msgtype == "msgmenu":
        return _read_menu(check, holder, most=_ACTIVE_MOST if on_event else _MENU_MOST)
    content = check.read(holder, SPECS[msgtype], msgtype)
    if msgtype == "miniprogram" and not content["pagepath"].split("?")[0].endswith(".html"):
        check.refuse(40058, "miniprogram.pagepath", "must end in .html")
    _check_media(request, msgtype, content)
    return content


def _check_media(request: AppRequest, msgtype: str, content: JsonObject) -> None:
    owner = request.corp.corpid
    if "media_id" in content:
        request.state.live_media(owner, content["media_id"], msgtype)
    if "thumb_media_id" in content:
        request.state.live_media(owner, content["thumb_media_id"], "image")


def _read_menu(check: Inspector, menu: JsonObject, *, most: int) -> JsonObject:
    clean = check.read(menu, _MENU_FIELDS, "msgmenu")
    items = clean.get("list", [])
    if not items and not clean.get("head_content") and not clean.get("tail_content"):
        check.refuse(44004, "msgmenu", "empty")
    if len(items) > most:
        check.refuse(95008, "msgmenu.list", f"{len(items)} items, at most {most}")
    kinds = [_check_item(check, item) for item in items]
    active = sum(1 for kind in kinds if kind != "text")
    if active > _ACTIVE_MOST:
        check.refuse(95008, "msgmenu.list", f"{active} items to press, at most {_ACTIVE_MOST}")
    ids = [item["click"].get("id") for item in items if item["type"] == "click"]
    if len(set(ids)) < len(ids):
        check.note("msgmenu.list", "two click items with one id cannot be told apart")
    return clean


def _check_item(check: Inspector, item: object) -> str:
    where = "msgmenu.list"
    if not isinstance(item, dict) or item.get("type") not in _MENU_ITEMS:
        check.refuse(95009, where, "unknown item type")
    kind = str(item["type"])
    check.only(item, frozenset({"type", kind}), where)
    content = check.read(check.child(item, kind, where), _MENU_ITEMS[kind], f"{where}.{kind}")
    if kind == "click" and not _MENU_ID.fullmatch(str(content.get("id", ""))):
        check.refuse(40058, f"{where}.click.id", f"bad id {content.get('id')!r}")
    if kind == "text" and content.get("no_newline", 0) not in (0, 1):
        check.note(f"{where}.text.no_newline", "wanted 0 or 1")
    return kind
