"""The command line `fawen`: exit 0 good, 1 found problems, 2 wrong usage."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import ask, check, db, evaluate, faq, records, run, user
from bot.commands.common import before_command
from bot.config import SettingsError
from knowledge.load import KnowledgeError
from storage.errors import StorageError

SERVICE, KNOWLEDGE, RECORDS, STAFF, UPKEEP = "服务", "知识", "台账", "人员", "维护"
_program = typer.Typer(
    help="法问 Fawen：县级公共法律服务机器人",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@_program.callback()
def _options(
    config: Annotated[Path | None, typer.Option("--config", help="设置文件，默认 config.toml")] = None,
) -> None:
    before_command.set(config)


_program.command("run", rich_help_panel=SERVICE)(run.run)
_program.command("check", rich_help_panel=SERVICE)(check.check)
_program.command("ask", rich_help_panel=KNOWLEDGE)(ask.ask)
_program.command("match", rich_help_panel=KNOWLEDGE)(ask.match)
_program.command("evaluate", rich_help_panel=KNOWLEDGE)(evaluate.evaluate)
_program.add_typer(faq.program, name="faq", rich_help_panel=KNOWLEDGE)
_program.add_typer(records.program, name="records", rich_help_panel=RECORDS)
_program.add_typer(user.program, name="user", rich_help_panel=STAFF)
_program.add_typer(db.program, name="db", rich_help_panel=UPKEEP)
_program.command("purge", rich_help_panel=UPKEEP)(db.purge)


def main() -> None:
    """Run a command; known faults are told in one line each, without a stack trace."""
    try:
        _program()
    except (SettingsError, KnowledgeError, StorageError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
