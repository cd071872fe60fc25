"""/whoami and /chatid: the numbers that an administrator enters. They are answered here and known nowhere else."""

from telegram import Update

from bot.channels.telegram.updates import command

_COMMANDS = ("/whoami", "/chatid")


def is_command(update: Update) -> bool:
    """Whether somebody asks for a number."""
    return update.message is not None and command(update.message.text or "") in _COMMANDS


def numbers(update: Update, staff_chat: str) -> str | None:
    """The answer; None in a group that is not the staff's.

    As long as the staff have no group, every group is answered: this is how an administrator learns its number.
    """
    chat, person = update.effective_chat, update.effective_user
    if chat is None or person is None:
        return None
    if chat.type == "private":
        return f"您的编号：{person.id}\n请管理员把它填进您的账号。填好以后，您就能在这里接待居民。"
    if staff_chat not in ("", str(chat.id)):
        return None
    told = f"这个群的编号：{chat.id}\n您的编号：{person.id}"
    return told if staff_chat else f"{told}\n要在这个群里提醒值班，请管理员把群的编号填进设置 [telegram] staff_chat。"
