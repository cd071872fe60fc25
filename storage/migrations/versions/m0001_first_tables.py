"""The first tables: inbox, conversations, consultations, handovers, outbox, channel states, job runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "channel_states",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("not_before", Time, nullable=True),
        sa.Column("pull_wanted", sa.BigInteger(), nullable=False),
        sa.Column("pull_served", sa.BigInteger(), nullable=False),
        sa.Column("pull_token", sa.String(length=200), nullable=True),
        sa.Column("pull_token_at", Time, nullable=True),
        sa.Column("pull_lease_until", Time, nullable=True),
        sa.Column("updated_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_channel_states")),
    )
    op.create_table(
        "conversations",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("chat", sa.String(length=128), nullable=False),
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column("dialog", sa.JSON(), nullable=False),
        sa.Column("holder", sa.String(length=8), nullable=False),
        sa.Column("holder_name", sa.String(length=64), nullable=True),
        sa.Column("township", sa.String(length=32), nullable=True),
        sa.Column("window_until", Time, nullable=True),
        sa.Column("window_left", sa.Integer(), nullable=True),
        sa.Column("unreachable", sa.String(length=200), nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", Time, nullable=True),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("updated_at", Time, nullable=False),
        sa.CheckConstraint("holder IN ('bot', 'waiting', 'person')", name=op.f("ck_conversations_holder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("channel", "account", "chat", name=op.f("uq_conversations_channel_account_chat")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=128), nullable=False),
        sa.Column("message_id", sa.String(length=128), nullable=False),
        sa.Column("chat", sa.String(length=128), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("sent_at", Time, nullable=False),
        sa.Column("received_at", Time, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("finished_at", Time, nullable=True),
        sa.CheckConstraint("state IN ('new', 'done', 'failed', 'ignored')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint(
            "channel", "account", "sender", "message_id", name=op.f("uq_inbox_channel_account_sender_message_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["channel", "account", "chat", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'new'"),
        postgresql_where=sa.text("state = 'new'"),
    )
    op.create_table(
        "job_runs",
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("slot", Time, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("started_at", Time, nullable=False),
        sa.Column("finished_at", Time, nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("job", "slot", name=op.f("pk_job_runs")),
    )
    op.create_table(
        "consultations",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("conversation_id", Id, nullable=True),
        sa.Column("inbox_id", Id, nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("person_key", sa.String(length=64), nullable=True),
        sa.Column("opened_at", Time, nullable=False),
        sa.Column("last_at", Time, nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("township", sa.String(length=32), nullable=False),
        sa.Column("village", sa.String(length=64), nullable=True),
        sa.Column("client_types", sa.JSON(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_phone", sa.Text(), nullable=True),
        sa.Column("domain", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("cites", sa.JSON(), nullable=False),
        sa.Column("disposition", sa.String(length=16), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("group_matter", sa.Boolean(), nullable=False),
        sa.Column("minor", sa.Boolean(), nullable=False),
        sa.Column("responder", sa.String(length=64), nullable=False),
        sa.Column("satisfaction", sa.String(length=16), nullable=True),
        sa.Column("feedback", sa.String(length=16), nullable=True),
        sa.Column("follow_up", sa.Text(), nullable=True),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("knowledge_version", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_consultations_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
        sa.UniqueConstraint("number", name=op.f("uq_consultations_number")),
    )
    op.create_index("ix_consultations_conversation_id", "consultations", ["conversation_id"], unique=False)
    op.create_index("ix_consultations_opened_at", "consultations", ["opened_at"], unique=False)
    op.create_index(
        "ix_consultations_person_key_topic", "consultations", ["person_key", "topic", "opened_at"], unique=False
    )
    op.create_table(
        "outbox",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", Id, nullable=False),
        sa.Column("inbox_id", Id, nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("chat", sa.String(length=128), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("reply_token", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("not_before", Time, nullable=False),
        sa.Column("expires_at", Time, nullable=True),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("finished_at", Time, nullable=True),
        sa.Column("platform_id", sa.String(length=128), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('answer', 'urgent', 'welcome', 'staff', 'notice')", name=op.f("ck_outbox_purpose")
        ),
        sa.CheckConstraint("state IN ('due', 'sent', 'dead', 'dropped')", name=op.f("ck_outbox_state")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_outbox_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_conversation_id", "outbox", ["conversation_id", "id"], unique=False)
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["channel", "account", "priority", "not_before"],
        unique=False,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index("ix_outbox_inbox_id", "outbox", ["inbox_id"], unique=False)
    op.create_table(
        "handovers",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", Id, nullable=False),
        sa.Column("inbox_id", Id, nullable=False),
        sa.Column("consultation_id", Id, nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("promised_at", Time, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'claimed', 'closed')", name=op.f("ck_handovers_state")),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultations.id"], name=op.f("fk_handovers_consultation_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_handovers_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("number", name=op.f("uq_handovers_number")),
    )
    op.create_index("ix_handovers_conversation_id", "handovers", ["conversation_id"], unique=False)
    op.create_index(
        "ix_handovers_waiting",
        "handovers",
        ["urgent", "created_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
