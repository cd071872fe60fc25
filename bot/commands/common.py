"""What the commands share: the `--config` option that every one has, and the settings behind it."""

from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

from bot.app import open_database
from bot.config import Settings, load_settings
from storage.database import Database
from storage.errors import Unready
from storage.upgrade import current_revision, newest_revision

ConfigOption = Annotated[Path | None, typer.Option("--config", help="设置文件，默认 config.toml")]

# typer carries a click of its own, so that click's current context knows nothing of ours.
before_command: ContextVar[Path | None] = ContextVar("before_command", default=None)


def settings(config: Path | None) -> Settings:
    """The settings of the file named here or before the command, else of the usual places.

    Raises:
        SettingsError: they cannot be used.
    """
    return load_settings(config or before_command.get())


def upgraded_database(chosen: Settings) -> Database:
    """The database of the settings.

    Raises:
        Unready: it is not of this version.
    """
    database = open_database(chosen)
    revision = current_revision(database)
    if revision != newest_revision():
        raise Unready(f"数据库结构是 {revision or '空的'}，要 {newest_revision()}：先运行 fawen db upgrade")
    return database


def folder_exists(file: Path) -> Path:
    """`file`, into whose folder something can be written; for typer's `callback`."""
    if not file.parent.is_dir():
        raise typer.BadParameter(f"没有 {file.parent} 这个文件夹")
    return file
