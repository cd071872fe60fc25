"""Service records 法律咨询."""

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from storage.schema.columns import Id, UtcDateTime, metadata, where

consultations = Table(
    "consultations",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("number", String(32), unique=True),
    Column("conversation_id", Id, ForeignKey("conversations.id")),
    Column("inbox_id", Id),
    Column("channel", String(16), nullable=False),
    Column("person_key", String(64)),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("people", Integer, nullable=False),  # 人次: 1, or 0 where the matter was counted before
    Column("township", String(32), nullable=False),
    Column("village", String(64)),
    Column("client_types", JSON, nullable=False),
    Column("contact_name", Text),
    Column("contact_phone", Text),
    Column("domain", String(32), nullable=False),
    Column("topic", String(64), nullable=False),
    Column("title", String(200), nullable=False),
    Column("summary", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("cites", JSON, nullable=False),
    Column("disposition", String(16), nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("group_matter", Boolean, nullable=False),  # 涉众
    Column("minor", Boolean, nullable=False),
    Column("responder", String(64), nullable=False),
    Column("responder_id", Id, ForeignKey("accounts.id")),
    Column("satisfaction", String(16)),
    Column("feedback", String(16)),
    Column("follow_up", Text),
    Column("consent", Boolean, nullable=False),
    Column("remark", Text),
    Column("status", String(16), nullable=False),
    Column("score", Float),
    Column("candidates", JSON, nullable=False),
    Column("knowledge_version", String(64), nullable=False),
    Index("ix_consultations_person_key_topic", "person_key", "topic", "opened_at"),
    Index("ix_consultations_opened_at", "opened_at"),
    Index("ix_consultations_conversation_id", "conversation_id"),
    Index("ix_consultations_responder_id", "responder_id", "last_at", **where("responder_id IS NOT NULL")),
    Index("ix_consultations_topic", "topic", "opened_at"),
)
