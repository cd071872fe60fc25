"""What the commands share: the `--config` option that every one has, and the settings behind it."""

from pathlib import Path
from typing import Annotated

import click
import typer

from bot.config import Settings, load_settings

ConfigOption = Annotated[Path | None, typer.Option("--config", help="设置文件，默认 config.toml")]


def settings(config: Path | None) -> Settings:
    """The settings of the file named here or before the command, else of the usual places.

    Raises:
        SettingsError: they cannot be used.
    """
    context = click.get_current_context(silent=True)
    before = context.find_root().obj if context is not None else None
    return load_settings(config or before)
