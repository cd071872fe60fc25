"""Cutting text to what a platform takes, between characters and, where it can be, between sentences."""

import unicodedata
from collections.abc import Callable

_JOINER = "\u200d"
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
_ENDS = "\n。！？；!?"


def utf8(text: str) -> int:
    """Length in UTF-8 bytes, as WeCom counts."""
    return len(text.encode())


def utf16(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, limit: int, length: Callable[[str], int] = utf8) -> tuple[str, str]:
    """Split `text` into a head of at most `limit` by `length`, and the rest.

    The cut falls after the last end of a sentence in the second half of the head, where there is one, and never inside
    a character that is made of several code points.
    """
    if length(text) <= limit:
        return text, ""
    text = text.strip()
    most = _longest(text, limit, length)
    end = next((at for at in range(most, 0, -1) if not _joined(text, at)), most)
    at = max(text.rfind(mark, end // 2, end) for mark in _ENDS) + 1
    if at > 0 and not _joined(text, at):
        end = at
    return text[:end].rstrip(), text[end:].lstrip()


def storable(text: str) -> str:
    """Without NUL and lone surrogates, which PostgreSQL and UTF-8 cannot hold."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _longest(text: str, limit: int, length: Callable[[str], int]) -> int:
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if length(text[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _joined(text: str, at: int) -> bool:
    """Whether a cut before `text[at]` would part what is seen as one character."""
    if at >= len(text):
        return False
    after, before = text[at], text[at - 1]
    is_mark = unicodedata.category(after) in ("Mn", "Me", "Mc") or "\U0001f3fb" <= after <= "\U0001f3ff"
    return is_mark or _JOINER in (after, before) or _halves_flag(text, at)


def _halves_flag(text: str, at: int) -> bool:
    """A flag is two letters of the regional alphabet: an odd number of them before the cut leaves half a flag."""
    letters = len(text[:at]) - len(text[:at].rstrip(_FLAG_LETTERS))
    return text[at] in _FLAG_LETTERS and letters % 2 == 1
