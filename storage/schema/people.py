"""Staff and their sign-in, what they did, where and when they work."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
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

from storage.schema.columns import Id, UtcDateTime, metadata, one_of

accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("login", String(64), nullable=False, unique=True),  # lower case
    Column("name", String(64), nullable=False),
    Column("roles", JSON, nullable=False),  # of desk, supervisor, administrator, auditor, editor
    Column("unit", String(32), nullable=False),  # the workstation's township; "" for the whole county
    Column("password", String(200), nullable=False),  # argon2
    Column("must_change", Boolean, nullable=False),
    Column("totp_sealed", Text),
    Column("totp_step", Integer),  # the newest step that was used: a code works once
    Column("wecom_userid", String(64), unique=True),  # lower case
    Column("telegram_id", String(32), unique=True),
    Column("failures", SmallInteger, nullable=False, server_default="0"),
    Column("locked_until", UtcDateTime),
    Column("disabled_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column(
        "verified", Boolean, nullable=False, server_default=false()
    ),  # the second factor was given, or is not wanted
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("agent", String(200), nullable=False),
    Index("ix_sessions_account_id", "account_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id")),
    Column("actor", String(64), nullable=False),
    Column("action", String(40), nullable=False),
    Column("object", String(64), nullable=False),  # kind:id
    Column("unit", String(32), nullable=False),
    Column("detail", JSON, nullable=False),
    Index("ix_audit_at", "at"),
    Index("ix_audit_object", "object"),
    Index("ix_audit_account_id", "account_id", "at"),
)

# 公共法律服务中心、工作站. One that closes is not deleted: reports count those of a past day.
workstations = Table(
    "workstations",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("kind", String(8), nullable=False),
    Column("township", String(32), nullable=False),
    Column("address", String(200), nullable=False),
    Column("phone", String(64), nullable=False),
    Column("hours", String(100), nullable=False),
    Column("lawyer_days", String(100), nullable=False),
    Column("opened_on", Date),
    Column("closed_on", Date),
    Column("standard_on", Date),  # 规范化达标日期
    Column("updated_at", UtcDateTime, nullable=False),
    one_of("kind", "county", "station", "village"),
)

# 值班表.
duties = Table(
    "duties",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("unit", String(32), nullable=False),  # township; "" for the county centre
    Column("day", Date, nullable=False),
    Column("start", String(5), nullable=False),  # HH:MM in the bureau's zone
    Column("end", String(5), nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    UniqueConstraint("unit", "day", "start", "account_id"),
    Index("ix_duties_day", "day"),
)

# The bureau's own word on single days, before the public calendar 节假日调休.
calendar_days = Table(
    "calendar_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
    Column("note", String(100), nullable=False),
    Column("updated_by", Id, ForeignKey("accounts.id"), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
