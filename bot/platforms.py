"""The channels of the platforms that the settings enable."""

import random
from collections.abc import Callable
from datetime import datetime

from bot.channels.base import Channel
from bot.channels.wecom.build import build_wecom
from bot.channels.wecom.group import WeComGroupChannel
from bot.config import Settings, SettingsError
from bot.wires import Wires
from storage.database import Database


def build_channels(
    settings: Settings, database: Database, clock: Callable[[], datetime], jitter: random.Random
) -> dict[str, Channel]:
    """The channels of the platforms alone, for looking at their credentials; nothing listens or sends."""
    found = platforms(settings, Wires(), database, clock, "check", jitter)
    return {channel.name: channel for channel in found}


def platforms(
    settings: Settings,
    wires: Wires,
    database: Database,
    clock: Callable[[], datetime],
    owner: str,
    jitter: random.Random,
) -> list[Channel]:
    """Telegram, the WeCom app with customer service, group webhooks; none of them listens yet.

    Raises:
        SettingsError: a setting of WeCom cannot be right.
    """
    found: list[Channel] = []
    if settings.telegram.enabled:
        # Half a second of loading that a bureau without Telegram need not wait for.
        from bot.channels.telegram.channel import TelegramChannel  # noqa: PLC0415

        public_url = settings.service.public_url
        found.append(TelegramChannel(settings.telegram, public_url, database, wires.wake, clock, jitter))
    if settings.wecom.enabled:
        try:
            found += build_wecom(
                settings.wecom, database, wires.accept, wires.wake, wires.in_client, clock, owner, jitter
            )
        except ValueError as error:
            raise SettingsError(str(error)) from error
    if settings.desk.group_webhooks:
        found.append(WeComGroupChannel(settings.desk.webhook_keys(), settings.wecom.api_base))
    return found
