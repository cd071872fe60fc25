"""Alembic's entry: runs migrations on the connection that `storage.upgrade` hands over."""

from alembic import context
from sqlalchemy import Connection

from storage.schema import metadata


def run() -> None:
    """Run the wanted migrations in one transaction, tables rebuilt where SQLite cannot alter them."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=True, transaction_per_migration=False
    )
    context.run_migrations()


run()
