"""A reply as one of Telegram's messages."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from handlers.message import Reply


def compose(reply: Reply) -> str:
    """Title, text and cites, a line apart."""
    parts = [reply.title, reply.text, "依据：" + "；".join(reply.cites) if reply.cites else ""]
    return "\n\n".join(part for part in parts if part)


def keyboard(reply: Reply) -> InlineKeyboardMarkup | None:
    """The choices, two short ones side by side; None where there are none."""
    if not reply.buttons:
        return None
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
    return InlineKeyboardMarkup([line for line in [*rows, row] if line])
