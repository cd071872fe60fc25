"""Many people who ask one question each, on every channel, and do not give up before they were heard."""

import random
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count, cycle
from types import TracebackType
from typing import Any, Self

import httpx

from knowledge.load import Knowledge
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer, new_external_userid
from tests.peers.wecom.xml import read

_THREADS = 24
_PAUSE = 0.05
_FIRST_USER = 5_000_000
_LONG_ENOUGH = 8


@dataclass
class Person:
    """Somebody with one question. `chat` is what the service's tables call them."""

    channel: str
    chat: str
    question: str
    topic: str
    message_id: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)
    """What the web answered each time the same message was posted."""
    accepted: bool = False


class Crowd:
    """A context manager; `speak` lets some more people ask, in threads."""

    def __init__(
        self, knowledge: Knowledge, chance: random.Random, *, telegram: TelegramPeer | None, wecom: WeComPeer
    ) -> None:
        self.people: list[Person] = []
        self.base_url = ""
        self.refusals = 0
        """How often the web said 503."""
        self._wecom = wecom
        self._telegram = telegram
        self._questions = cycle(_questions(knowledge, chance))
        self._chance = chance
        self._users = count(_FIRST_USER)
        self._client = httpx.Client(trust_env=False, timeout=15)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="crowd")
        self._waiting: list[Future[None]] = []
        self._patience = 0.0
        self._kinds: Sequence[Callable[[Person], None]] = (
            self._on_the_web,
            self._as_resident,
            self._as_member,
            *([self._in_telegram] if telegram is not None else []),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._patience = -1.0
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def listen_to(self, base_url: str) -> None:
        """The service is to be found here from now on."""
        self.base_url = base_url
        self._wecom.callbacks.target = f"{base_url}/wecom/app"

    @property
    def unheard(self) -> int:
        """How many are still trying."""
        return sum(not future.done() for future in self._waiting)

    def speak(self, number: int) -> None:
        """Some more people ask, each on a channel of their own choice."""
        for _ in range(number):
            person = Person("", "", *next(self._questions))
            self.people.append(person)
            self._waiting.append(self._pool.submit(self._chance.choice(self._kinds), person))

    def wait_until_heard(self, seconds: float) -> None:
        """Until everybody was heard; whatever went wrong with one of them is raised."""
        deadline = time.monotonic() + seconds
        for future in self._waiting:
            future.result(max(0.0, deadline - time.monotonic()))

    def repeat_web_posts(self) -> None:
        """Everybody on the web posts the same message once more, as a client does that heard no answer."""
        for person in self.people:
            if person.channel == "web":
                self._post(person)

    def _on_the_web(self, person: Person) -> None:
        person.message_id = secrets.token_hex(16)
        while not self._post(person):
            self._sleep()
        person.channel, person.chat, person.accepted = "web", person.heard[-1]["conversation"], True

    def _post(self, person: Person) -> bool:
        try:
            answer = self._client.post(
                f"{self.base_url}/api/v1/messages", json={"id": person.message_id, "text": person.question}
            )
        except httpx.TransportError:
            return False
        if answer.status_code == 503:
            # Not accepted, and said so kindly to programs and people.
            error = answer.json()["error"]
            assert "请过一会儿" in error["message"]
            assert int(answer.headers["retry-after"]) > 0
            self.refusals += 1
            return False
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        person.heard.append(answer.json())
        return True

    def _as_resident(self, person: Person) -> None:
        """The platform keeps what a resident wrote; whether a bell is heard does not matter."""
        person.channel, person.chat = "wecom_kf", new_external_userid()
        person.message_id = self._wecom.callbacks.resident_text(person.chat, person.question).msgid
        person.accepted = True

    def _as_member(self, person: Person) -> None:
        person.channel, person.chat = "wecom_app", f"member-{secrets.token_hex(6)}"
        self._wecom.state.add_members(self._wecom.corp, [person.chat])
        delivery = self._wecom.callbacks.member_text(person.chat, person.question)
        person.message_id = str(read(delivery.plaintext)["MsgId"])
        while not delivery.accepted:
            self._sleep()
            delivery = self._wecom.callbacks.raw(delivery.plaintext)
        person.accepted = True

    def _in_telegram(self, person: Person) -> None:
        assert self._telegram is not None
        user = next(self._users)
        person.channel, person.chat = "telegram", str(user)
        person.message_id = f"u{self._telegram.user_says(user, person.question)['update_id']}"
        person.accepted = True

    def _sleep(self) -> None:
        if self._patience < 0:
            raise TimeoutError("the test is over")
        time.sleep(_PAUSE)


def _questions(knowledge: Knowledge, chance: random.Random) -> list[tuple[str, str]]:
    """Questions that are answered at once, each with its topic; short ones may mean something else as well."""
    found = []
    for entry in knowledge.entries.values():
        groups: list[tuple[str, ...]] = list(entry.variants.model_dump().values())
        texts = (entry.question, *(text for group in groups for text in group))
        found += [(text, entry.id) for text in texts if len(text) >= _LONG_ENOUGH]
    chance.shuffle(found)
    return found
