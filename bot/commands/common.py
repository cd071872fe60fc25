"""What the commands share: the `--config` option that every one has, and the settings behind it."""

from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

from bot.config import Settings, load_settings

ConfigOption = Annotated[Path | None, typer.Option("--config", help="设置文件，默认 config.toml")]

# typer carries a click of its own, so that click's current context knows nothing of ours.
before_command: ContextVar[Path | None] = ContextVar("before_command", default=None)


def settings(config: Path | None) -> Settings:
    """The settings of the file named here or before the command, else of the usual places.

    Raises:
        SettingsError: they cannot be used.
    """
    return load_settings(config or before_command.get())
