"""Row types of the staff desk: what turns and staff write, frozen. All times are aware."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.records import ConversationKey, Json, OutboxDraft


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """A case 工单 to be opened by a resident's own submission.

    `number` follows from the message that confirmed it, so that repeating the work repeats the number; `origin` names
    the form, of which one case comes, however often it is sent. `facts` are {"key", "label", "value"} without personal
    data; what is sealed is readable only with the bureau's key. `guided` is the 处置 of the consultation that led here.
    Files that the conversation got since the inbox id `files_since` belong to it.
    """

    number: str
    origin: str
    kind: str
    title: str
    unit: str
    township: str
    facts: tuple[Json, ...]
    name_sealed: str | None = None
    phone_sealed: str | None = None
    address_sealed: str | None = None
    other_sealed: str | None = None
    phone_hash: str | None = None
    consent_at: datetime | None = None
    client_types: tuple[str, ...] = ()
    urgent: bool = False
    minor: bool = False
    safe_mode: bool = False
    details: Json | None = None
    due_at: datetime | None = None
    guided: str = ""
    files_since: int | None = None


@dataclass(frozen=True, slots=True)
class RatingGiven:
    """好差评: a grade from 5 很满意 to 1 很不满意 for what was asked about, or the reason for a grade given before."""

    object_kind: str
    object_id: int
    grade: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PartyDraft:
    """Somebody on one side of a quarrel: `side` own or other, `kind` name or phone, `hash` keyed."""

    side: str
    kind: str
    hash: str


@dataclass(frozen=True, slots=True)
class AttachmentDraft:
    """A file that a resident sent: with the platform under `source`, to be fetched, or stored under `sha256`."""

    source: str
    name: str
    media_type: str
    size: int
    case_number: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class StaffMessage:
    """Something to be said to a member of staff or a staff group, in a chat of theirs."""

    key: ConversationKey
    kind: str  # "staff" or "group"
    draft: OutboxDraft
    handover_id: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A card that staff got: `update_code` is what the platform wants to see to change it; `kind` as `StaffMessage`.

    `number` is that of the handover it is about.
    """

    row_id: int
    key: ConversationKey
    kind: str
    update_code: str
    number: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done or seen: `object` is kind:id; `detail` holds no personal data."""

    at: datetime
    account_id: int | None
    actor: str
    action: str
    object: str
    unit: str = ""
    detail: dict[str, Any] | None = None
