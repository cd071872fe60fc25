"""Turns without a channel: the packaged knowledge, a county, a clock, and what a handler says to a text."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers import routes
from handlers.county import County, OfficeFacts
from handlers.dialog import Dialog
from handlers.hours import OfficeHours
from handlers.message import Kind, Message
from handlers.turn import Office, Outcome, Turn
from storage.records import ConsultationRow, Conversation, ConversationKey
from storage.workstations import Workstation
from tests.running import matcher

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
SPANS = ((time(9), time(12)), (time(14), time(18)))
KEY = ConversationKey("web", "web", "c1")


async def no_history(person_key: str, limit: int) -> list[ConsultationRow]:
    return []


async def no_stations(township: str) -> list[Workstation]:
    return []


def office(values: Mapping[str, str] | None = None) -> Office:
    """An office in Youyang that is open in the week."""
    county = County("酉阳县", "法问", "YY", {}, {"龙潭镇": OfficeFacts("新街1号")}, values or {})
    hours = OfficeHours(ZONE, SPANS)
    return Office(matcher(), county, lambda: hours, timedelta(hours=4), no_history, no_stations)


def turn(
    text: str, dialog: Dialog | None = None, *, kind: Kind = Kind.TEXT, payload: str = "", holder: str = "bot"
) -> Turn:
    """One message of a person whose conversation stands so."""
    message = Message("web", "web", "c1", "c1", "m1", kind, NOW, NOW, text, payload)
    conversation = Conversation(1, KEY, "c1", {}, holder, None, None, None, None, None)
    return Turn(message, conversation, dialog or Dialog(), NOW, office(), "person", 7)


def respond(asked: Turn) -> Outcome:
    """What comes of it."""
    return asyncio.run(routes.handle(asked))
