"""One service with residents on the web and staff in both chats; whole conversations are played on it.

::

    zhang = stage.staff("telegram", "张三")     # an account bound to a chat; `channel` may be wecom_app
    anna = stage.resident()                    # somebody on the web
    anna.says("转人工")
    zhang.taps("接待", on="有人等您接待")         # the newest message that holds these words and shows this choice
    zhang.hears("在您手上")                      # waits for a message with these words that has not been heard yet
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import Connection, func, select, update

from storage import accounts, desk
from storage import schema as tables
from storage.account_records import NewAccount
from storage.schema import conversations, handovers, inbox, outbox
from tests.desk_chat.people import GROUP, PATIENCE, App, Member, Resident, Telegram
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer
from tests.running import Apart, Sections, running_apart

T = TypeVar("T")
WORKING_MORNING = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # a Wednesday, 10 o'clock in Shanghai
WAGES = "老板拖欠工资三个月不给"
SETTINGS: Sections = {"web": {"messages_per_minute": 600}}
WITH_GROUP: Sections = {**SETTINGS, "telegram": {"staff_chat": str(GROUP)}}
_logins = itertools.count(1)


@dataclass
class Stage:
    """Where it is played."""

    app: Apart
    telegram: TelegramPeer
    wecom: WeComPeer
    client: httpx.Client

    def staff(self, channel: str, name: str, *roles: str, unit: str = "") -> Member:
        """A member of staff with an account that is bound to a chat."""
        where = Telegram(self.telegram) if channel == "telegram" else App(self.wecom)
        new = NewAccount(
            f"m{next(_logins)}",
            name,
            roles or ("desk",),
            unit,
            "no password",
            wecom_userid=where.chat.lower() if channel == "wecom_app" else None,
            telegram_id=where.chat if channel == "telegram" else None,
        )
        made = self.write(lambda c: accounts.create(c, new, WORKING_MORNING))
        assert made is not None
        return Member(made, where, lambda: self.noted(where.chat))

    def leave(self) -> None:
        """Nobody of the staff so far is called, or holds anything, any more."""
        self.quiet()
        self.write(lambda c: c.execute(update(tables.accounts).values(disabled_at=WORKING_MORNING)))
        self.write(lambda c: c.execute(update(handovers).values(state="closed")))

    def resident(self) -> Resident:
        return Resident(self.client)

    def in_group(self, words: str) -> int:
        """The place of the newest message in the group with these words, once it is there."""
        deadline = time.monotonic() + PATIENCE
        while True:
            shown = self.telegram.sent_to(GROUP)
            found = [n for n, message in enumerate(shown) if words in message["text"]]
            if found:
                return found[-1]
            assert time.monotonic() < deadline, f"the group did not hear {words!r} but {shown}"
            time.sleep(0.02)

    def handovers_of(self, person: Resident) -> list[Any]:
        query = (
            select(handovers)
            .join(conversations, conversations.c.id == handovers.c.conversation_id)
            .where(conversations.c.chat == person.chat)
            .order_by(handovers.c.id)
        )
        return self.read(lambda c: list(c.execute(query)))

    def take_back(self, person: Resident) -> None:
        """Somebody else gives the conversation back into the queue: a supervisor, or the watchdog."""
        held = self.conversation_of(person.chat)
        assert self.write(lambda c: desk.give_back(c, held.id, held.holder_id, WORKING_MORNING))

    def at_once(self, acts: Sequence[Callable[[], None]]) -> None:
        with ThreadPoolExecutor(len(acts)) as side_by_side:
            list(side_by_side.map(lambda act: act(), acts))

    def records(self) -> list[Any]:
        return self.read(lambda c: list(c.execute(select(tables.consultations).order_by(tables.consultations.c.id))))

    def conversation_of(self, chat: str) -> Any:
        return self.read(lambda c: c.execute(select(conversations).where(conversations.c.chat == chat)).one())

    def until(self, condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.02)

    def noted(self, chat: str) -> None:
        """What this chat shows is written down here: no person taps within the milliseconds before that."""
        on_the_wire = select(outbox.c.id).where(outbox.c.state == "due", outbox.c.attempts > 0)
        theirs = on_the_wire.where(func.lower(outbox.c.chat) == chat.lower())
        self.until(lambda: self.read(lambda c: c.execute(theirs).first()) is None, "what was sent is noted")

    def quiet(self) -> None:
        """Everything that came is handled, and everything to be said is said."""
        self.until(lambda: self.read(_is_quiet), "quiet")

    def read(self, work: Callable[[Connection], T]) -> T:
        return self.app.do(self.app.app.database.read(work))

    def write(self, work: Callable[[Connection], T]) -> T:
        return self.app.do(self.app.app.database.write(work))


def _is_quiet(connection: Connection) -> bool:
    waiting = connection.execute(select(inbox.c.id).where(inbox.c.state == "new")).first()
    due = connection.execute(select(outbox.c.id).where(outbox.c.state == "due")).first()
    return waiting is None and due is None


@contextmanager
def stage(folder: Path, settings: Sections = SETTINGS) -> Iterator[Stage]:
    """A service that runs on a working morning."""
    with TelegramPeer() as telegram, WeComPeer() as wecom:
        wecom.clock.set(WORKING_MORNING.timestamp())
        telegram.add_group(GROUP, "值班群")

        def clock() -> datetime:
            return datetime.fromtimestamp(wecom.clock.now(), UTC)

        with (
            running_apart(folder, telegram, wecom, settings=settings, clock=clock) as app,
            httpx.Client(base_url=app.base_url, timeout=30) as client,
        ):
            # Whoever asks for a person on WeChat waits with us and not in the pool of the platform's client.
            for servicer in wecom.kf.servicers.values():
                servicer.on_duty = False
            wecom.callbacks.target = f"{app.base_url}/wecom/app"
            yield Stage(app, telegram, wecom, client)
            wecom.callbacks.target = ""


def waits(scene: Stage, matter: str = WAGES) -> tuple[Resident, str]:
    """Somebody who asked for a person, and the number that they were given."""
    person = scene.resident()
    person.says(matter)
    person.says("转人工")
    return person, str(scene.handovers_of(person)[-1].number)


def serves(scene: Stage, member: Member, matter: str = WAGES) -> tuple[Resident, str]:
    """The same, taken by a member of staff."""
    person, number = waits(scene, matter)
    member.taps("接待", on=number)
    member.hears(f"{number} 在您手上")
    return person, number
