"""What the service remembers for itself: platform accounts and periodic jobs."""

from sqlalchemy import BigInteger, Column, String, Table, Text

from storage.schema.columns import UtcDateTime, metadata

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
