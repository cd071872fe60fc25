"""What the desk's use cases work with; built once in `bot.app`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from handlers.county import County
from handlers.hours import OfficeHours
from handlers.message import Reply
from handlers.personal import Seal
from knowledge.load import Knowledge
from storage.database import Database
from storage.file_store import FileStore
from storage.records import ConversationKey


class SessionFault(StrEnum):
    """Why a platform does not give a conversation to a person."""

    NOT_A_SERVICER = "not_a_servicer"  # not among the 接待人员 of the account, or not active in WeCom
    OFF_DUTY = "off_duty"  # among them, but has stopped taking residents
    TAKEN = "taken"  # somebody else serves already: `who` names the member
    OVER = "over"  # the session is over: the resident has to write first
    REFUSED = "refused"  # the platform does not allow this move as things stand
    UNKNOWN = "unknown"  # the platform did not answer: nobody knows


class SessionRefused(Exception):
    """The platform did not move its session. `who` is the member who has it, where it is known."""

    def __init__(self, fault: SessionFault, who: str | None = None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.who = who


@runtime_checkable
class Sessions(Protocol):
    """A platform that keeps sessions of its own, as 微信客服 does."""

    async def hand_to(self, chat: ConversationKey, member: str, *, transfer: bool = False) -> str | None:
        """Let `member` serve the resident in the platform's client. Harmless if they do already.

        `transfer`: whoever serves there now gives the resident up; without it they are left in peace.

        Returns a one-shot code with which one text may still be said, or None.

        Raises:
            SessionRefused: by what the member of staff can do about it.
        """
        ...

    async def is_bots(self, chat: ConversationKey) -> bool:
        """Whether the bot's own interface may still say something, so that staff can answer through it.

        Raises:
            SessionRefused: nobody knows.
        """
        ...


class Wire(Protocol):
    """What the desk asks of any channel."""

    @property
    def rate(self) -> object | None:
        """None where replies are fetched, not sent."""
        ...

    def fit(self, reply: Reply) -> Reply:
        """The reply as far as it goes into one message; what is left over stands in its `more`."""
        ...


@dataclass(frozen=True)
class Tools:
    """What every use case of the desk gets.

    `files` are what residents and staff handed in. `wires` are all channels by name. `person` is the key under which a
    person's records are kept, `key` makes an idempotency key from words. `said` tells that something is new in a
    conversation's outbox, `changed` that the queue or a case is not as it was. `hours` gives the office hours as they
    stand now. `staff_accounts` says under which account of ours a channel reaches members of staff (wecom_app: the
    agent id, telegram: the bot's id), `groups` which staff groups are told of new handovers. `public_url` is where
    staff find the console, "" where it has no public address.
    """

    database: Database
    clock: Callable[[], datetime]
    county: County
    knowledge: Knowledge
    seal: Seal
    files: FileStore
    person: Callable[[ConversationKey, str], str]
    key: Callable[..., str]
    said: Callable[[ConversationKey], None]
    changed: Callable[[], None]
    wires: Mapping[str, Wire]
    hours: Callable[[], OfficeHours]
    staff_accounts: Mapping[str, str]
    groups: Callable[[], Sequence[ConversationKey]] = tuple
    public_url: str = ""

    def sessions_of(self, channel: str) -> Sessions | None:
        """The channel where it keeps sessions of its own, else None."""
        wire: object = self.wires.get(channel)
        return wire if isinstance(wire, Sessions) else None
