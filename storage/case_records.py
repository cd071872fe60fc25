"""Row types of cases 工单: as they are read, listed and changed, frozen. All times are aware."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from storage.records import Json


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case with everything but its history. What is sealed is readable only with the bureau's key."""

    id: int
    number: str
    kind: str
    state: str
    version: int
    conversation_id: int | None
    consultation_id: int | None
    person_key: str | None
    channel: str
    unit: str
    township: str
    title: str
    facts: tuple[Json, ...]
    name_sealed: str | None = field(repr=False)
    phone_sealed: str | None = field(repr=False)
    address_sealed: str | None = field(repr=False)
    other_sealed: str | None = field(repr=False)
    phone_hash: str | None = field(repr=False)
    consent_at: datetime | None
    client_types: tuple[str, ...]
    urgent: bool
    minor: bool
    safe_mode: bool
    assignee_id: int | None
    assignee_name: str | None
    recipient: str | None
    details: Json
    result: str | None
    answer: str | None
    recovered_fen: int | None
    avoided_fen: int | None
    submitted_at: datetime
    accepted_at: datetime | None
    decided_at: datetime | None
    assigned_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime
    due_at: datetime | None
    due_from: datetime | None
    clock_stopped_at: datetime | None
    sla_level: int
    merged_into: int | None


Position = tuple[bool, datetime, int]  # urgent, the limit or the end of time, id of the last case that was shown


@dataclass(frozen=True, slots=True)
class CaseItem:
    """A case as a line of a list, without personal data; safe mode hides more of it in the page."""

    id: int
    number: str
    kind: str
    state: str
    title: str
    unit: str
    township: str
    channel: str
    urgent: bool
    minor: bool
    safe_mode: bool
    assignee_id: int | None
    assignee_name: str | None
    submitted_at: datetime
    closed_at: datetime | None
    updated_at: datetime
    due_at: datetime | None
    due_from: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class CaseScope:
    """Whose cases somebody may see: those of a unit ("" for all), and those assigned to the account."""

    unit: str
    account_id: int


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases of the scope are wanted; what is empty does not narrow.

    `words` are looked for in number and title, but titles of cases in safe mode are not searched; `number` in the
    number alone. `phone_hash` finds the cases of one telephone number. `unit` is who works on them, "" the county
    centre, None whoever. Limits that end in [due_after, overdue_at), cases submitted in [since, until).
    """

    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    assignee_id: int | None = None
    unassigned: bool = False
    overdue_at: datetime | None = None
    words: str = ""
    phone_hash: str | None = None
    number: str = ""
    unit: str | None = None
    due_after: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """The numbers above a list: cases still open; of these to be examined, overdue, to be approved, one's own."""

    open: int
    submitted: int
    overdue: int
    pending_review: int
    mine: int


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One line of a case's history; `before` is "" at its beginning."""

    id: int
    at: datetime
    account_id: int | None
    actor: str
    action: str
    before: str
    after: str
    text: str
    detail: Json


@dataclass(frozen=True, slots=True)
class CaseChange:
    """One step of a case. Nothing is written unless the case is still at `version` and in the state `before`.

    `values` are the columns that change beside the state; `text` and `detail` stand in the history and hold no
    telephone number, name or address.
    """

    case_id: int
    version: int
    before: str
    after: str
    action: str
    at: datetime
    actor: str
    account_id: int | None = None
    text: str = ""
    detail: Json = field(default_factory=dict)
    values: Json = field(default_factory=dict)


def case_of(row: Row[Any]) -> CaseRow:
    """A row of the table as a `CaseRow`."""
    values = {name: getattr(row, name) for name in CaseRow.__slots__}
    return CaseRow(**values | {"facts": tuple(row.facts), "client_types": tuple(row.client_types)})
