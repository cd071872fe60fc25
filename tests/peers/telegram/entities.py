"""Text as Telegram keeps it: trimmed, measured in UTF-16 units, with its entities."""

import html
import re
from collections.abc import Iterator
from typing import Any

from .errors import ApiError, bad_request

Entity = dict[str, Any]

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "a": "text_link",
}
_PIECE = re.compile(r"<[^>]*>?|[^<]+")
_OPEN = re.compile(r"<([a-zA-Z-]*)((?:\s[^>]*)?)>")
_HREF = re.compile(r"""href\s*=\s*["']?([^"'\s>]+)""")
_FOUND = {
    "bot_command": re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w{3,32})?"),
    "mention": re.compile(r"(?<!\w)@[A-Za-z]\w{3,31}"),
    "url": re.compile(r"https?://[^\s<>，。；）]+"),
}


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def found_entities(text: str) -> list[Entity]:
    """What Telegram marks by itself; python-telegram-bot finds commands only through these."""
    entities = [
        {"type": kind, "offset": utf16_length(text[: hit.start()]), "length": utf16_length(hit.group())}
        for kind, pattern in _FOUND.items()
        for hit in pattern.finditer(text)
    ]
    return sorted(entities, key=lambda entity: entity["offset"])


def formatted(text: str, parse_mode: str, limit: int, too_long: str) -> tuple[str, list[Entity]]:
    """The visible text and its entities, measured after parsing as the limits demand."""
    mode = parse_mode.lower()
    if mode == "html":
        plain, entities = _parse_html(text)
    elif not mode:
        plain, entities = text, []
    elif mode in {"markdown", "markdownv2"}:
        # A deviation that must be noticed: answering 400 would look like an error in the text.
        raise ApiError(501, "this peer does not parse Markdown: send HTML or plain text")
    else:
        raise bad_request("unsupported parse_mode")
    cut = len(plain) - len(plain.lstrip())
    if cut:
        shift = utf16_length(plain[:cut])
        entities = [entity | {"offset": max(0, entity["offset"] - shift)} for entity in entities]
    plain = plain.strip()
    if utf16_length(plain) > limit:
        raise bad_request(too_long)
    return plain, entities or found_entities(plain)


def _parse_html(source: str) -> tuple[str, list[Entity]]:
    plain = ""
    entities: list[Entity] = []
    opened: list[tuple[str, Entity]] = []
    for at, piece in _pieces(source):
        if not piece.startswith("<"):
            plain += html.unescape(piece)
        elif piece.startswith("</"):
            _close(piece, at, opened, utf16_length(plain))
        else:
            name, entity = _opened(piece, at)
            entity["offset"] = utf16_length(plain)
            opened.append((name, entity))
            entities.append(entity)
    if opened:
        raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1][0]}\"")
    return plain, [entity for entity in entities if entity["length"]]


def _pieces(source: str) -> Iterator[tuple[int, str]]:
    for hit in _PIECE.finditer(source):
        yield len(source[: hit.start()].encode()), hit.group()


def _opened(piece: str, at: int) -> tuple[str, Entity]:
    parts = _OPEN.fullmatch(piece)
    name = parts[1].lower() if parts else ""
    if parts is None or name not in _TAGS:
        raise bad_request(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {at}')
    entity: Entity = {"type": _TAGS[name], "offset": 0, "length": 0}
    link = _HREF.search(parts[2])
    if name == "a" and link:
        entity["url"] = html.unescape(link[1])
    return name, entity


def _close(piece: str, at: int, opened: list[tuple[str, Entity]], end: int) -> None:
    name = piece.strip("</> ").lower()
    if not opened:
        raise bad_request(f"can't parse entities: Unexpected end tag at byte offset {at}")
    expected, entity = opened.pop()
    if name != expected:
        raise bad_request(
            f'can\'t parse entities: Unmatched end tag at byte offset {at}, expected "</{expected}>", found "</{name}>"'
        )
    entity["length"] = end - entity["offset"]
