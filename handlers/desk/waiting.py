"""While nobody takes a resident who waits, they hear the truth about it: seldom, by day, never where it may harm."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from enum import Enum

from sqlalchemy import Connection

from handlers.desk.drafts import to_resident
from handlers.desk.tools import Tools
from handlers.hours import OfficeHours
from handlers.message import Reply
from storage import conversations, desk_clocks
from storage.desk_clocks import Waiter
from storage.records import ConversationKey

BATCH = 500  # that are looked at in one run
MOST = 50  # that are told: the others' turn comes a minute later, and nobody waits long for the database
_DAY_BEGINS, _DAY_ENDS = time(8), time(21)
_LAST_MESSAGE = 1  # what is left of a platform's window belongs to an answer
_OF_USE = timedelta(minutes=30)  # later it would not be true any more


class News(Enum):
    """What there is to tell."""

    WAITS = "waits"
    MISSED = "missed"  # the promise


def tell_waiting(connection: Connection, tools: Tools, minutes: Sequence[int]) -> list[ConversationKey]:
    """Tell those who wait how it stands, where it is time; the conversations in which something was said.

    `minutes` are the office minutes after which one who still waits is told.
    """
    hours, now = tools.hours(), tools.clock()
    if not _DAY_BEGINS <= now.astimezone(hours.zone).time() < _DAY_ENDS:
        return []
    told: list[ConversationKey] = []
    for waiter in desk_clocks.waiters(connection, now, BATCH):
        if len(told) == MOST:
            break
        news = due(hours, minutes, waiter.created_at, waiter.promised_at, waiter.told_at, now)
        if news is None or not _may_be_told(tools, waiter):
            continue
        if desk_clocks.claim_telling(connection, waiter, now):
            reply = Reply(_words(connection, hours, waiter, news, now), purpose="waiting")
            draft = to_resident(tools, waiter.conversation, reply, "waiting", waiter.number, now.timestamp())
            conversations.speak(connection, waiter.conversation, replace(draft, expires_at=now + _OF_USE), now)
            told.append(waiter.conversation.key)
    return told


def due(
    hours: OfficeHours,
    minutes: Sequence[int],
    created_at: datetime,
    promised_at: datetime,
    told_at: datetime | None,
    now: datetime,
) -> News | None:
    """What is to be told now; None where nothing has come up since they were told last."""
    if now >= promised_at:
        return News.MISSED if told_at is None or told_at < promised_at else None
    waited = hours.working_time(created_at, now)
    newest = max((timedelta(minutes=number) for number in minutes if timedelta(minutes=number) <= waited), default=None)
    if newest is None:
        return None
    heard = timedelta() if told_at is None else hours.working_time(created_at, told_at)
    return News.WAITS if told_at is None or heard < newest else None


def _may_be_told(tools: Tools, waiter: Waiter) -> bool:
    """A platform with sessions of its own decides by itself: it may have a way that costs the window nothing."""
    left = waiter.conversation.window_left
    return left is None or left > _LAST_MESSAGE or tools.sessions_of(waiter.conversation.key.channel) is not None


def _words(connection: Connection, hours: OfficeHours, waiter: Waiter, news: News, now: datetime) -> str:
    call = "等不及就打 12348（免费）。有危险马上打 110。"
    if news is News.MISSED:
        promised = hours.moment(waiter.promised_at, now)
        return (
            f"对不起，说好 {promised} 前看您的登记 {waiter.number}，现在还没有人接着办。"
            f"登记还在，我们接着催，有人接了马上告诉您。\n{call}"
        )
    ahead = desk_clocks.ahead_of(connection, waiter)
    queue = f"前面还有 {ahead} 位" if ahead else "您排在最前面"
    when = "" if hours.is_open(now) else f"现在下班了，{hours.moment(hours.next_opening(now), now)} 上班后接着处理。"
    until = f"最迟 {hours.moment(waiter.promised_at, now)} 前会看。"
    return f"让您久等了。您的登记 {waiter.number} 还没有人接，{queue}。{when}{until}\n{call}"
