"""Template cards: which parts each type has, what they may hold, and whether a card calls back (wecom.md 4.3)."""

import re
from collections.abc import Mapping

from .check import Field, Inspector
from .model import JsonObject

_TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")
_COMMON = frozenset({"card_type", "source", "main_title", "task_id"})
_NOTICE = _COMMON | {"action_menu", "quote_area", "horizontal_content_list", "jump_list", "card_action"}

PARTS: dict[str, frozenset[str]] = {
    "text_notice": _NOTICE | {"emphasis_content", "sub_title_text"},
    "news_notice": _NOTICE | {"image_text_area", "card_image", "vertical_content_list"},
    "button_interaction": (_NOTICE - {"jump_list"}) | {"sub_title_text", "button_selection", "button_list"},
    "vote_interaction": _COMMON | {"checkbox", "submit_button"},
    "multiple_interaction": _COMMON | {"select_list", "submit_button"},
}
"""The parts of each card type; vote and multiple differ in their choice lists."""

# Sizes that the page advises (36 and so on) are noted only: the platform accepts more and shows less.
_TITLE = {
    "title": Field(chars=36, required=False, too_long=0),
    "desc": Field(chars=44, required=False, too_long=0),
}
_SOURCE = {
    "icon_url": Field(required=False),
    "desc": Field(chars=13, required=False, too_long=0),
    "desc_color": Field(required=False, kind="integer"),
}
_BUTTON = {
    "type": Field(required=False, kind="integer"),
    "text": Field(chars=10, missing=42038, too_long=0),
    "style": Field(required=False, kind="integer"),
    "key": Field(bytes=1024, required=False, too_long=42039),
    "url": Field(required=False),
}
_HORIZONTAL = {
    "type": Field(required=False, kind="integer"),
    "keyname": Field(chars=5, too_long=0),
    "value": Field(chars=30, required=False, too_long=0),
    "url": Field(required=False),
    "media_id": Field(required=False),
    "userid": Field(required=False),
}
_OPTION = {"id": Field(bytes=128), "text": Field(chars=10, too_long=0)}
_ACTION = {
    "type": Field(required=False, kind="integer"),
    "url": Field(required=False),
    "appid": Field(required=False),
    "pagepath": Field(required=False),
}
_MENU_ROW = {"text": Field(chars=10, too_long=0), "key": Field(bytes=1024)}
_SUBMIT = {"text": Field(chars=10, missing=42038, too_long=0), "key": Field(bytes=1024, missing=42039)}
_SELECTION = frozenset({"question_key", "title", "option_list", "selected_id", "disable", "mode"})


def check_card(check: Inspector, card: JsonObject, *, extra: frozenset[str] = frozenset()) -> None:
    """Check one template_card; `extra` names parts that only an update may carry (replace_text)."""
    where = "template_card"
    kind = card.get("card_type")
    if not isinstance(kind, str) or kind not in PARTS:
        check.refuse(42031, f"{where}.card_type", f"unknown {kind!r}")
    check.only(card, PARTS[kind] | extra, where)
    if "source" in card:
        check.read(check.child(card, "source", where), _SOURCE, f"{where}.source")
    if "main_title" in card:
        check.read(check.child(card, "main_title", where), _TITLE, f"{where}.main_title")
    _check_headline(check, card, kind)
    _check_task_id(check, card, kind)
    _check_action(check, card, kind)
    _check_lists(check, card)
    _check_choices(check, card, kind)


def _check_headline(check: Inspector, card: JsonObject, kind: str) -> None:
    title = str(card.get("main_title", {}).get("title", ""))
    subtitle = card.get("sub_title_text", "")
    if not title and not (kind == "text_notice" and subtitle):
        check.refuse(41016, "template_card.main_title.title", "missing or empty")
    if not isinstance(subtitle, str) or len(subtitle) > 160:
        check.note("template_card.sub_title_text", "not text, or over 160 characters")


def _check_task_id(check: Inspector, card: JsonObject, kind: str) -> None:
    task_id = card.get("task_id")
    wanted = kind not in ("text_notice", "news_notice") or "action_menu" in card
    if task_id is None and not wanted:
        return
    if not isinstance(task_id, str) or not _TASK_ID.fullmatch(task_id):
        check.refuse(42014, "template_card.task_id", f"bad task_id {task_id!r}")


