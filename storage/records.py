"""Row types: frozen, and free of any table's details. All times are aware."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ConversationKey:
    """Where a conversation lives: the channel, our account there, and the chat."""

    channel: str
    account: str
    chat: str


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message as it comes in, before anything has been done about it."""

    key: ConversationKey
    sender: str
    message_id: str
    body: Json
    sent_at: datetime
    received_at: datetime
    state: str = "new"
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a message on arrival. `fresh` is False when it was there already."""

    inbox_id: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message that waits to be handled; `attempts` counts the claims that began with it, this one included."""

    inbox_id: int
    key: ConversationKey
    sender: str
    message_id: str
    body: Json
    sent_at: datetime
    received_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation's standing. `dialog` is the handlers' own memory, opaque here.

    `kind` is resident, or staff and group, where we write to members of staff.
    """

    id: int
    key: ConversationKey
    person: str
    dialog: Json
    holder: str
    holder_name: str | None
    township: str | None
    window_until: datetime | None
    window_left: int | None
    unreachable: str | None
    holder_id: int | None = None
    holder_via: str | None = None
    safe_mode: bool = False
    kind: str = "resident"


@dataclass(frozen=True, slots=True)
class Claim:
    """A conversation leased to one worker, with its waiting messages in their order."""

    conversation: Conversation
    messages: tuple[StoredMessage, ...]


@dataclass(frozen=True, slots=True)
class ConsultationDraft:
    """A service record 法律咨询 to be written or, for the same matter within a day, continued.

    `replaces` names the topic of an earlier record of this conversation that turned out to be the wrong one: that
    record is corrected instead of counting the same matter twice.
    """

    domain: str
    topic: str
    title: str
    summary: str
    answer: str
    cites: tuple[Json, ...]
    disposition: str
    status: str
    responder: str
    urgent: bool = False
    group_matter: bool = False
    minor: bool = False
    score: float | None = None
    candidates: tuple[Json, ...] = ()
    knowledge_version: str = ""
    township: str | None = None
    client_types: tuple[str, ...] = ()
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class HandoverDraft:
    """A person is asked to take over 转人工; `number` is what the resident can quote."""

    number: str
    reason: str
    summary: str
    urgent: bool
    promised_at: datetime


@dataclass(frozen=True, slots=True)
class HandoverNote:
    """What the resident told after the handover: the matter that the person who takes over has to know.

    `added`: it stands beside what is known already, else in its place.
    """

    number: str
    summary: str
    added: bool = False


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the resident said of the answer on one topic: useful, useless or other_case."""

    topic: str
    word: str


@dataclass(frozen=True, slots=True)
class OutboxDraft:
    """A message to be sent. `key` is the idempotency key, at most 32 characters of [0-9a-z]."""

    key: str
    purpose: str
    priority: int
    body: Json
    not_before: datetime
    reply_token: str | None = None
    expires_at: datetime | None = None
    pulled: bool = False  # the channel fetches it (web): nothing is left to send


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message in the outbox, leased for sending or read back.

    `window_left` is how many messages the platform's window still has room for, None where it has no limit or the row
    was not leased. `safe_mode` is the conversation's, of a leased row.
    """

    id: int
    key: str
    conversation_id: int
    inbox_id: int | None
    chat: ConversationKey
    purpose: str
    body: Json
    reply_token: str | None
    attempts: int
    expires_at: datetime | None
    created_at: datetime
    state: str = "due"
    window_left: int | None = None
    safe_mode: bool = False

    @property
    def silent(self) -> bool:
        """Nothing may be said: only a session that the platform keeps is moved, as the purpose wants it."""
        return self.safe_mode and self.purpose in ("waiting", "closing")


@dataclass(frozen=True, slots=True)
class ConsultationRow:
    """A service record as it is read back; `values` holds every column by its name."""

    id: int
    number: str
    opened_at: datetime
    title: str
    status: str
    values: Json = field(repr=False)
