"""The service in this process, people who ask it one question each, and time that can be hurried."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from storage.health import Health, read_health
from storage.schema import channel_states
from tests.faults.audit import Books, read_books
from tests.faults.crowd import Person
from tests.faults.rounds import check_everything
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import Bell, WeComPeer, new_external_userid
from tests.peers.wecom.xml import read
from tests.running import Clock, Running, Sections, matcher, running

_FIRST_USER = 6_000_000


class Desk:
    """Who asked what, at one running service."""

    def __init__(self, app: Running, clock: Clock, people: list[Person], *peers: TelegramPeer | WeComPeer) -> None:
        self.app = app
        self.clock = clock
        self.people = people
        self.peers = peers
        self._entries = [entry for topic, entry in matcher().knowledge.entries.items() if topic.startswith("labor.")]
        self._users = count(_FIRST_USER + len(people))

    async def residents(self, number: int, bell: Bell = Bell.RING) -> list[Person]:
        """So many residents ask in customer service, one right after the other."""
        return [await self._do(self._resident, bell) for _ in range(number)]

    async def members(self, number: int) -> list[Person]:
        """So many members ask in the app, all at once."""
        people = [self.member() for _ in range(number)]
        await asyncio.gather(*(self._do(self._member, person) for person in people))
        return people

    def member(self) -> Person:
        """A member who has not asked yet."""
        person = self._somebody("wecom_app", f"member-{secrets.token_hex(6)}")
        self._wecom.state.add_members(self._wecom.corp, [person.chat])
        return person

    async def telegram_users(self, number: int) -> list[Person]:
        """So many people ask in Telegram."""
        people = [self._somebody("telegram", str(next(self._users))) for _ in range(number)]
        for person in people:
            update = await self._do(self._telegram.user_says, int(person.chat), person.question)
            person.message_id = f"u{update['update_id']}"
        return people

    async def web_users(self, number: int) -> list[Person]:
        """So many people ask on the web, one after the other."""
        return [await self._web_user() for _ in range(number)]

    async def health(self) -> Health:
        """What waits and what was given up."""
        return await self.app.app.database.read(read_health)

    async def done(self, *, messages: int = 0, dead: int = 0, hurry: float = 0.0, seconds: float = 20.0) -> None:
        """Wait until `messages` (everybody's, if not said) were handled, nothing is due, and so many were given up.

        The service's time runs about `hurry` times as fast meanwhile.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            books = await self.books()
            given_up = sum(row.state == "dead" for row in books.outbox)
            if books.waiting(messages or len(self.people)) == 0 and given_up == dead:
                return
            assert asyncio.get_running_loop().time() < deadline, f"after {seconds} s {await self.health()}"
            self.clock.advance(seconds=hurry / 20)
            await asyncio.sleep(0.05)

    async def held_back(self) -> None:
        """Wait until some account is held back."""
        deadline = asyncio.get_running_loop().time() + 10
        while not any(row.not_before for row in await self.app.rows(channel_states)):
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.02)

    async def books(self) -> Books:
        """All that was written down."""
        return await asyncio.to_thread(read_books, self.app.app.database)

    async def check(self) -> Books:
        """Everybody was answered exactly once."""
        return await asyncio.to_thread(check_everything, self.app.app.database, self.people, *self.peers)

    def _resident(self, bell: Bell) -> Person:
        person = self._somebody("wecom_kf", new_external_userid())
        person.message_id = self._wecom.callbacks.resident_text(person.chat, person.question, bell=bell).msgid
        return person

    def _member(self, person: Person) -> None:
        delivery = self._wecom.callbacks.member_text(person.chat, person.question)
        assert delivery.accepted
        person.message_id = str(read(delivery.plaintext)["MsgId"])

    async def _web_user(self) -> Person:
        person = self._somebody("web", "")
        person.message_id = secrets.token_hex(16)
        person.heard.append(await self.app.say(person.question, id=person.message_id))
        person.chat = person.heard[0]["conversation"]
        return person

    def _somebody(self, channel: str, chat: str) -> Person:
        entry = self._entries[len(self.people) % len(self._entries)]
        self.people.append(Person(channel, chat, entry.question, entry.id))
        return self.people[-1]

    async def _do(self, work: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.to_thread(work, *args)

    @property
    def _wecom(self) -> WeComPeer:
        return next(peer for peer in self.peers if isinstance(peer, WeComPeer))

    @property
    def _telegram(self) -> TelegramPeer:
        return next(peer for peer in self.peers if isinstance(peer, TelegramPeer))


@asynccontextmanager
async def open_desk(
    data_dir: Path,
    *peers: TelegramPeer | WeComPeer,
    settings: Sections | None = None,
    before: Sequence[Person] = (),
    clock: Clock | None = None,
) -> AsyncIterator[Desk]:
    """Run the service; `before` are people who asked before a restart."""
    clock = clock or Clock()
    async with running(data_dir, *peers, settings=settings, clock=clock) as app:
        for peer in peers:
            if isinstance(peer, WeComPeer):
                peer.callbacks.target = f"{app.base_url}/wecom/app"
        yield Desk(app, clock, list(before), *peers)
