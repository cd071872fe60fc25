"""Two replicas of the service with staff and residents, and a clock that is moved: for tests of the desk's jobs."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import update

from bot.desk_jobs import desk_jobs
from bot.desk_settings import Desk
from bot.schedule import Schedule
from handlers.desk.tools import Tools
from handlers.message import Reply
from storage import desk
from storage.account_records import Account
from storage.database import Database
from storage.records import Conversation, ConversationKey, HandoverDraft
from storage.schema import conversations, outbox
from tests import case_tools
from tests.desk_tools import account, conversation
from tests.handlers.test_hours import HOURS, at
from tests.handlers.tools import ZONE
from tests.storage_tools import KEY, accept, message, rows, say

TEN = at("2026-09-01 10:00")  # a Tuesday
LONGTAN = "龙潭镇"
OWN_WORDS = "老板欠我工钱"


class Wire:
    """A channel that sends what it is given; `rate` None: one that fetches."""

    def __init__(self, rate: object | None = object()) -> None:
        self.rate = rate

    def fit(self, reply: Reply) -> Reply:
        return reply


class Sessions(Wire):
    """A channel with sessions of its own."""

    async def hand_to(self, chat: ConversationKey, member: str, instead_of: str | None = None) -> str | None:
        raise NotImplementedError

    async def is_bots(self, chat: ConversationKey) -> bool:
        raise NotImplementedError


@dataclass
class Town:
    """Two replicas of the service, whose clock stands where `now` says."""

    databases: tuple[Database, Database]
    now: datetime = TEN
    kf: Wire = Wire()  # noqa: RUF009 - holds nothing

    def __post_init__(self) -> None:
        self.told: list[ConversationKey] = []
        self.schedules = [
            Schedule(each, desk_jobs(self.tools(each), Desk(), ZONE), lambda: self.now, f"w{number}", ZONE)
            for number, each in enumerate(self.databases)
        ]

    def tools(self, database: Database) -> Tools:
        wires = {"wecom_kf": self.kf, "telegram": Wire(), "web": Wire(None)}
        return case_tools.tools(
            database,
            lambda: self.now,
            wires=wires,
            said=self.told.append,
            staff_accounts={"telegram": "7"},
            public_url="https://fawen.example",
        )

    @property
    def database(self) -> Database:
        return self.databases[0]

    def at(self, *times: str, day: str = "2026-09-01") -> None:
        """Both replicas' clocks reach these minutes, one after the other."""
        for time in times:
            self.now = at(f"{day} {time}:07" if " " not in time else f"{time}:07")
            asyncio.run(self._tick())

    def start_anew(self, time: str) -> None:
        """Both replicas were down, and start at that time."""
        self.now = at(f"2026-09-01 {time}:07")

        async def main() -> None:
            await asyncio.gather(*(schedule.start() for schedule in self.schedules))
            for schedule in self.schedules:
                await schedule.stop()

        asyncio.run(main())

    async def _tick(self) -> None:
        await asyncio.gather(
            *(
                schedule.run(job)
                for schedule, database in zip(self.schedules, self.databases, strict=True)
                for job in desk_jobs(self.tools(database), Desk(), ZONE)
                if job.trigger.get_next_fire_time(None, self.now.replace(second=0)) == self.now.replace(second=0)
            )
        )

    def alerts(self) -> list[tuple[str, str, str]]:
        """What went to staff: when, to whom, under which title."""
        return [
            (row["created_at"].astimezone(ZONE).strftime("%H:%M"), row["chat"], row["body"]["title"])
            for row in rows(self.database, outbox)
            if row["purpose"] == "alert"
        ]

    def said(self, purpose: str = "waiting") -> list[tuple[str, str]]:
        """What residents were told: when and what."""
        return [
            (row["created_at"].astimezone(ZONE).strftime("%H:%M"), row["body"]["text"])
            for row in rows(self.database, outbox)
            if row["purpose"] == purpose
        ]

    def waits(self, number: str = "RG-1", key: ConversationKey = KEY, **changes: Any) -> Conversation:
        """A resident of Longtan asks for a person now, with a promise of four office hours, in danger of four hours."""
        urgent = changes.pop("urgent", False)
        four = timedelta(hours=4)
        promised = self.now + four if urgent else HOURS.after_working(self.now, four)
        draft = HandoverDraft(number, "word", OWN_WORDS, urgent=urgent, promised_at=promised)
        known = {"handover": draft, "holder": "waiting", "township": LONGTAN, "now": self.now, **changes}
        say(self.database, number, key, **known)
        return conversation(self.database, key)

    def change(self, about: Conversation, **values: Any) -> None:
        self.database.write_now(
            lambda c: c.execute(update(conversations).where(conversations.c.id == about.id).values(**values))
        )

    def resident_says(self, name: str, key: ConversationKey = KEY) -> None:
        accept(self.database, message(name, key, received_at=self.now))

    def answers(self, about: Conversation, who: Account) -> None:
        assert self.database.write_now(lambda c: desk.spoke(c, about.id, who.id, self.now))


def people_of(database: Database) -> dict[str, Account]:
    """At Longtan two at the desk and a supervisor, one of each in the county; in Telegram by their names."""
    of = partial(account, database)
    return {
        "ann": of("ann", unit=LONGTAN, telegram_id="ann"),
        "bo": of("bo", unit=LONGTAN, telegram_id="bo"),
        "boss": of("boss", "supervisor", unit=LONGTAN, telegram_id="boss"),
        "du": of("du", telegram_id="du"),
        "head": of("head", "supervisor", telegram_id="head"),
    }
