"""The inbox is indexed by chat only where somebody else speaks in it: taking in a message stays cheap."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_inbox_chat", table_name="inbox")
    others = sa.text("sender <> chat")
    op.create_index(
        "ix_inbox_of_others",
        "inbox",
        ["channel", "account", "chat"],
        unique=False,
        sqlite_where=others,
        postgresql_where=others,
    )
