"""The staff desk comes to a database that was in use before: nothing is lost, no number is given again."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from storage.database import Database
from storage.engines import migration_engine
from storage.schema import conversations, handovers, outbox
from storage.upgrade import newest_revision, upgrade
from tests.desk_tools import account, conversation, take
from tests.storage_tools import rows

MIGRATIONS = Path(__file__).parents[2] / "storage" / "migrations"
NOW = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
BEFORE = (
    (
        "INSERT INTO conversations (channel, account, chat, person, dialog, holder, created_at, updated_at)"
        " VALUES ('wecom_kf', 'wk1', 'resident', 'resident', '{}', 'waiting', :now, :now)"
    ),
    (
        "INSERT INTO inbox (channel, account, sender, message_id, chat, body, sent_at, received_at, state, attempts)"
        " VALUES ('wecom_kf', 'wk1', 'resident', 'm1', 'resident', '{}', :now, :now, 'done', 1)"
    ),
    (
        "INSERT INTO handovers (number, conversation_id, inbox_id, reason, summary, urgent, state, created_at,"
        " promised_at) VALUES ('RG1101-1', 1, 1, 'word', '讨薪', :no, 'waiting', :now, :now)"
    ),
    (
        "INSERT INTO outbox (key, conversation_id, inbox_id, channel, account, chat, purpose, priority, body, state,"
        " attempts, not_before, created_at)"
        " VALUES ('k1', 1, 1, 'wecom_kf', 'wk1', 'resident', 'answer', 2, '{}', 'sent', 1, :now, :now)"
    ),
    "DELETE FROM outbox",
    (
        "INSERT INTO outbox (key, conversation_id, inbox_id, channel, account, chat, purpose, priority, body, state,"
        " attempts, not_before, created_at)"
        " VALUES ('k2', 1, 1, 'wecom_kf', 'wk1', 'resident', 'answer', 2, '{}', 'due', 0, :now, :now)"
    ),
)


def first_version(url: str) -> None:
    """A database as the version before made it, with somebody who waits for a person."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = migration_engine(Database(url).url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        now = NOW.replace(tzinfo=None).isoformat(" ") if connection.dialect.name == "sqlite" else NOW
        for statement in BEFORE:
            connection.execute(text(statement), {"now": now, "no": False})
    engine.dispose()


def test_who_waited_before_is_taken_after(bare_url: str, opened: Callable[[str], Database]) -> None:
    first_version(bare_url)
    database = opened(bare_url)
    assert upgrade(database) == ("0001", newest_revision())
    (handover,) = rows(database, handovers)
    assert (handover["number"], handover["state"], handover["sla_level"]) == ("RG1101-1", "waiting", 0)
    (talk,) = rows(database, conversations)
    assert (talk["kind"], talk["safe_mode"], talk["holder"]) == ("resident", False, "waiting")
    taken = take(database, conversation(database), account(database, "wang"))
    assert (taken.won, len(taken.handovers)) == (True, 1)


def test_numbers_of_replies_go_on(bare_url: str, opened: Callable[[str], Database]) -> None:
    """Clients ask for what came after a number: one that was deleted must not come again."""
    first_version(bare_url)
    database = opened(bare_url)
    upgrade(database)
    assert [row["id"] for row in rows(database, outbox)] == [2]
    database.write_now(lambda c: c.execute(text("DELETE FROM outbox")))
    insert = BEFORE[-1].replace("'k2'", "'k3'").replace("'answer'", "'closing'")
    now = NOW.replace(tzinfo=None).isoformat(" ") if database.is_sqlite else NOW
    database.write_now(lambda c: c.execute(text(insert), {"now": now}))
    assert [(row["id"], row["purpose"]) for row in rows(database, outbox)] == [(3, "closing")]
