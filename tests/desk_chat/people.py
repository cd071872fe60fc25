"""People in the conversations: a member of staff in each kind of chat, and a resident on the web."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from storage.account_records import Account
from tests.dialogs.people import OnApp, OnTelegram, OnWeb
from tests.peers.telegram.peer import TelegramPeer

T = TypeVar("T")
GROUP = -1001234567890
PATIENCE = 10.0
Seen = tuple[str, dict[str, str]]  # what is read, and the choices: label -> what a tap needs
_presses = itertools.count(1)


class Platform(Protocol):
    """How something is done, and looks, in one chat."""

    chat: str

    def says(self, text: str) -> None: ...
    def enters(self) -> None: ...
    def sends(self, kind: str) -> None: ...
    def press(self, number: int, key: str) -> None: ...
    def press_again(self, number: int, key: str) -> None: ...
    def read(self) -> list[Seen]: ...


class Telegram(OnTelegram):
    """A private chat."""

    def __init__(self, peer: TelegramPeer) -> None:
        super().__init__(peer)
        peer.add_user(int(self.chat))

    def press(self, number: int, key: str) -> None:
        self._peer.user_presses(int(self.chat), self._peer.sent_to(int(self.chat))[number]["message_id"], key)

    def press_again(self, number: int, key: str) -> None:
        sender = {"id": int(self.chat), "is_bot": False, "first_name": "X"}
        chat = {"id": int(self.chat), "type": "private", "first_name": "X"}
        message = {"message_id": number + 1, "date": 1_772_000_000, "chat": chat, "text": "card"}
        query = {"id": str(next(_presses)), "from": sender, "chat_instance": "1", "data": key, "message": message}
        self._peer.raw_update({"callback_query": query})

    def read(self) -> list[Seen]:
        return [(one.said, dict(one.buttons)) for one in self.seen()]

    def press_in_group(self, number: int, label: str) -> None:
        message = self._peer.sent_to(GROUP)[number]
        self._peer.user_presses(int(self.chat), message["message_id"], label, chat_id=GROUP)

    def edits(self, message_id: int, text: str) -> None:
        self._peer.user_edits(int(self.chat), message_id, text)


class App(OnApp):
    """The WeCom app; cards are template cards, other choices are numbers."""

    def press(self, number: int, key: str) -> None:
        message = self._peer.app_sent_to(self._userid)[number]
        if message["msgtype"] == "template_card":
            self._peer.callbacks.click_button(self._userid, str(message["msgid"]), key)
        else:
            self.says(key)

    def press_again(self, number: int, key: str) -> None:
        fields = [("Event", "template_card_event"), ("EventKey", key), ("TaskId", f"task{next(_presses)}")]
        fields += [("CardType", "button_interaction"), ("ResponseCode", f"used-{next(_presses)}")]
        assert self._peer.callbacks.member_message(self._userid, "event", fields).accepted

    def read(self) -> list[Seen]:
        return [self._read(message) for message in self._peer.app_sent_to(self._userid)]

    def _read(self, message: dict[str, Any]) -> Seen:
        if message["msgtype"] != "template_card":
            shown = self._shown(message["text"]["content"])
            return shown.said, dict(shown.buttons)
        card, replaced = message["card"]["card"], message["card"]["replaced"]
        lines = [f"{item['keyname']}：{item.get('value', '')}" for item in card.get("horizontal_content_list", [])]
        text = [card["main_title"]["title"], card.get("sub_title_text", ""), *lines, replaced or ""]
        buttons = {} if replaced else {item["text"]: item["key"] for item in card.get("button_list", [])}
        return "\n".join(text), buttons


@dataclass
class Member:
    """A member of staff in a chat."""

    account: Account
    where: Telegram | App
    noted: Callable[[], None]  # waits until the service knows of what the platform shows here
    _heard: int = 0

    @property
    def name(self) -> str:
        return self.account.name

    def says(self, text: str) -> None:
        self.where.says(text)

    def taps(self, label: str, *, on: str = "") -> None:
        """The newest message that shows this choice and holds these words."""
        self.where.press(*self.choice(label, on=on))

    def taps_twice(self, label: str, *, on: str) -> None:
        choice = self.choice(label, on=on)
        self.where.press(*choice)
        self.where.press_again(*choice)

    def choice(self, label: str, *, on: str) -> tuple[int, str]:
        """Where a choice is shown and what a tap on it sends, once it is there."""
        found = self._wait(lambda: self._choice(label, on), f"a choice {label!r} on {on!r}")
        self.noted()
        return found

    def press_again(self, choice: tuple[int, str], payload: str) -> None:
        """A tap on a button that the platform does not show any more, but a slow telephone still does."""
        self.where.press_again(choice[0], payload)

    def hears(self, *words: str) -> str:
        """The next message, among those not heard yet, that holds all these words; what came before it is skipped."""

        def found() -> int | None:
            said = self.where.read()
            fits = (n for n in range(self._heard, len(said)) if all(word in said[n][0] for word in words))
            return next(fits, None)

        number = self._wait(lambda: None if (n := found()) is None else (n,), f"{self.name} to hear {words}")[0]
        self._heard = number + 1
        return self.where.read()[number][0]

    def hears_one(self, *words: str) -> str:
        """The next message that holds any of these words."""

        def found() -> tuple[int] | None:
            said = self.where.read()
            fits = (n for n in range(self._heard, len(said)) if any(word in said[n][0] for word in words))
            number = next(fits, None)
            return None if number is None else (number,)

        (number,) = self._wait(found, f"{self.name} to hear one of {words}")
        self._heard = number + 1
        return self.where.read()[number][0]

    def shows(self, *words: str) -> None:
        """Some message of the chat, old or new, holds these words by now: cards change where they stand."""
        self._wait(lambda: any(all(word in said for word in words) for said, _ in self.where.read()), f"{words}")

    def everything(self) -> str:
        return "\n---\n".join(said for said, _ in self.where.read())

    def _choice(self, label: str, on: str) -> tuple[int, str] | None:
        said = list(enumerate(self.where.read()))
        fits = ((n, choices[label]) for n, (text, choices) in reversed(said) if label in choices and on in text)
        return next(fits, None)

    def _wait(self, look: Callable[[], T | None], what: str) -> T:
        deadline = time.monotonic() + PATIENCE
        while not (value := look()):
            assert time.monotonic() < deadline, f"waited in vain for {what}; there is:\n{self.everything()}"
            time.sleep(0.02)
        return value


class Resident(OnWeb):
    """Somebody on the web, who fetches what came later."""

    def later(self) -> list[str]:
        answer = self._client.get("/api/v1/messages", params={"conversation": self.chat, "after": 0})
        assert answer.status_code == 200, answer.text
        return [reply["text"] for reply in answer.json()["replies"]]

    def hears(self, words: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not any(words in said for said in self.later()):
            assert time.monotonic() < deadline, f"the resident did not hear {words!r} but {self.later()}"
            time.sleep(0.02)
