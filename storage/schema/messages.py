"""Conversations, what came in, and what is to be said."""

from sqlalchemy import (
    JSON,
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

# answer, urgent, welcome: the bot to a resident. staff: a person to a resident. notice: publicity.
# handover, waiting, closing: the bot about a handover, where a channel may have to move its session too.
# alert, relay: to staff, about a handover, or what a resident said to them.
PURPOSES = ("answer", "urgent", "welcome", "staff", "notice", "handover", "waiting", "closing", "alert", "relay")

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
    Column("holder_id", Id, ForeignKey("accounts.id")),
    Column("holder_via", String(16)),  # where the holder works: console, wecom_app, telegram, or client (微信客服)
    Column("held_at", UtcDateTime),
    Column("holder_active_at", UtcDateTime),
    Column("township", String(32)),
    Column("window_until", UtcDateTime),
    Column("window_left", Integer),
    Column("unreachable", String(200)),
    Column("kind", String(8), nullable=False, server_default="resident"),
    Column("safe_mode", Boolean, nullable=False, server_default=false()),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("channel", "account", "chat"),
    one_of("holder", "bot", "waiting", "person"),
    one_of("kind", "resident", "staff", "group"),
    Index("ix_conversations_holder_id", "holder_id", **where("holder_id IS NOT NULL")),
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
    Index("ix_inbox_waiting", "channel", "account", "chat", "id", **where("state = 'new'")),
    # Words of others in a resident's chat: their own are found by the unique key, so that taking one in stays cheap.
    Index("ix_inbox_of_others", "channel", "account", "chat", **where("sender <> chat")),
    one_of("state", "new", "done", "failed", "ignored"),
    sqlite_autoincrement=True,  # numbers and keys are made from the id, which must not come back after a purge
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
    Column("update_code", String(300)),  # with it a card may be changed once
    Column("handover_id", Id, ForeignKey("handovers.id")),  # what a card to staff is about
    Column("error", String(300)),
    Index("ix_outbox_due", "channel", "account", "priority", "not_before", **where("state = 'due'")),
    Index("ix_outbox_conversation_id", "conversation_id", "id"),
    Index("ix_outbox_inbox_id", "inbox_id"),
    Index("ix_outbox_handover_id", "handover_id", **where("handover_id IS NOT NULL")),
    one_of("state", "due", "sent", "dead", "dropped"),
    one_of("purpose", *PURPOSES),
    sqlite_autoincrement=True,  # clients ask for what came after an id
)
