"""The staff desk: who asked for a person, what staff keep at hand, what residents thought of it."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, SmallInteger, String, Table, Text, UniqueConstraint

from storage.schema.columns import Id, UtcDateTime, metadata, one_of, where

handovers = Table(
    "handovers",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("number", String(32), nullable=False, unique=True),
    Column("conversation_id", Id, ForeignKey("conversations.id"), nullable=False),
    Column("inbox_id", Id, nullable=False),
    Column("consultation_id", Id, ForeignKey("consultations.id")),
    Column("reason", String(16), nullable=False),
    Column("summary", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("state", String(8), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("promised_at", UtcDateTime, nullable=False),
    Column("township", String(32)),
    Column("domain", String(32), nullable=False, server_default=""),
    Column("claimed_by", Id, ForeignKey("accounts.id")),
    Column("claimed_name", String(64)),
    Column("claimed_at", UtcDateTime),
    Column("first_reply_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("closed_by", Id, ForeignKey("accounts.id")),
    Column("outcome", String(32)),  # 处置
    Column("alerted_at", UtcDateTime),  # staff were told
    Column("told_at", UtcDateTime),  # the resident was last told how the waiting stands
    Column("sla_level", SmallInteger, nullable=False, server_default="0"),  # 50, 80, 100: reminders that went
    Index("ix_handovers_conversation_id", "conversation_id"),
    Index("ix_handovers_waiting", "urgent", "created_at", **where("state = 'waiting'")),
    Index("ix_handovers_claimed", "claimed_by", "claimed_at", **where("state = 'claimed'")),
    Index("ix_handovers_unalerted", "id", **where("alerted_at IS NULL AND state = 'waiting'")),
    Index("ix_handovers_without_outcome", "claimed_by", **where("state = 'closed' AND outcome IS NULL")),
    one_of("state", "waiting", "claimed", "closed"),
)

staff_notes = Table(
    "staff_notes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("conversation_id", Id, ForeignKey("conversations.id")),
    Column("case_id", Id, ForeignKey("cases.id")),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("author", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_staff_notes_conversation_id", "conversation_id"),
    Index("ix_staff_notes_case_id", "case_id"),
)

canned_answers = Table(
    "canned_answers",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("title", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("unit", String(32), nullable=False),  # the workstation that uses it; "" for everybody
    Column("updated_by", Id, ForeignKey("accounts.id"), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    UniqueConstraint("unit", "title"),
)

# 好差评. A row is made when the resident is asked, so that nobody is asked twice about one thing.
ratings = Table(
    "ratings",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("object_kind", String(16), nullable=False),
    Column("object_id", Id, nullable=False),
    Column("conversation_id", Id, ForeignKey("conversations.id")),
    Column("consultation_id", Id, ForeignKey("consultations.id")),
    Column("case_id", Id, ForeignKey("cases.id")),
    Column("account_id", Id, ForeignKey("accounts.id")),  # whose work is rated
    Column("channel", String(16), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("graded_at", UtcDateTime),
    Column("grade", SmallInteger),  # 5 很满意 4 满意 3 基本满意 2 不满意 1 很不满意
    Column("reason", Text),
    Column("follow_up", String(8), nullable=False),  # a bad grade has to be followed up 差评整改
    Column("follow_up_by", Id, ForeignKey("accounts.id")),
    Column("follow_up_at", UtcDateTime),
    Column("follow_up_result", Text),
    UniqueConstraint("object_kind", "object_id"),
    Index("ix_ratings_follow_up", "graded_at", **where("follow_up = 'open'")),
    Index("ix_ratings_conversation_id", "conversation_id"),
    one_of("object_kind", "handover", "case", "consultation"),
    one_of("follow_up", "none", "open", "closed"),
)

# Who stands on which side of a quarrel, as keyed hashes: to notice when both sides come to one member of staff.
parties = Table(
    "parties",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("conversation_id", Id, ForeignKey("conversations.id")),
    Column("case_id", Id, ForeignKey("cases.id")),
    Column("side", String(8), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("conversation_id", "case_id", "side", "kind", "hash"),
    Index("ix_parties_hash", "hash"),
    Index("ix_parties_case_id", "case_id"),
    one_of("side", "own", "other"),
    one_of("kind", "name", "phone"),
)
