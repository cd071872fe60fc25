"""getMe, commands, files, and answers to pressed buttons."""

import re
from typing import Any

from .arguments import Arguments
from .errors import QUERY_TOO_OLD, bad_request
from .files import MAX_DOWNLOAD
from .state import State

Json = dict[str, Any]

_MAX_COMMANDS = 100
_MAX_DESCRIPTION = 256
_MAX_NOTICE = 200


async def get_me(state: State, arguments: Arguments) -> Json:
    return state.world.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def set_my_commands(state: State, arguments: Arguments) -> bool:
    commands = arguments.decoded("commands", "commands")
    if not isinstance(commands, list):
        raise bad_request("expected an Array of BotCommand")
    if len(commands) > _MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"/?[a-z0-9_]{1,32}", str(command.get("command", ""))):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= _MAX_DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    state.commands[_scope(arguments)] = commands
    return True


async def get_my_commands(state: State, arguments: Arguments) -> list[Json]:
    return state.commands.get(_scope(arguments), [])


async def delete_my_commands(state: State, arguments: Arguments) -> bool:
    state.commands.pop(_scope(arguments), None)
    return True


async def get_file(state: State, arguments: Arguments) -> Json:
    file = state.world.files.get(arguments.text("file_id"))
    if len(file.data) > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return file.as_json | {"file_path": file.path}


async def answer_callback_query(state: State, arguments: Arguments) -> bool:
    press = state.presses.get(arguments.text("callback_query_id"))
    if press is None or press.answer is not None or state.expired(press):
        raise bad_request(QUERY_TOO_OLD)
    if len(arguments.text("text")) > _MAX_NOTICE:
        raise bad_request("MESSAGE_TOO_LONG")
    press.answer = {"text": arguments.text("text"), "show_alert": arguments.flag("show_alert")}
    return True


def _scope(arguments: Arguments) -> tuple[str, str]:
    return arguments.text("scope"), arguments.text("language_code")
