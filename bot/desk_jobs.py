"""The desk's periodic jobs: reminders of promises and limits, the truth for who waits, taking back what fell silent.

Of two replicas one does each slot, and every single act is a compare-and-set of its own besides.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Connection

from bot.desk_settings import Desk
from bot.schedule import Job, Missed, Ran
from handlers.desk.remind import remind_of_limits, remind_of_promises
from handlers.desk.take_back import take_back
from handlers.desk.tools import Tools
from handlers.desk.waiting import tell_waiting
from storage.records import ConversationKey

KEPT = timedelta(days=7)  # of a job that runs every minute
_QUIET = "1-29,31-59"  # the whole and the half hour, when all the world's machines write to people, are left out


def desk_jobs(tools: Tools, desk: Desk, zone: ZoneInfo) -> list[Job]:
    """What the desk does every minute."""

    def promises(connection: Connection, _: datetime) -> Ran:
        return Ran(f"reminders {remind_of_promises(connection, tools)}")

    def limits(connection: Connection, _: datetime) -> Ran:
        return Ran(f"reminders {remind_of_limits(connection, tools)}")

    def waiting(connection: Connection, _: datetime) -> Ran:
        told = tell_waiting(connection, tools, desk.waiting_minutes)
        return Ran(f"told {len(told)}", _tells(tools, told))

    def silent(connection: Connection, _: datetime) -> Ran:
        back = take_back(connection, tools, desk.take_back_minutes)
        return Ran(f"taken back {len(back)}", _tells(tools, back))

    every_minute, quietly = CronTrigger(minute="*", timezone=zone), CronTrigger(minute=_QUIET, timezone=zone)
    return [
        Job("desk.promises", every_minute, promises, Missed.NEWEST, KEPT),
        Job("desk.limits", every_minute, limits, Missed.NEWEST, KEPT),
        Job("desk.waiting", quietly, waiting, Missed.SKIP, KEPT),
        Job("desk.take_back", quietly, silent, Missed.SKIP, KEPT),
    ]


def _tells(tools: Tools, keys: list[ConversationKey]) -> Callable[[], None]:
    """Wakes who shows or sends it, once it is committed."""

    def then() -> None:
        for key in keys:
            tools.said(key)
        if keys:
            tools.changed()

    return then
