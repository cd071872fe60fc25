"""The same person on each channel: how things are done there, and how a reply looks there.

| does      | web                  | telegram        | wecom_kf                 | wecom_app                     |
|-----------|----------------------|-----------------|--------------------------|-------------------------------|
| says      | POST text            | message         | message of a resident    | message of a member           |
| taps      | POST payload         | inline button   | item of the menu         | the button's number as a text |
| enters    | nothing to do        | /start          | enter_session            | enter_agent                   |
| sends     | cannot               | photo, place …  | image, location …        | image, location …             |

| reply     | web                  | telegram        | wecom_kf                 | wecom_app                     |
|-----------|----------------------|-----------------|--------------------------|-------------------------------|
| title     | its own field        | first line      | first line               | first line                    |
| cites     | list                 | after 依据：    | below the menu           | after 依据：                  |
| buttons   | list                 | inline keyboard | msgmenu                  | 回复数字：1 …　2 …            |
| topic     | field                | not shown       | not shown                | not shown                     |
| kind      | field                | not shown       | not shown                | not shown                     |
"""

import itertools
import re
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer, new_external_userid

_numbers = itertools.count(7_000_001)
_UNSEEN = str.maketrans("", "", "\u200b\u200c")
_LISTED = re.compile(r"\n?回复数字：(.*)$")
Json = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """A reply as the person sees it; `buttons` are pairs of label and what a tap needs; None is not shown there."""

    said: str
    buttons: tuple[tuple[str, str], ...]
    cites: str
    topic: str | None = None
    kind: str | None = None


class Person(Protocol):
    """Somebody new on one channel. Acts block until the platform has handed them over."""

    channel: str
    cannot: frozenset[str]

    @property
    def chat(self) -> str: ...
    def says(self, text: str) -> None: ...
    def taps(self, reply: int, label: str, shown: Shown) -> None: ...
    def enters(self) -> None: ...
    def sends(self, kind: str) -> None: ...
    def seen(self) -> list[Shown]: ...


class OnWeb:
    """The page's program."""

    channel = "web"
    cannot = frozenset({"enters", "sends"})

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._conversation: str | None = None
        self._replies: list[Json] = []

    @property
    def chat(self) -> str:
        return self._conversation or ""

    def says(self, text: str) -> None:
        self._post(text=text)

    def taps(self, reply: int, label: str, shown: Shown) -> None:
        self._post(payload=dict(shown.buttons)[label])

    def enters(self) -> None:
        raise NotImplementedError

    def sends(self, kind: str) -> None:
        raise NotImplementedError

    def seen(self) -> list[Shown]:
        return [
            Shown(
                said="\n".join([reply.get("title", ""), reply["text"]]).strip(),
                buttons=tuple((button["label"], button["payload"]) for button in reply["buttons"]),
                cites="\n".join(reply.get("cites", ())),
                topic=reply.get("topic", ""),
                kind=reply["kind"],
            )
            for reply in self._replies
        ]

    def fetch(self) -> None:
        """See what was said since, as the page does by itself."""
        after = max((reply["id"] for reply in self._replies), default=0)
        told = self._client.get("/api/v1/messages", params={"conversation": self.chat, "after": after}).json()
        self._replies += told["replies"]

    def _post(self, **body: str) -> None:
        answer = self._client.post("/api/v1/messages", json={"conversation": self._conversation, **body})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        self._conversation = told["conversation"]
        self._replies += told["replies"]


