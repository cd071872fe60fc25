"""How a reply looks in WeCom: a menu for residents, numbered lines for staff, everything counted in bytes."""

import re
from typing import Any

from bot.fit import fit
from bot.text import cut, utf8
from handlers.answer import MORE
from handlers.message import Button, Reply

TEXT = 2048  # bytes of a text message (wecom.md 4.1, 6.3)
HEAD = 1024  # bytes above a menu
TAIL = 1024  # bytes below a menu
LABEL = 128
MENU_ID = 128
CHOICES = 10  # items of a menu that can be tapped
_SAFE = re.compile(r"[^a-zA-Z0-9]")
_ESCAPE = re.compile(r"_([0-9a-f]+)_")
_MARKS = 12
_UNSEEN = ("\u200b", "\u200c")


def fit_menu(reply: Reply) -> Reply:
    """A reply to a resident: a menu has half the room of a text, and what is cut gets a menu with 更多."""
    if not reply.buttons and utf8(_plain(reply)) <= TEXT:
        return reply
    return fit(reply, HEAD - utf8(_head(reply)) + utf8(reply.text))


def menu(reply: Reply) -> dict[str, Any]:
    """`msgtype` and its object for kf/send_msg and kf/send_msg_on_event (wecom.md 6.3)."""
    if not reply.buttons:
        return {"msgtype": "text", "text": {"content": clipped(_plain(reply), TEXT)}}
    items = {menu_id(button.payload): button for button in reversed(reply.buttons)}
    listed = [
        {"type": "click", "click": {"id": key, "content": clipped(button.label, LABEL)}}
        for key, button in reversed(items.items())
    ]
    body: dict[str, Any] = {"head_content": clipped(_head(reply), HEAD), "list": listed[:CHOICES]}
    tail = _whole_lines(reply.cites)
    if tail:
        body["tail_content"] = tail
    return {"msgtype": "msgmenu", "msgmenu": body}


def menu_id(payload: str) -> str:
    """A payload in the characters that a menu id may have; a payload that is too long cannot come back."""
    encoded = _SAFE.sub(lambda found: f"_{ord(found[0]):x}_", payload)
    return encoded if 0 < len(encoded) <= MENU_ID else "_"


def payload_of(menu_id: str) -> str:
    """The payload behind a menu id; "" where there is none."""
    return "" if menu_id == "_" else _ESCAPE.sub(_unescaped, menu_id)


def fit_lines(reply: Reply) -> Reply:
    """A reply to a member, counted with its choices as lines and with 更多 among them."""
    around = utf8(_lines(reply, (MORE, *reply.buttons))) - utf8(reply.text)
    return reply if utf8(_lines(reply, reply.buttons)) <= TEXT - 3 * _MARKS else fit(reply, TEXT - 3 * _MARKS - around)


def lines(reply: Reply, number: int) -> str:
    """The text for a member. Characters that are not seen tell replies of different `number` apart.

    Without them WeCom's check for duplicates, which makes a second try harmless, would also swallow the same answer
    to the same question (wecom.md 4.1).
    """
    marks = "".join(_UNSEEN[number >> bit & 1] for bit in range(_MARKS))
    return clipped(_lines(reply, reply.buttons), TEXT - 3 * _MARKS) + marks


def clipped(text: str, limit: int) -> str:
    """At most `limit` bytes of the text, cut as well as can be."""
    return cut(text, limit)[0]


def _head(reply: Reply) -> str:
    """What stands above the choices; residents see which member of staff speaks."""
    speaker = f"{reply.author}：" if reply.author else ""
    return "\n".join(part for part in (speaker, reply.title, reply.text) if part)


def _plain(reply: Reply) -> str:
    return "\n".join(part for part in (_head(reply), _cites(reply.cites)) if part)


def _lines(reply: Reply, buttons: tuple[Button, ...]) -> str:
    numbered = "　".join(f"{number} {button.label}" for number, button in enumerate(buttons, 1))
    choices = f"回复数字：{numbered}" if numbered else ""
    return "\n".join(part for part in (_plain(reply), choices, reply.link) if part)


def _cites(cites: tuple[str, ...]) -> str:
    return "依据：" + "\n".join(cites) if cites else ""


def _whole_lines(cites: tuple[str, ...]) -> str:
    """As many sources as there is room for: half a source would be a wrong one."""
    while utf8(_cites(cites)) > TAIL:
        cites = cites[:-1]
    return _cites(cites)


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1][:8], 16)
    return chr(code) if code < 0x110000 else ""  # noqa: PLR2004 - the end of Unicode
