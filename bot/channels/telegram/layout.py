"""A reply as one of Telegram's messages."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from handlers.message import Reply

_CONSOLE = "打开工作台"


def compose(reply: Reply) -> str:
    """Title, text and cites, a line apart."""
    cites = "依据：" + "；".join(reply.cites) if reply.cites else ""
    # A button takes only an address on the open internet.
    link = f"{_CONSOLE}：{reply.link}" if reply.link and not _can_be_tapped(reply.link) else ""
    return "\n\n".join(part for part in (reply.title, reply.text, cites, link) if part)


def keyboard(reply: Reply) -> InlineKeyboardMarkup | None:
    """The choices, two short ones side by side, and the way to the console; None where there are none."""
    buttons = [InlineKeyboardButton(button.label, callback_data=button.payload) for button in reply.buttons]
    rows: list[list[InlineKeyboardButton]] = []
    row: list[InlineKeyboardButton] = []
    for button in buttons:
        short = len(button.text) <= 6  # noqa: PLR2004 - two short labels side by side stay readable
        if not short or len(row) == 2:  # noqa: PLR2004
            rows.append(row)
            row = []
        row.append(button)
        if not short:
            rows.append(row)
            row = []
    rows.append(row)
    if _can_be_tapped(reply.link):
        rows.append([InlineKeyboardButton(_CONSOLE, url=reply.link)])
    rows = [line for line in rows if line]
    return InlineKeyboardMarkup(rows) if rows else None


def _can_be_tapped(link: str) -> bool:
    return link.startswith("https://")
