"""Backup and restore of the whole database, on SQLite and on PostgreSQL."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.database import Database
from storage.errors import Unready
from storage.schema import consultations, metadata
from storage.upgrade import backup, restore, upgrade
from tests.storage_tools import draft, reply, rows, say

Open = Callable[[str], Database]


@pytest.fixture
def filled(bare_url: str, opened: Open) -> Database:
    """A database of its own with one consultation; tests may throw it away."""
    database = opened(bare_url)
    upgrade(database)
    say(database, "1", consultation=draft(), replies=(reply("a"),))
    return database


def topics(database: Database) -> list[str]:
    return [row["topic"] for row in rows(database, consultations)]


class TestBackup:
    def test_round_trip_brings_back_every_row(self, filled: Database, tmp_path: Path, opened: Open) -> None:
        before = {table.name: rows(filled, table) for table in metadata.tables.values()}
        backup(filled, tmp_path / "copy.backup")
        say(filled, "2", consultation=draft("later"))
        assert topics(filled) == ["labor.wages", "later"]
        url = filled.url.render_as_string(hide_password=False)
        asyncio.run(filled.close())
        restore(Database(url), tmp_path / "copy.backup")
        again = opened(url)
        assert {table.name: rows(again, table) for table in metadata.tables.values()} == before
        say(again, "3", consultation=draft("after"))
        assert topics(again) == ["labor.wages", "after"]

    def test_existing_target_is_not_overwritten(self, filled: Database, tmp_path: Path) -> None:
        target = tmp_path / "copy.backup"
        target.write_text("precious")
        with pytest.raises(Unready, match="exists already"):
            backup(filled, target)
        assert target.read_text() == "precious"

    def test_failing_backup_leaves_no_half_file(self, filled: Database, tmp_path: Path) -> None:
        with pytest.raises(Unready):
            backup(filled, tmp_path / "nowhere" / "copy.backup")
        assert not list(tmp_path.rglob("copy*"))

    def test_backup_is_made_while_the_service_writes(self, filled: Database, tmp_path: Path, opened: Open) -> None:
        if not filled.is_sqlite:
            pytest.skip("pg_dump reads one snapshot by itself")

        async def main() -> None:
            writing = True

            async def write() -> None:
                number = 2
                while writing:
                    await asyncio.to_thread(say, filled, str(number), consultation=draft(f"t{number}"))
                    number += 1

            task = asyncio.create_task(write())
            await asyncio.to_thread(backup, filled, tmp_path / "copy.db")
            writing = False
            await task

        asyncio.run(main())
        copy = opened(f"sqlite:///{tmp_path / 'copy.db'}")
        assert topics(copy) == topics(filled)[: len(topics(copy))]
        handled = [row for row in rows(copy, metadata.tables["inbox"]) if row["state"] == "done"]
        assert len(handled) == len(topics(copy))


class TestRestore:
    def test_rubbish_is_refused_and_changes_nothing(self, filled: Database, tmp_path: Path) -> None:
        rubbish = tmp_path / "rubbish"
        rubbish.write_bytes(b"no backup at all " * 100)
        for source in (rubbish, tmp_path / "missing"):
            with pytest.raises(Unready):
                restore(filled, source)
        assert topics(filled) == ["labor.wages"]

    def test_sqlite_file_of_another_program_is_refused(self, tmp_path: Path) -> None:
        other = Database(f"sqlite:///{tmp_path / 'other.db'}")
        other.write_now(lambda c: c.exec_driver_sql("CREATE TABLE bookmarks (id INTEGER)"))
        asyncio.run(other.close())
        mine = Database(f"sqlite:///{tmp_path / 'fawen.db'}")
        with pytest.raises(Unready, match="is not a backup of Fawen"):
            restore(mine, tmp_path / "other.db")
        assert not (tmp_path / "fawen.db").exists()

    def test_odd_file_name(self, sqlite_template: Path, tmp_path: Path, opened: Open) -> None:
        source = tmp_path / "备份 50%?#1.db"
        shutil.copyfile(sqlite_template, source)
        url = f"sqlite:///{tmp_path / 'fawen.db'}"
        restore(Database(url), source)
        assert topics(opened(url)) == []

    def test_replaced_sqlite_file_is_kept_with_what_a_killed_service_left_in_its_log(
        self, sqlite_template: Path, tmp_path: Path, opened: Open
    ) -> None:
        live, dead = tmp_path / "live", tmp_path / "dead"
        live.mkdir()
        shutil.copyfile(sqlite_template, live / "fawen.db")
        running = opened(f"sqlite:///{live / 'fawen.db'}")
        say(running, "1", consultation=draft())
        shutil.copytree(live, dead)  # as a killed process leaves it: nobody emptied the log
        assert (dead / "fawen.db-wal").stat().st_size > 0
        restore(Database(f"sqlite:///{dead / 'fawen.db'}"), sqlite_template)
        (kept,) = dead.glob("fawen.replaced-*.db")
        assert topics(opened(f"sqlite:///{kept}")) == ["labor.wages"]
        assert topics(opened(f"sqlite:///{dead / 'fawen.db'}")) == []
