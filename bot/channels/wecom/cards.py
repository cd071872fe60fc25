"""Cards 模板卡片 for members: what a reply looks like as one (wecom.md 4.3)."""

import re
from typing import Any

from handlers.message import Reply

KEY = 1024  # bytes of what a button gives back
# All others are characters that the phone shows.
TITLE, SUBTITLE, LABEL, KEY_NAME, VALUE = 36, 160, 10, 5, 30
BUTTONS, FACTS = 6, 6
_FACT = re.compile(rf"([^：\n]{{1,{KEY_NAME}}})：(.{{1,{VALUE}}})")
_NO_TITLE = "新消息"


def card(reply: Reply, task_id: str) -> dict[str, Any]:
    """A card whose buttons call back, or a notice that opens its link.

    Lines of the text like 乡镇：龙潭镇 become rows of the card; what is longer stands under the title.
    """
    facts, rest = _split(reply.text)
    title, under = _heading(reply.title, rest)
    shown: dict[str, Any] = {"main_title": {"title": title}}
    if under:
        shown["sub_title_text"] = _short(under, SUBTITLE)
    if facts:
        shown["horizontal_content_list"] = [{"keyname": key, "value": value} for key, value in facts]
    if reply.link:
        shown["card_action"] = {"type": 1, "url": reply.link}
    if not reply.buttons:
        return {"card_type": "text_notice", **shown}
    buttons = [{"text": _short(button.label, LABEL), "key": button.payload} for button in reply.buttons[:BUTTONS]]
    return {"card_type": "button_interaction", **shown, "task_id": task_id, "button_list": buttons}


def replaced(reply: Reply) -> dict[str, str]:
    """What stands where the buttons were."""
    return {"replace_name": _short(reply.text.partition("\n")[0], VALUE)}


def _heading(title: str, rest: list[str]) -> tuple[str, str]:
    """The title and what stands under it; without a title of its own, a first line that is short enough."""
    if title:
        return _short(title, TITLE), "\n".join(rest)
    if rest and len(rest[0]) <= TITLE:
        return rest[0], "\n".join(rest[1:])
    return _NO_TITLE, "\n".join(rest)


def _split(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    facts: list[tuple[str, str]] = []
    rest: list[str] = []
    for line in text.splitlines():
        found = _FACT.fullmatch(line.strip())
        if found and len(facts) < FACTS:
            facts.append((found[1], found[2]))
        elif line.strip():
            rest.append(line.strip())
    return facts, rest


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
