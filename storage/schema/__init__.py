"""Tables of Fawen. Times are UTC; states are short English words with a named check each."""

from storage.schema.cases import attachments, case_events, cases
from storage.schema.columns import Id, UtcDateTime, metadata
from storage.schema.consultations import consultations
from storage.schema.desk import canned_answers, handovers, parties, ratings, staff_notes
from storage.schema.messages import conversations, inbox, outbox
from storage.schema.people import accounts, audit, calendar_days, duties, sessions, workstations
from storage.schema.upkeep import channel_states, job_runs

__all__ = [
    "Id",
    "UtcDateTime",
    "accounts",
    "attachments",
    "audit",
    "calendar_days",
    "canned_answers",
    "case_events",
    "cases",
    "channel_states",
    "consultations",
    "conversations",
    "duties",
    "handovers",
    "inbox",
    "job_runs",
    "metadata",
    "outbox",
    "parties",
    "ratings",
    "sessions",
    "staff_notes",
    "workstations",
]
