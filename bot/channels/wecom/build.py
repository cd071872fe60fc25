"""Puts the two channels of one self-built app together."""

import random
from collections.abc import Callable
from datetime import datetime

from bot.channels.base import Accept
from bot.channels.wecom.app import WeComAppChannel
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.kf import WeComKfChannel
from bot.config import WeCom
from handlers.desk.in_client import InClient
from storage.database import Database
from storage.records import ConversationKey


def build_wecom(
    settings: WeCom,
    database: Database,
    accept: Accept,
    wake: Callable[[ConversationKey], None],
    in_client: Callable[[], InClient],
    clock: Callable[[], datetime],
    owner: str,
    jitter: random.Random,
) -> tuple[WeComAppChannel, WeComKfChannel]:
    """Both channels over one client, which the app's channel closes.

    Raises:
        ValueError: a setting is missing or cannot be right; it is named.
    """
    secret = settings.secret.get_secret_value()
    if not settings.corp_id:
        raise ValueError("[wecom] corp_id: wants the 企业ID of the admin console's page 我的企业")
    if not secret:
        raise ValueError("[wecom] secret: wants the Secret of the self-built app")
    client = WeComClient(settings.corp_id, secret, settings.api_base)
    kf = WeComKfChannel(settings, client, database, wake, in_client, clock, owner, jitter)
    app = WeComAppChannel(settings, client, accept, clock, kf.ring)
    return app, kf