class OnTelegram:
    channel = "telegram"
    cannot: frozenset[str] = frozenset()

    def __init__(self, peer: TelegramPeer) -> None:
        self._peer = peer
        self._id = next(_numbers)

    @property
    def chat(self) -> str:
        return str(self._id)

    def says(self, text: str) -> None:
        self._peer.user_says(self._id, text)

    def taps(self, reply: int, label: str, shown: Shown) -> None:
        message = self._peer.sent_to(self._id)[reply]
        self._peer.user_presses(self._id, message["message_id"], label)

    def enters(self) -> None:
        self._peer.user_says(self._id, "/start")

    def sends(self, kind: str) -> None:
        if kind == "location":
            self._peer.user_sends_location(self._id, 28.8, 108.7)
        elif kind == "picture":
            self._peer.user_sends_photo(self._id)
        else:
            voice = {"file_id": "v", "file_unique_id": "v", "duration": 3}
            self._peer.user_sends(self._id, {"voice": voice})

    def seen(self) -> list[Shown]:
        return [self._shown(message) for message in self._peer.sent_to(self._id)]

    def _shown(self, message: Json) -> Shown:
        rows = (message["reply_markup"] or {}).get("inline_keyboard", [])
        buttons = tuple((button["text"], button["callback_data"]) for row in rows for button in row)
        said, _, cites = message["text"].partition("\n\n依据：")
        return Shown(said, buttons, cites)


class OnKf:
    """A resident in personal WeChat."""

    channel = "wecom_kf"
    cannot: frozenset[str] = frozenset()

    def __init__(self, peer: WeComPeer) -> None:
        self._peer = peer
        self.chat = new_external_userid()

    def says(self, text: str) -> None:
        self._peer.callbacks.resident_text(self.chat, text)

    def taps(self, reply: int, label: str, shown: Shown) -> None:
        self._peer.callbacks.resident_text(self.chat, label, dict(shown.buttons)[label])

    def enters(self) -> None:
        self._peer.callbacks.enter_session(self.chat)

    def sends(self, kind: str) -> None:
        if kind == "location":
            place = {"latitude": 28.8, "longitude": 108.7, "name": "老屋", "address": "酉阳县"}
            self._peer.callbacks.resident_sends(self.chat, "location", place)
        else:
            self._peer.callbacks.resident_media(self.chat, {"picture": "image"}.get(kind, kind), "x.amr", b"x" * 64)

    def seen(self) -> list[Shown]:
        return [self._shown(message) for message in self._peer.sent_to(self.chat)]

    def _shown(self, message: Json) -> Shown:
        if message["msgtype"] == "text":
            said, _, cites = message["text"]["content"].partition("\n依据：")
            return Shown(said, (), cites)
        menu = message["msgmenu"]
        buttons = tuple((item["click"]["content"], item["click"]["id"]) for item in menu["list"])
        return Shown(menu["head_content"], buttons, menu.get("tail_content", "").removeprefix("依据："))


class OnApp:
    """A member of the bureau in WeCom."""

    channel = "wecom_app"
    cannot: frozenset[str] = frozenset()

    def __init__(self, peer: WeComPeer) -> None:
        self._peer = peer
        self._userid = f"Member{next(_numbers)}"
        self.chat = self._userid.lower()  # WeCom does not tell cases apart; the service keeps the lower one
        peer.state.add_members(peer.corp, [self._userid])

    def says(self, text: str) -> None:
        assert self._peer.callbacks.member_text(self._userid, text).accepted

    def taps(self, reply: int, label: str, shown: Shown) -> None:
        self.says(dict(shown.buttons)[label])

    def enters(self) -> None:
        assert self._peer.callbacks.member_event(self._userid, "enter_agent").accepted

    def sends(self, kind: str) -> None:
        if kind == "location":
            assert self._peer.callbacks.member_location(self._userid, 28.8, 108.7, "酉阳县").accepted
        else:
            fields = [("MediaId", "m")]
            kind = {"picture": "image"}.get(kind, kind)
            assert self._peer.callbacks.member_message(self._userid, kind, fields).accepted

    def seen(self) -> list[Shown]:
        return [self._shown(message["text"]["content"]) for message in self._peer.app_sent_to(self._userid)]

    def _shown(self, text: str) -> Shown:
        text = text.translate(_UNSEEN)
        listed = _LISTED.search(text)
        numbered = [item.partition(" ") for item in listed[1].split("　")] if listed else []
        said, _, cites = _LISTED.sub("", text).partition("\n依据：")
        return Shown(said, tuple((label, number) for number, _, label in numbered), cites)
