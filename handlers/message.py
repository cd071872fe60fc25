"""The words that channels and handlers share. A platform's own words never get here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

# How soon each purpose goes: danger first, publicity last.
PRIORITY: Mapping[str, int] = {
    "urgent": 0,
    "welcome": 1,
    **dict.fromkeys(("answer", "staff", "handover", "waiting", "closing", "alert", "relay"), 2),
    "notice": 9,
}


class Kind(StrEnum):
    """What somebody did."""

    TEXT = "text"
    BUTTON = "button"  # a choice was tapped: `payload` says which
    LOCATION = "location"
    MEDIA = "media"  # a picture, voice, film or file, which Fawen does not read
    ENTER = "enter"  # the conversation was opened
    LEAVE = "leave"  # the person blocked or left us


@dataclass(frozen=True, slots=True)
class Window:
    """How long and how often the platform lets us answer after a message."""

    hours: int
    messages: int


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, voice, film or file that lies with the platform under `source` until it is fetched.

    `form` is picture, voice, film or file; `size` is in bytes, 0 where the platform does not say.
    """

    form: str
    source: str
    name: str = ""
    media_type: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that a person did on a channel. All times are aware.

    `reply_token` is a one-shot right to answer, which ends `reply_within` seconds after `sent_at`. `edited`: it takes
    the place of something that was said before. `group`: the chat is the staff's group, where many people tap.
    """

    channel: str
    account: str
    chat: str
    sender: str
    message_id: str
    kind: Kind
    sent_at: datetime
    received_at: datetime
    text: str = ""
    payload: str = ""
    reply_token: str | None = None
    reply_within: int | None = None
    window: Window | None = None
    media: Media | None = None
    edited: bool = False
    group: bool = False

    def body(self) -> dict[str, Any]:
        """The part that the inbox keeps as JSON; what is not there is left out."""
        body: dict[str, Any] = {"kind": self.kind.value}
        if self.text:
            body["text"] = self.text
        if self.payload:
            body["payload"] = self.payload
        if self.reply_token:
            body |= {"reply_token": self.reply_token, "reply_within": self.reply_within}
        if self.window:
            body["window"] = asdict(self.window)
        if self.media:
            body["media"] = asdict(self.media)
        if self.edited:
            body["edited"] = True
        if self.group:
            body["group"] = True
        return body

    @classmethod
    def from_body(cls, body: Mapping[str, Any], **known: Any) -> Self:
        """A message out of the inbox; `known` are the fields that are columns there."""
        window, media = body.get("window"), body.get("media")
        return cls(
            kind=Kind(body["kind"]),
            text=body.get("text", ""),
            payload=body.get("payload", ""),
            reply_token=body.get("reply_token"),
            reply_within=body.get("reply_within"),
            window=Window(**window) if window else None,
            media=Media(**media) if media else None,
            edited=body.get("edited", False),
            group=body.get("group", False),
            **known,
        )

    def saying(self, text: str) -> Self:
        """The same message with another text."""
        return replace(self, text=text, kind=Kind.TEXT, payload="")


@dataclass(frozen=True, slots=True)
class Button:
    """A choice under a reply: what is shown, and what comes back."""

    label: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to a person. `more` is what follows on the word 更多; `cites` are lines as they are shown.

    `author` is the member of staff who speaks, "" where it is the bot. `link` leads staff to the console. `updates` is
    the platform's handle of a card that staff got before: this reply takes the place of its buttons. `clears`: what was
    said before it is forgotten, and pages that still show it are to clear it.
    """

    text: str
    title: str = ""
    buttons: tuple[Button, ...] = ()
    topic: str = ""
    cites: tuple[str, ...] = ()
    more: str = ""
    purpose: str = "answer"
    author: str = ""
    link: str = ""
    updates: str = ""
    clears: bool = False

    @property
    def kind(self) -> str:
        """A "card" where there is more than a text, else "text"."""
        return "card" if self.title or self.buttons or self.cites else "text"

    def body(self) -> dict[str, Any]:
        """The reply as the outbox keeps it and as `/api/v1` shows it."""
        body: dict[str, Any] = {"kind": self.kind, "text": self.text}
        if self.title:
            body["title"] = self.title
        body["buttons"] = [asdict(button) for button in self.buttons]
        if self.topic:
            body["topic"] = self.topic
        if self.cites:
            body["cites"] = list(self.cites)
        if self.author:
            body["author"] = self.author
        if self.link:
            body["link"] = self.link
        if self.updates:
            body["updates"] = self.updates
        if self.clears:
            body["clears"] = True
        return body

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """A reply out of the outbox."""
        return cls(
            text=body.get("text", ""),
            title=body.get("title", ""),
            buttons=tuple(Button(**button) for button in body.get("buttons", ())),
            topic=body.get("topic", ""),
            cites=tuple(body.get("cites", ())),
            author=body.get("author", ""),
            link=body.get("link", ""),
            updates=body.get("updates", ""),
            clears=body.get("clears", False),
        )
