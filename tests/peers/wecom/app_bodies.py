"""What each msgtype of message/send may hold (wecom.md 4.1)."""

from .cards import check_card
from .check import Field, Inspector
from .model import JsonObject

_MARKDOWN = {"content": Field(bytes=2048, cut=True, missing=44004)}
_MEDIA = {"media_id": Field(missing=40007)}
SPECS: dict[str, dict[str, Field]] = {
    "text": {"content": Field(bytes=2048, cut=True, missing=44004)},
    "markdown": _MARKDOWN,
    "textcard": {
        "title": Field(chars=128, missing=41016, too_long=45002),
        "description": Field(chars=512, missing=41033, too_long=45002),
        "url": Field(bytes=2048, missing=41010, too_long=45002),
        "btntxt": Field(chars=4, required=False, too_long=0),
    },
    "image": _MEDIA,
    "voice": _MEDIA,
    "file": _MEDIA,
    "video": {
        **_MEDIA,
        "title": Field(bytes=128, required=False, too_long=45002),
        "description": Field(bytes=512, required=False, too_long=45002),
    },
}
"""Flat bodies as tables; news and template_card have shapes of their own."""

MEDIA_TYPES = frozenset({"image", "voice", "file", "video"})

_ARTICLE = {
    "title": Field(bytes=128, missing=41016, too_long=45002),
    "description": Field(bytes=512, required=False, too_long=45002),
    "url": Field(bytes=2048, required=False, too_long=45002),
    "picurl": Field(bytes=2048, required=False, too_long=45002),
    "appid": Field(required=False),
    "pagepath": Field(required=False),
}

MSGTYPES = frozenset({*SPECS, "news", "template_card"})


def read_news(check: Inspector, holder: JsonObject) -> JsonObject:
    """1 to 8 articles, each with a url or a mini program; 45008 beyond."""
    check.only(holder, frozenset({"articles"}), "news")
    for row in check.rows(holder, "articles", "news", 8, 45008):
        check.read(row, _ARTICLE, "news.articles")
        if not row.get("url") and not (row.get("appid") and row.get("pagepath")):
            check.refuse(41010, "news.articles", "neither url nor appid with pagepath")
    return holder


def read_body(check: Inspector, msgtype: str, body: JsonObject) -> JsonObject:
    """The checked object under the msgtype's name, with too long text cut."""
    holder = check.child(body, msgtype, "body", 44004)
    if msgtype == "template_card":
        check_card(check, holder)
        return holder
    if msgtype == "news":
        return read_news(check, holder)
    return check.read(holder, SPECS[msgtype], msgtype)
