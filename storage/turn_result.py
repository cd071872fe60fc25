"""All that one handled message changes."""

from dataclasses import dataclass
from datetime import datetime

from storage.case_records import CaseChange
from storage.desk_records import AttachmentDraft, CaseDraft, PartyDraft, RatingGiven, StaffMessage
from storage.records import ConsultationDraft, Feedback, HandoverDraft, HandoverNote, Json, OutboxDraft

# What stands beside a message of staff to a resident or to the desk: it is no part of a conversation of their own.
AT_WORK = "said by staff at work"


@dataclass(frozen=True, slots=True)
class TurnResult:
    """Written in one transaction. `expected_holder` is who held the conversation when the work on it began.

    Where somebody else holds it by then, nothing is written and the message is handled anew.
    """

    inbox_id: int
    conversation_id: int
    owner: str
    now: datetime
    dialog: Json
    person_key: str
    sender: str
    org: str
    state: str = "done"
    error: str | None = None
    expected_holder: str = "bot"
    holder: str | None = None
    township: str | None = None
    window: tuple[datetime, int] | None = None
    reachable: bool = False
    consultation: ConsultationDraft | None = None
    handover: HandoverDraft | None = None
    handover_note: HandoverNote | None = None
    feedback: Feedback | None = None
    forget: bool = False
    replies: tuple[OutboxDraft, ...] = ()
    case: CaseDraft | None = None
    case_change: CaseChange | None = None
    rating: RatingGiven | None = None
    parties: tuple[PartyDraft, ...] = ()
    attachments: tuple[AttachmentDraft, ...] = ()
    safe_mode: bool | None = None
    to_staff: tuple[StaffMessage, ...] = ()
