"""Reply markup: what the server accepts, and finding the button a person presses."""

from typing import Any

from .arguments import Arguments
from .errors import bad_request

MAX_CALLBACK_BYTES = 64
MAX_BUTTONS = 100
_ACTIONS = ("url", "callback_data", "web_app", "login_url", "switch_inline_query", "copy_text", "pay")


def read_markup(arguments: Arguments) -> dict[str, Any] | None:
    """The validated markup, or None when there is none or an empty one."""
    markup = arguments.decoded("reply_markup", "reply keyboard markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        return _inline(markup["inline_keyboard"])
    if "keyboard" in markup:
        _check_rows(markup["keyboard"], "keyboard", "ReplyKeyboardMarkup")
    return markup or None


def _inline(rows: Any) -> dict[str, Any] | None:
    _check_rows(rows, "inline_keyboard", "InlineKeyboardMarkup")
    buttons = [button for row in rows for button in row]
    for button in buttons:
        _check_inline_button(button)
    if len(buttons) > MAX_BUTTONS:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    kept = [row for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _check_rows(rows: Any, name: str, kind: str) -> None:
    if not isinstance(rows, list):
        raise bad_request(f'field "{name}" of the {kind} must be an Array')
    if any(not isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}" of the {kind} must be an Array of Arrays')


def _check_inline_button(button: Any) -> None:
    problem = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(problem + "InlineKeyboardButton must be an Object")
    if "text" not in button:
        raise bad_request(problem + 'Can\'t find field "text"')
    for name in ("text", "url", "callback_data"):
        if name in button and not isinstance(button[name], str):
            raise bad_request(f'{problem}Field "{name}" must be of type String')
    # Empty data counts as absent: the server then sees a button that does nothing.
    if not any(button.get(name) or (name.startswith("switch") and name in button) for name in _ACTIONS):
        raise bad_request(problem + "Text buttons are unallowed in the inline keyboard")
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    if len(button.get("callback_data", "").encode()) > MAX_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    url = button.get("url", "")
    if url and not url.startswith(("http://", "https://", "tg://", "mailto:", "tel:")):
        raise bad_request("BUTTON_URL_INVALID")


def is_inline(markup: dict[str, Any] | None) -> bool:
    return markup is not None and "inline_keyboard" in markup


def callback_data(markup: dict[str, Any] | None, button: str) -> str:
    """The data of the button with this label or this data."""
    rows = (markup or {}).get("inline_keyboard", [])
    buttons = [item for row in rows for item in row]
    for name in ("text", "callback_data"):
        for item in buttons:
            if item.get(name) == button and item.get("callback_data"):
                return str(item["callback_data"])
    labels = [item["text"] for item in buttons]
    raise LookupError(f"no button {button!r} that can be pressed; the message shows {labels}")
