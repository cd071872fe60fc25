"""One service with all four channels, its peers, and a clock that dialogs set."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Connection, func, select

from storage import workstations
from storage.records import ConversationKey
from storage.schema import cases, consultations, conversations, handovers, inbox, outbox
from tests.desk_tools import set_holder
from tests.dialogs.people import OnApp, OnKf, OnTelegram, OnWeb, Person
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer
from tests.peers.wecom.transitions import SessionState
from tests.running import Apart, Sections, running_apart

PATIENCE = 10.0
SERVICER = "ZhangSan"
STATION = {"address": "龙潭镇新街1号", "phone": "023-00000001", "hours": "工作日 9:00–17:00"}
EDITED: dict[str, dict[str, Any]] = {
    "麻旺镇": {"address": "麻旺镇政府一楼", "phone": "023-00000002", "lawyer_days": "每周三上午"},
    "黑水镇": {"address": "黑水镇老街", "closed_on": date(2026, 1, 1)},
}
SETTINGS: Sections = {"county": {"stations": {"龙潭镇": STATION}}, "web": {"messages_per_minute": 600}}


@dataclass
class Stage:
    """Where dialogs are played."""

    app: Apart
    telegram: TelegramPeer
    wecom: WeComPeer
    client: httpx.Client

    def people(self) -> list[Person]:
        """Somebody new on every channel."""
        return [OnWeb(self.client), OnTelegram(self.telegram), OnKf(self.wecom), OnApp(self.wecom)]

    def set_clock(self, at: datetime) -> None:
        """Let the whole world be at this moment."""
        self.wecom.clock.set(at.timestamp())

    def advance(self, span: timedelta) -> None:
        """Let time pass."""
        self.wecom.clock.advance(span.total_seconds())

    def settled(self, person: Person, messages: int) -> None:
        """Wait until so many messages of this person are handled and everything is said."""
        deadline = time.monotonic() + PATIENCE
        while not self._read(_settled, person, messages):
            assert time.monotonic() < deadline, f"{person.channel}: not {messages} messages handled and answered"
            time.sleep(0.03)

    def desk(self, person: Person, does: str) -> None:
        """A member of staff takes the conversation, or gives it back: in the platform's client where it has one."""
        if isinstance(person, OnKf):
            self._servicer(person, does)
            return
        (account,) = self._read(_accounts, person)
        key = ConversationKey(person.channel, account, person.chat)
        holder, name = ("person", SERVICER) if does == "takes" else ("bot", None)
        self.app.do(self.app.app.database.write(lambda c: set_holder(c, key, holder, name)))

    def records(self, person: Person) -> list[dict[str, Any]]:
        """The service records of this person's conversation that count, oldest first."""
        found: list[dict[str, Any]] = self._read(_rows, person, consultations)
        return [row for row in found if row["people"] > 0]

    def handovers(self, person: Person) -> list[dict[str, Any]]:
        """Where a person was asked for, oldest first."""
        found: list[dict[str, Any]] = self._read(_rows, person, handovers)
        return found

    def cases(self, person: Person) -> list[dict[str, Any]]:
        """What this person handed in, oldest first."""
        found: list[dict[str, Any]] = self._read(_rows, person, cases)
        return found

    def _servicer(self, person: OnKf, does: str) -> None:
        if does == "takes":
            with self.wecom.state.lock:
                self.wecom.kf.sessions[person.chat].state = SessionState.POOL
            self.wecom.callbacks.servicer_takes(SERVICER, person.chat)
        else:
            self.wecom.callbacks.servicer_ends(SERVICER, person.chat)
        wanted = "person" if does == "takes" else "bot"
        deadline = time.monotonic() + PATIENCE
        while self._read(_holders, person) != [wanted]:
            assert time.monotonic() < deadline, "the servicer's act did not arrive"
            time.sleep(0.01)
        self.settled(person, 0)  # the resident hears who helps them

    def _read(self, work: Any, person: Person, *more: Any) -> Any:
        return self.app.do(self.app.app.database.read(lambda c: work(c, person, *more)))


@contextmanager
def stage(folder: Path, *, on_duty: bool = True) -> Iterator[Stage]:
    """A service that runs, with everybody around it.

    Where servicers are `on_duty`, who asks for a person on customer service waits in its pool, and the bot is silent.
    """
    with TelegramPeer() as telegram, WeComPeer() as wecom:

        def clock() -> datetime:
            return datetime.fromtimestamp(wecom.clock.now(), UTC)

        with (
            running_apart(folder, telegram, wecom, settings=SETTINGS, clock=clock) as app,
            httpx.Client(base_url=app.base_url, timeout=30) as client,
        ):
            # Dialogs move the clock by hours: the job that tells who waits how it stands would speak in between.
            app.do(app.app.schedule.stop())
            app.do(app.app.database.write(_edit_directory))
            for servicer in wecom.kf.servicers.values():
                servicer.on_duty = on_duty
            wecom.callbacks.target = f"{app.base_url}/wecom/app"
            yield Stage(app, telegram, wecom, client)
            wecom.callbacks.target = ""


def _edit_directory(c: Connection) -> None:
    """What administrators have entered: a workstation with its lawyer, and one that was closed."""
    known = {row.facts.township: row for row in workstations.everything(c) if row.facts.kind == "station"}
    for township, changes in EDITED.items():
        row = known[township]
        workstations.edit(c, row.id, replace(row.facts, **changes), row.updated_at, row.updated_at)


def _settled(c: Connection, person: Person, messages: int) -> bool:
    said = (inbox.c.channel == person.channel, inbox.c.chat == person.chat, inbox.c.state != "new")
    due = (outbox.c.channel == person.channel, outbox.c.chat == person.chat, outbox.c.state == "due")
    handled = c.scalar(select(func.count()).select_from(inbox).where(*said)) or 0
    return handled >= messages and not c.scalar(select(func.count()).select_from(outbox).where(*due))


def _accounts(c: Connection, person: Person) -> list[str]:
    theirs = (conversations.c.channel == person.channel, conversations.c.chat == person.chat)
    return list(c.scalars(select(conversations.c.account).where(*theirs)))


def _holders(c: Connection, person: Person) -> list[str]:
    theirs = (conversations.c.channel == person.channel, conversations.c.chat == person.chat)
    return list(c.scalars(select(conversations.c.holder).where(*theirs)))


def _rows(c: Connection, person: Person, table: Any) -> list[dict[str, Any]]:
    query = (
        select(table)
        .join(conversations, conversations.c.id == table.c.conversation_id)
        .where(conversations.c.channel == person.channel, conversations.c.chat == person.chat)
        .order_by(table.c.id)
    )
    return [dict(row._asdict()) for row in c.execute(query)]
