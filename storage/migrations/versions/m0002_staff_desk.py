"""The staff desk: accounts, sessions, audit, workstations, duties, cases, attachments, ratings, and who holds what."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Time = sa.DateTime(timezone=True)
PURPOSES = "'answer', 'urgent', 'welcome', 'staff', 'notice', 'handover', 'waiting', 'closing', 'alert', 'relay'"


def upgrade() -> None:
    _people()
    _cases()
    _desk()
    _messages()


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _people() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("totp_sealed", sa.Text(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=True),
        sa.Column("wecom_userid", sa.String(length=64), nullable=True),
        sa.Column("telegram_id", sa.String(length=32), nullable=True),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("locked_until", Time, nullable=True),
        sa.Column("disabled_at", Time, nullable=True),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("seen_at", Time, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("login", name=op.f("uq_accounts_login")),
        sa.UniqueConstraint("telegram_id", name=op.f("uq_accounts_telegram_id")),
        sa.UniqueConstraint("wecom_userid", name=op.f("uq_accounts_wecom_userid")),
    )
    op.create_table(
        "workstations",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("township", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("hours", sa.String(length=100), nullable=False),
        sa.Column("lawyer_days", sa.String(length=100), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("standard_on", sa.Date(), nullable=True),
        sa.Column("updated_at", Time, nullable=False),
        sa.CheckConstraint("kind IN ('county', 'station', 'village')", name=op.f("ck_workstations_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workstations")),
        sa.UniqueConstraint("name", name=op.f("uq_workstations_name")),
    )
    op.create_table(
        "audit",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("account_id", Id, nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_audit_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit") as batch:
        batch.create_index("ix_audit_account_id", ["account_id", "at"])
        batch.create_index("ix_audit_at", ["at"])
        batch.create_index("ix_audit_object", ["object"])
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.Column("updated_by", Id, nullable=False),
        sa.Column("updated_at", Time, nullable=False),
        sa.ForeignKeyConstraint(["updated_by"], ["accounts.id"], name=op.f("fk_calendar_days_updated_by")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "duties",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start", sa.String(length=5), nullable=False),
        sa.Column("end", sa.String(length=5), nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_duties_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
        sa.UniqueConstraint("unit", "day", "start", "account_id", name=op.f("uq_duties_unit_day_start_account_id")),
    )
    with op.batch_alter_table("duties") as batch:
        batch.create_index("ix_duties_day", ["day"])
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("verified", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("seen_at", Time, nullable=False),
        sa.Column("expires_at", Time, nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions") as batch:
        batch.create_index("ix_sessions_account_id", ["account_id"])


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=True),
        sa.Column("conversation_id", Id, nullable=True),
        sa.Column("consultation_id", Id, nullable=True),
        sa.Column("person_key", sa.String(length=64), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("township", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("name_sealed", sa.Text(), nullable=True),
        sa.Column("phone_sealed", sa.Text(), nullable=True),
        sa.Column("address_sealed", sa.Text(), nullable=True),
        sa.Column("other_sealed", sa.Text(), nullable=True),
        sa.Column("phone_hash", sa.String(length=64), nullable=True),
        sa.Column("consent_at", Time, nullable=True),
        sa.Column("client_types", sa.JSON(), nullable=False),
        sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("minor", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("safe_mode", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("assignee_id", Id, nullable=True),
        sa.Column("assignee_name", sa.String(length=64), nullable=True),
        sa.Column("recipient", sa.String(length=128), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("result", sa.String(length=64), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("recovered_fen", sa.BigInteger(), nullable=True),
        sa.Column("avoided_fen", sa.BigInteger(), nullable=True),
        sa.Column("submitted_at", Time, nullable=False),
        sa.Column("accepted_at", Time, nullable=True),
        sa.Column("decided_at", Time, nullable=True),
        sa.Column("assigned_at", Time, nullable=True),
        sa.Column("closed_at", Time, nullable=True),
        sa.Column("updated_at", Time, nullable=False),
        sa.Column("due_at", Time, nullable=True),
        sa.Column("due_from", Time, nullable=True),
        sa.Column("clock_stopped_at", Time, nullable=True),
        sa.Column("sla_level", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("merged_into", Id, nullable=True),
        sa.CheckConstraint(
            "kind IN ('legal_aid', 'mediation', 'appeal', "
            "'reconsideration', 'notarization', 'complaint_enforcement', "
            "'complaint_lawyer', 'visit')",
            name=op.f("ck_cases_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'accepted', 'need_supplement', 'rejected', 'assigned', 'in_progress', "
            "'suspended', 'pending_review', 'closed', 'visited', 'rated', 'archived', "
            "'transferred', 'withdrawn', 'merged', 'reopened')",
            name=op.f("ck_cases_state"),
        ),
        sa.ForeignKeyConstraint(["assignee_id"], ["accounts.id"], name=op.f("fk_cases_assignee_id")),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultations.id"], name=op.f("fk_cases_consultation_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_cases_conversation_id")),
        sa.ForeignKeyConstraint(["merged_into"], ["cases.id"], name=op.f("fk_cases_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
        sa.UniqueConstraint("origin", name=op.f("uq_cases_origin")),
    )
    with op.batch_alter_table("cases") as batch:
        batch.create_index("ix_cases_assignee_id", ["assignee_id", "state"])
        batch.create_index("ix_cases_conversation_id", ["conversation_id"])
        batch.create_index("ix_cases_kind", ["kind", "submitted_at"])
        batch.create_index("ix_cases_open", ["state", "due_at"])
        batch.create_index("ix_cases_person_key", ["person_key"])
        batch.create_index("ix_cases_phone_hash", ["phone_hash"])
    op.create_table(
        "attachments",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("case_id", Id, nullable=True),
        sa.Column("conversation_id", Id, nullable=True),
        sa.Column("inbox_id", Id, nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("uploaded_by", sa.String(length=64), nullable=False),
        sa.Column("account_id", Id, nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("not_before", Time, nullable=True),
        sa.Column("created_at", Time, nullable=False),
        sa.CheckConstraint("state IN ('wanted', 'stored', 'refused', 'removed')", name=op.f("ck_attachments_state")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_attachments_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_attachments_case_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_attachments_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("inbox_id", "source", name=op.f("uq_attachments_inbox_id_source")),
    )
    with op.batch_alter_table("attachments") as batch:
        batch.create_index("ix_attachments_case_id", ["case_id"])
        batch.create_index("ix_attachments_conversation_id", ["conversation_id"])
        batch.create_index("ix_attachments_wanted", ["not_before"], **_where("state = 'wanted'"))
    op.create_table(
        "case_events",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("account_id", Id, nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=False),
        sa.Column("after", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_case_events_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_events_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_events")),
    )
    with op.batch_alter_table("case_events") as batch:
        batch.create_index("ix_case_events_case_id", ["case_id", "id"])


def _desk() -> None:
    op.create_table(
        "canned_answers",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("title", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("updated_by", Id, nullable=False),
        sa.Column("updated_at", Time, nullable=False),
        sa.Column("disabled_at", Time, nullable=True),
        sa.ForeignKeyConstraint(["updated_by"], ["accounts.id"], name=op.f("fk_canned_answers_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_answers")),
        sa.UniqueConstraint("unit", "title", name=op.f("uq_canned_answers_unit_title")),
    )
    op.create_table(
        "parties",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("conversation_id", Id, nullable=True),
        sa.Column("case_id", Id, nullable=True),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.CheckConstraint("kind IN ('name', 'phone')", name=op.f("ck_parties_kind")),
        sa.CheckConstraint("side IN ('own', 'other')", name=op.f("ck_parties_side")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_parties_case_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_parties_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        sa.UniqueConstraint(
            "conversation_id",
            "case_id",
            "side",
            "kind",
            "hash",
            name=op.f("uq_parties_conversation_id_case_id_side_kind_hash"),
        ),
    )
    with op.batch_alter_table("parties") as batch:
        batch.create_index("ix_parties_case_id", ["case_id"])
        batch.create_index("ix_parties_hash", ["hash"])
    op.create_table(
        "ratings",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("object_kind", sa.String(length=16), nullable=False),
        sa.Column("object_id", Id, nullable=False),
        sa.Column("conversation_id", Id, nullable=True),
        sa.Column("consultation_id", Id, nullable=True),
        sa.Column("case_id", Id, nullable=True),
        sa.Column("account_id", Id, nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("asked_at", Time, nullable=False),
        sa.Column("graded_at", Time, nullable=True),
        sa.Column("grade", sa.SmallInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("follow_up", sa.String(length=8), nullable=False),
        sa.Column("follow_up_by", Id, nullable=True),
        sa.Column("follow_up_at", Time, nullable=True),
        sa.Column("follow_up_result", sa.Text(), nullable=True),
        sa.CheckConstraint("follow_up IN ('none', 'open', 'closed')", name=op.f("ck_ratings_follow_up")),
        sa.CheckConstraint("object_kind IN ('handover', 'case', 'consultation')", name=op.f("ck_ratings_object_kind")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_ratings_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_ratings_case_id")),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultations.id"], name=op.f("fk_ratings_consultation_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_ratings_conversation_id")),
        sa.ForeignKeyConstraint(["follow_up_by"], ["accounts.id"], name=op.f("fk_ratings_follow_up_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
        sa.UniqueConstraint("object_kind", "object_id", name=op.f("uq_ratings_object_kind_object_id")),
    )
    with op.batch_alter_table("ratings") as batch:
        batch.create_index("ix_ratings_conversation_id", ["conversation_id"])
        batch.create_index("ix_ratings_follow_up", ["graded_at"], **_where("follow_up = 'open'"))
    op.create_table(
        "staff_notes",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("conversation_id", Id, nullable=True),
        sa.Column("case_id", Id, nullable=True),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_staff_notes_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_staff_notes_case_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_staff_notes_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notes")),
    )
    with op.batch_alter_table("staff_notes") as batch:
        batch.create_index("ix_staff_notes_case_id", ["case_id"])
        batch.create_index("ix_staff_notes_conversation_id", ["conversation_id"])


def _messages() -> None:
    with op.batch_alter_table("consultations") as batch:
        batch.add_column(sa.Column("responder_id", Id, nullable=True))
        batch.create_index(
            "ix_consultations_responder_id", ["responder_id", "last_at"], **_where("responder_id IS NOT NULL")
        )
        batch.create_index("ix_consultations_topic", ["topic", "opened_at"])
        batch.create_foreign_key(batch.f("fk_consultations_responder_id"), "accounts", ["responder_id"], ["id"])
    with op.batch_alter_table("conversations") as batch:
        batch.add_column(sa.Column("holder_id", Id, nullable=True))
        batch.add_column(sa.Column("holder_via", sa.String(length=16), nullable=True))
        batch.add_column(sa.Column("held_at", Time, nullable=True))
        batch.add_column(sa.Column("holder_active_at", Time, nullable=True))
        batch.add_column(sa.Column("kind", sa.String(length=8), server_default="resident", nullable=False))
        batch.add_column(sa.Column("safe_mode", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.create_index("ix_conversations_holder_id", ["holder_id"], **_where("holder_id IS NOT NULL"))
        batch.create_check_constraint("kind", "kind IN ('resident', 'staff', 'group')")
        batch.create_foreign_key(batch.f("fk_conversations_holder_id"), "accounts", ["holder_id"], ["id"])
    with op.batch_alter_table("handovers") as batch:
        batch.add_column(sa.Column("township", sa.String(length=32), nullable=True))
        batch.add_column(sa.Column("domain", sa.String(length=32), server_default="", nullable=False))
        batch.add_column(sa.Column("claimed_by", Id, nullable=True))
        batch.add_column(sa.Column("claimed_name", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("claimed_at", Time, nullable=True))
        batch.add_column(sa.Column("first_reply_at", Time, nullable=True))
        batch.add_column(sa.Column("closed_at", Time, nullable=True))
        batch.add_column(sa.Column("closed_by", Id, nullable=True))
        batch.add_column(sa.Column("outcome", sa.String(length=32), nullable=True))
        batch.add_column(sa.Column("alerted_at", Time, nullable=True))
        batch.add_column(sa.Column("told_at", Time, nullable=True))
        batch.add_column(sa.Column("sla_level", sa.SmallInteger(), server_default="0", nullable=False))
        batch.create_index("ix_handovers_claimed", ["claimed_by", "claimed_at"], **_where("state = 'claimed'"))
        batch.create_index("ix_handovers_unalerted", ["id"], **_where("alerted_at IS NULL AND state = 'waiting'"))
        batch.create_index(
            "ix_handovers_without_outcome", ["claimed_by"], **_where("state = 'closed' AND outcome IS NULL")
        )
        batch.create_foreign_key(batch.f("fk_handovers_claimed_by"), "accounts", ["claimed_by"], ["id"])
        batch.create_foreign_key(batch.f("fk_handovers_closed_by"), "accounts", ["closed_by"], ["id"])
    op.create_index("ix_inbox_chat", "inbox", ["channel", "account", "chat", "id"], unique=False)
    with op.batch_alter_table("outbox", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_constraint(batch.f("ck_outbox_purpose"), type_="check")
        batch.create_check_constraint("purpose", f"purpose IN ({PURPOSES})")
        batch.add_column(sa.Column("update_code", sa.String(length=300), nullable=True))
        batch.add_column(sa.Column("handover_id", Id, nullable=True))
        batch.create_index("ix_outbox_handover_id", ["handover_id"], **_where("handover_id IS NOT NULL"))
        batch.create_foreign_key(batch.f("fk_outbox_handover_id"), "handovers", ["handover_id"], ["id"])