def _check_action(check: Inspector, card: JsonObject, kind: str) -> None:
    notice = kind in ("text_notice", "news_notice")
    action = card.get("card_action")
    if action is None and not notice:
        return
    if not isinstance(action, dict):
        check.refuse(42045, "template_card.card_action", "missing")
    check.read(action, _ACTION, "template_card.card_action")
    allowed = (1, 2) if notice else (0, 1, 2)
    if action.get("type", 0) not in allowed or (action.get("type") == 1 and not action.get("url")):
        check.refuse(42045, "template_card.card_action", "bad type, or no url")


def _check_lists(check: Inspector, card: JsonObject) -> None:
    where = "template_card"
    if "horizontal_content_list" in card:
        for row in check.rows(card, "horizontal_content_list", where, 6, 42035):
            check.read(row, _HORIZONTAL, f"{where}.horizontal_content_list")
    if "jump_list" in card:
        check.rows(card, "jump_list", where, 3, 42035)
    if "action_menu" in card:
        menu = check.child(card, "action_menu", where)
        for row in check.rows(menu, "action_list", f"{where}.action_menu", 3, 42035):
            check.read(row, _MENU_ROW, f"{where}.action_menu.action_list")


def _check_choices(check: Inspector, card: JsonObject, kind: str) -> None:
    where = "template_card"
    if kind == "button_interaction":
        for button in check.rows(card, "button_list", where, 6, 42035):
            _check_button(check, button)
    if "button_selection" in card:
        _check_options(check, check.child(card, "button_selection", where), "button_selection", 10)
    if kind == "vote_interaction":
        _check_options(check, check.child(card, "checkbox", where), "checkbox", 20)
    if kind == "multiple_interaction":
        for row in check.rows(card, "select_list", where, 3, 42035):
            _check_options(check, row, "select_list", 10)
    if kind in ("vote_interaction", "multiple_interaction"):
        check.read(check.child(card, "submit_button", where), _SUBMIT, f"{where}.submit_button")


def _check_button(check: Inspector, button: JsonObject) -> None:
    where = "template_card.button_list"
    check.read(button, _BUTTON, where)
    if button.get("style", 1) not in (1, 2, 3, 4):
        check.note(f"{where}.style", "wanted 1 to 4")
    if button.get("type", 0) == 1:
        if not button.get("url"):
            check.refuse(41010, f"{where}.url", "missing for type 1")
    elif not button.get("key"):
        check.refuse(42039, f"{where}.key", "missing for type 0")


def _check_options(check: Inspector, holder: JsonObject, name: str, most: int) -> None:
    where = f"template_card.{name}"
    check.only(holder, _SELECTION, where)
    if not holder.get("question_key"):
        check.refuse(40063, f"{where}.question_key", "missing")
    for option in check.rows(holder, "option_list", where, most, 42035):
        fields = {**_OPTION, "is_checked": Field(required=False, kind="integer")}
        check.read(option, fields, f"{where}.option_list")


def keys_of(card: Mapping[str, object], *, menu: bool = False) -> set[str]:
    """The keys that a member can press on the card, or in its top-right menu."""
    if menu:
        holder = card.get("action_menu")
        rows = holder.get("action_list", []) if isinstance(holder, dict) else []
    else:
        listed, submit = card.get("button_list"), card.get("submit_button")
        rows = [
            *(listed if isinstance(listed, list) else []),
            *([submit] if isinstance(submit, dict) else []),
        ]
    return {str(row["key"]) for row in rows if row.get("key") and row.get("type", 0) == 0}


def calls_back(card: Mapping[str, object]) -> bool:
    """Whether pressing something on the card leads to a callback."""
    return bool(keys_of(card) or keys_of(card, menu=True))


def gives_code(card: Mapping[str, object]) -> bool:
    """Whether message/send answers with a response_code (wecom.md 10).

    Cards that cannot be pressed give none; nor does a notice whose only key is in its menu, since the page's
    table of the reply names the three interactive types alone.
    """
    return bool(keys_of(card))
