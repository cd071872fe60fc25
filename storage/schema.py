"""Tables of Fawen. Times are UTC; states are short English words with a named check each."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class _SqliteTime(sqlite.DATETIME):
    """The same text as SQLAlchemy's own type writes, several times as fast: every row holds a few."""

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None]:  # noqa: ARG002
        return lambda value: None if value is None else value.isoformat(" ", "microseconds")[:26]

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], datetime | None]:  # noqa: ARG002
        return lambda value: None if value is None else datetime.fromisoformat(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC. SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """SQLite has no type for times: text that sorts as they do."""
        kind = _SqliteTime() if dialect.name == "sqlite" else DateTime(timezone=True)  # type: ignore[no-untyped-call]
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite only counts up by itself for INTEGER PRIMARY KEY.
Id = BigInteger().with_variant(Integer(), "sqlite")


def _one_of(column: str, *words: str) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


conversations = Table(
    "conversations",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("chat", String(128), nullable=False),
    Column("person", String(128), nullable=False),
    Column("dialog", JSON, nullable=False),
    Column("holder", String(8), nullable=False),
    Column("holder_name", String(64)),
    Column("township", String(32)),
    Column("window_until", UtcDateTime),
    Column("window_left", Integer),
    Column("unreachable", String(200)),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("channel", "account", "chat"),
    _one_of("holder", "bot", "waiting", "person"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("sender", String(128), nullable=False),
    Column("message_id", String(128), nullable=False),
    Column("chat", String(128), nullable=False),
    Column("body", JSON, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("error", Text),
    Column("finished_at", UtcDateTime),
    # Ids of different senders may collide, so the sender is part of the key.
    UniqueConstraint("channel", "account", "sender", "message_id"),
    Index("ix_inbox_waiting", "channel", "account", "chat", "id", **_where("state = 'new'")),
    _one_of("state", "new", "done", "failed", "ignored"),
    sqlite_autoincrement=True,  # numbers and keys are made from the id, which must not come back after a purge
)

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
)

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
    Index("ix_handovers_conversation_id", "conversation_id"),
    Index("ix_handovers_waiting", "urgent", "created_at", **_where("state = 'waiting'")),
    _one_of("state", "waiting", "claimed", "closed"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("key", String(32), nullable=False, unique=True),
    Column("conversation_id", Id, ForeignKey("conversations.id"), nullable=False),
    Column("inbox_id", Id),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("chat", String(128), nullable=False),
    Column("purpose", String(8), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("body", JSON, nullable=False),
    Column("reply_token", String(200)),
    Column("state", String(8), nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("platform_id", String(128)),
    Column("error", String(300)),
    Index("ix_outbox_due", "channel", "account", "priority", "not_before", **_where("state = 'due'")),
    Index("ix_outbox_conversation_id", "conversation_id", "id"),
    Index("ix_outbox_inbox_id", "inbox_id"),
    _one_of("state", "due", "sent", "dead", "dropped"),
    _one_of("purpose", "answer", "urgent", "welcome", "staff", "notice"),
    sqlite_autoincrement=True,  # clients ask for what came after an id
)

channel_states = Table(
    "channel_states",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("cursor", Text),
    Column("not_before", UtcDateTime),  # the platform said: not before then (429, 45009)
    Column("pull_wanted", BigInteger, nullable=False),
    Column("pull_served", BigInteger, nullable=False),
    Column("pull_token", String(200)),
    Column("pull_token_at", UtcDateTime),
    Column("pull_lease_until", UtcDateTime),
    Column("updated_at", UtcDateTime, nullable=False),
)

job_runs = Table(
    "job_runs",
    metadata,
    Column("job", String(64), primary_key=True),
    Column("slot", UtcDateTime, primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("result", Text),
)
