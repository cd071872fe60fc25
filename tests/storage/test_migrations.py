"""Migrations on SQLite and on PostgreSQL: the schema they make, filled databases, other versions."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import IntegrityError

from storage.database import Database
from storage.engines import migration_engine
from storage.errors import Unready
from storage.records import HandoverDraft
from storage.schema import consultations, conversations, metadata, outbox
from storage.upgrade import current_revision, newest_revision, upgrade
from tests.storage_tools import HOUR, NOW, chat, draft, reply, rows, say

PROGRAM = Path(__file__).parents[2] / "storage"
# What a later version of the program may bring: a table with children is rebuilt on SQLite.
REBUILD = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0002x", "{head}", None, None

def upgrade() -> None:
    with op.batch_alter_table("conversations") as batch:
        batch.add_column(sa.Column("nickname", sa.String(16)))
        batch.alter_column("township", type_=sa.String(64), existing_type=sa.String(32))
"""
ORPHANS = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "0002x", "{head}", None, None

def upgrade() -> None:
    op.execute("DELETE FROM conversations")
"""
UPGRADE = """
import json, sys
from storage.database import Database
from storage.errors import Unready
from storage.upgrade import upgrade

print("ready", flush=True)
sys.stdin.readline()
try:
    print(json.dumps(upgrade(Database(sys.argv[1]))))
except Unready as error:
    print(json.dumps(str(error)))
"""


def upgrade_with_next_version(tmp_path: Path, migration: str, database: Database) -> Any:
    """Upgrade with a copy of the program that has one migration more; what it returned or said."""
    copy = tmp_path / "next version"
    shutil.copytree(PROGRAM, copy / "storage", ignore=shutil.ignore_patterns("__pycache__"))
    source = migration.format(head=newest_revision())
    (copy / "storage" / "migrations" / "versions" / "m9999_next.py").write_text(source)
    url = database.url.render_as_string(hide_password=False)
    (told,) = upgrade_at_once(url, 1, copy)
    return told


def upgrade_at_once(url: str, count: int, folder: Path) -> list[Any]:
    """Upgrade in so many processes at the same moment, with the program in `folder`; what each returned or said."""
    command = [sys.executable, "-c", UPGRADE, url]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, cwd=folder, stdin=pipe, stdout=pipe, text=True) for _ in range(count)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=30)[0]) for process in started]


def fill(database: Database) -> None:
    for number in range(3):
        handover = HandoverDraft(f"RG-{number}", "word", "讨薪", urgent=False, promised_at=NOW + HOUR)
        replies = (reply(f"a{number}"), reply(f"b{number}"))
        say(database, "1", key=chat(str(number)), consultation=draft(), handover=handover, replies=replies)


def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {table.name: rows(database, table) for table in metadata.tables.values()}


class TestSchema:
    def test_migrations_make_the_tables_of_the_program(self, database: Database) -> None:
        def differences(connection: Any) -> Any:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return compare_metadata(context, metadata)

        assert database.read_now(differences) == []

    def test_migrations_make_the_checks_of_the_program(self, database: Database) -> None:
        for table in metadata.tables.values():
            wanted = {str(check.name) for check in table.constraints if isinstance(check, CheckConstraint)}
            found = database.read_now(lambda c, table=table: inspect(c).get_check_constraints(table.name))  # type: ignore[misc]
            assert {check["name"] for check in found} == wanted

    def test_child_without_a_parent_is_refused(self, database: Database) -> None:
        say(database, "1", consultation=draft())
        with pytest.raises(IntegrityError):
            database.write_now(lambda c: c.execute(conversations.delete()))
        assert len(rows(database, conversations)) == 1

    def test_foreign_keys_are_off_only_while_migrating(self, tmp_path: Path) -> None:
        url = Database(f"sqlite:///{tmp_path / 'a.db'}").url
        engine = migration_engine(url)
        with engine.connect() as connection:
            assert connection.scalar(text("PRAGMA foreign_keys")) == 0
        engine.dispose()


class TestUpgrade:
    def test_empty_database_gets_the_newest_schema_once(self, bare_url: str, opened: Callable[[str], Database]) -> None:
        database = opened(bare_url)
        assert current_revision(database) is None
        assert upgrade(database) == (None, newest_revision())
        assert current_revision(database) == newest_revision()
        assert upgrade(database) == (newest_revision(), newest_revision())
        say(database, "1", consultation=draft())

    def test_replicas_that_start_together_upgrade_once(self, bare_url: str, opened: Callable[[str], Database]) -> None:
        told = upgrade_at_once(bare_url, 2, PROGRAM.parent)
        assert [after for _, after in told] == [newest_revision()] * 2
        say(opened(bare_url), "1", consultation=draft())

    def test_database_of_a_newer_version_is_refused(self, database: Database) -> None:
        database.write_now(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9876'")))
        with pytest.raises(Unready, match=r"newer version of Fawen \(revision 9876\)"):
            upgrade(database)
        database.write_now(
            lambda c: c.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": newest_revision()})
        )

    def test_filled_database_keeps_every_row_when_tables_are_rebuilt(self, database: Database, tmp_path: Path) -> None:
        if not database.is_sqlite:
            pytest.skip("PostgreSQL alters tables in place")
        fill(database)
        before = everything(database)
        assert upgrade_with_next_version(tmp_path, REBUILD, database) == [newest_revision(), "0002x"]
        assert everything(database) == before
        columns = database.read_now(lambda c: {column["name"] for column in inspect(c).get_columns("conversations")})
        assert "nickname" in columns
        say(database, "2", key=chat("0"), consultation=draft("labor.contract"))
        with pytest.raises(IntegrityError):
            database.write_now(lambda c: c.execute(conversations.update().values(holder="nobody")))
        with pytest.raises(IntegrityError):
            database.write_now(lambda c: c.execute(conversations.delete()))
        self._backup_holds(database, before)

    def _backup_holds(self, database: Database, before: dict[str, list[dict[str, Any]]]) -> None:
        assert database.path is not None
        (copy,) = database.path.parent.glob("fawen.before-0002x-*.db")
        kept = Database(f"sqlite:///{copy}")
        assert current_revision(kept) == newest_revision()
        assert everything(kept) == before
        asyncio.run(kept.close())

    def test_migration_that_orphans_rows_is_undone(self, database: Database, tmp_path: Path) -> None:
        if not database.is_sqlite:
            pytest.skip("PostgreSQL checks foreign keys by itself")
        fill(database)
        before = everything(database)
        told = upgrade_with_next_version(tmp_path, ORPHANS, database)
        assert "without their parents; nothing was changed" in told
        assert everything(database) == before
        assert current_revision(database) == newest_revision()

    def test_upgrading_a_new_database_leaves_no_copies(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path / 'fawen.db'}")
        upgrade(database)
        asyncio.run(database.close())
        assert [path.name for path in tmp_path.iterdir()] == ["fawen.db"]


def test_every_table_has_rows_after_filling(database: Database) -> None:
    fill(database)
    assert len(rows(database, consultations)) == 3
    assert len(rows(database, outbox)) == 6
