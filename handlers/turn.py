"""What a handler gets, and what it gives back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property

from handlers.county import County
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.dialog import Dialog
from handlers.hours import OfficeHours
from handlers.message import Kind, Message, Reply
from knowledge.load import Knowledge
from knowledge.match import Decision, Matcher
from storage.case_records import CaseChange
from storage.desk_records import AttachmentDraft, CaseDraft, PartyDraft, RatingGiven
from storage.records import (
    ConsultationDraft,
    ConsultationRow,
    Conversation,
    ConversationKey,
    Feedback,
    HandoverDraft,
    HandoverNote,
)
from storage.workstations import Workstation


class Unhandled(Enum):
    """The value of a handler to which the message does not belong."""

    UNHANDLED = "unhandled"


UNHANDLED = Unhandled.UNHANDLED


async def _nobody(*_: object) -> None:
    """No member of staff is known."""


@dataclass(frozen=True)
class Office:
    """Everything that handlers work with; made once. `calendar` gives the hours as they are now.

    `history` reads the newest records of a person key, `stations` what the directory has for a township, `staff` the
    member of staff behind a channel's sender, `member` the one of an account, both only while the account may act.
    `tools` are there where the desk is.
    """

    matcher: Matcher
    county: County
    calendar: Callable[[], OfficeHours]
    promise: timedelta
    history: Callable[[str, int], Awaitable[list[ConsultationRow]]]
    stations: Callable[[str], Awaitable[list[Workstation]]]
    staff: Callable[[str, str], Awaitable[Staff | None]] = _nobody
    member: Callable[[int], Awaitable[Staff | None]] = _nobody
    tools: Tools | None = None

    @property
    def hours(self) -> OfficeHours:
        """When people are at work, with what administrators have entered."""
        return self.calendar()

    @property
    def knowledge(self) -> Knowledge:
        """The knowledge that the matcher was built from."""
        return self.matcher.knowledge


@dataclass(frozen=True)
class Turn:
    """One message with its conversation, at one moment."""

    message: Message
    conversation: Conversation
    dialog: Dialog
    now: datetime
    office: Office
    person_key: str
    inbox_id: int

    @cached_property
    def decision(self) -> Decision:
        """What the matcher makes of the text; computed at most once."""
        return self.office.matcher.match(self.message.text)

    @property
    def is_text(self) -> bool:
        """Words, not a tap."""
        return self.message.kind is Kind.TEXT


@dataclass(frozen=True, slots=True)
class StaffNotice:
    """Something for a member of staff or a staff group, in a chat of theirs; `kind` is "staff" or "group".

    `about` is the handover whose resident's words stand in it: they go when that resident wants to be forgotten.
    """

    key: ConversationKey
    reply: Reply
    kind: str = "staff"
    about: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What one message leads to: replies, the conversation's new memory, and records."""

    replies: tuple[Reply, ...]
    dialog: Dialog
    consultation: ConsultationDraft | None = None
    handover: HandoverDraft | None = None
    handover_note: HandoverNote | None = None
    feedback: Feedback | None = None
    township: str | None = None
    forget: bool = False
    holder: str | None = None
    case: CaseDraft | None = None
    case_change: CaseChange | None = None
    rating: RatingGiven | None = None
    parties: tuple[PartyDraft, ...] = ()
    attachments: tuple[AttachmentDraft, ...] = ()
    safe_mode: bool | None = None
    to_staff: tuple[StaffNotice, ...] = ()
    at_work: bool = False  # a member of staff did something at the desk: no part of a conversation of their own


Handled = Outcome | Unhandled
Handler = Callable[[Turn], Awaitable[Handled]]


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table in `routes`: who is asked, and under which name."""

    name: str
    handle: Handler = field(repr=False)
