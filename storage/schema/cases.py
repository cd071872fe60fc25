"""Cases 工单 with their history, and the files that belong to them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from storage.schema.columns import Id, UtcDateTime, metadata, one_of, where

KINDS = (
    "legal_aid",
    "mediation",
    "appeal",
    "reconsideration",
    "notarization",
    "complaint_enforcement",
    "complaint_lawyer",
    "visit",
)
STATES = (
    "submitted",
    "accepted",
    "need_supplement",
    "rejected",
    "assigned",
    "in_progress",
    "suspended",
    "pending_review",
    "closed",
    "visited",
    "rated",
    "archived",
    "transferred",
    "withdrawn",
    "merged",
    "reopened",
)

# Personal data is sealed: readable only with the bureau's own key.
cases = Table(
    "cases",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("number", String(32), unique=True),
    Column("kind", String(24), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),  # compared before every change: two clerks never overwrite each other
    Column("origin", String(40), unique=True),  # what it was made from, so that a repeated submission makes one case
    Column("conversation_id", Id, ForeignKey("conversations.id")),
    Column("consultation_id", Id, ForeignKey("consultations.id")),
    Column("person_key", String(64)),
    Column("channel", String(16), nullable=False),
    Column("unit", String(32), nullable=False),  # the workstation in charge; "" for the county centre
    Column("township", String(32), nullable=False),
    Column("title", String(200), nullable=False),
    Column("facts", JSON, nullable=False),  # [{"key", "label", "value"}], without personal data
    Column("name_sealed", Text),
    Column("phone_sealed", Text),
    Column("address_sealed", Text),
    Column("other_sealed", Text),  # the other side, JSON {"name", "phone"}
    Column("phone_hash", String(64)),
    Column("consent_at", UtcDateTime),
    Column("client_types", JSON, nullable=False),
    Column("urgent", Boolean, nullable=False, server_default=false()),
    Column("minor", Boolean, nullable=False, server_default=false()),
    Column("safe_mode", Boolean, nullable=False, server_default=false()),
    Column("assignee_id", Id, ForeignKey("accounts.id")),
    Column("assignee_name", String(64)),
    Column("recipient", String(128)),  # 转办、交办单位
    Column("details", JSON, nullable=False),  # the ledger's own columns of this kind, by their Chinese header
    Column("result", String(64)),
    Column("answer", Text),
    Column("recovered_fen", BigInteger),
    Column("avoided_fen", BigInteger),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("accepted_at", UtcDateTime),
    Column("decided_at", UtcDateTime),
    Column("assigned_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),  # the limit of the present state; None while the clock stands still
    Column("due_from", UtcDateTime),
    Column("clock_stopped_at", UtcDateTime),
    Column("sla_level", SmallInteger, nullable=False, server_default="0"),
    Column("merged_into", Id, ForeignKey("cases.id")),
    Index("ix_cases_open", "state", "due_at"),
    Index("ix_cases_assignee_id", "assignee_id", "state"),
    Index("ix_cases_person_key", "person_key"),
    Index("ix_cases_phone_hash", "phone_hash"),
    Index("ix_cases_conversation_id", "conversation_id"),
    Index("ix_cases_kind", "kind", "submitted_at"),
    one_of("kind", *KINDS),
    one_of("state", *STATES),
)

case_events = Table(
    "case_events",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("case_id", Id, ForeignKey("cases.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id")),
    Column("actor", String(64), nullable=False),
    Column("action", String(24), nullable=False),
    Column("before", String(16), nullable=False),
    Column("after", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Index("ix_case_events_case_id", "case_id", "id"),
)

# The file itself lies outside the database, sealed, under its hash.
attachments = Table(
    "attachments",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("case_id", Id, ForeignKey("cases.id")),
    Column("conversation_id", Id, ForeignKey("conversations.id")),
    Column("inbox_id", Id),
    Column("state", String(8), nullable=False),  # wanted: still lies with the platform, under `source`
    Column("source", Text),
    Column("name", String(200), nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64)),
    Column("uploaded_by", String(64), nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id")),
    Column("reason", String(200)),  # why it was refused or removed
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("not_before", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("inbox_id", "source"),
    Index("ix_attachments_case_id", "case_id"),
    Index("ix_attachments_conversation_id", "conversation_id"),
    Index("ix_attachments_wanted", "not_before", **where("state = 'wanted'")),
    one_of("state", "wanted", "stored", "refused", "removed"),
)
