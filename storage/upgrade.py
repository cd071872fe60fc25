"""Migrations, backup and restore of the whole database."""

import contextlib
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import URL

from storage.database import Database
from storage.engines import migration_engine
from storage.errors import Unready

_ONE_AT_A_TIME = 0xFA3E  # any number that no other program of this database locks


def current_revision(database: Database) -> str | None:
    """The migration that the database is at; None for an empty one."""
    return database.read_now(lambda connection: MigrationContext.configure(connection).get_current_revision())


@cache
def newest_revision() -> str:
    """The migration that this version of the program wants; all migrations are read for it, once."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise Unready("the program was installed without its migrations")
    return head


def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring the database to the newest migration; returns (revision before, revision after).

    A filled SQLite file is copied beside itself first. Foreign keys are off while tables are rebuilt, because a rebuild
    would cascade deletes, and are checked before the commit.

    Raises:
        Unready: the check found dangling rows, or the database is of a newer version of the program.
    """
    before, wanted = current_revision(database), newest_revision()
    if before == wanted:
        return before, wanted
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if before is not None and before not in known:
        raise Unready(f"the database was made by a newer version of Fawen (revision {before}): install that version")
    if before is not None and database.path is not None:
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        backup(database, database.path.with_suffix(f".before-{wanted}-{stamp}.db"))
    engine = migration_engine(database.url)
    try:
        with engine.begin() as connection:
            _migrate(connection)
    finally:
        engine.dispose()
    return before, wanted


def backup(database: Database, target: Path) -> None:
    """Copy the whole database to `target` while it is in use: a SQLite file, or a dump made by pg_dump.

    Raises:
        Unready: the target exists or its folder does not, or pg_dump is missing or failed.
    """
    if target.exists():
        raise Unready(f"{target} exists already; choose another name")
    if not target.parent.is_dir():
        raise Unready(f"{target.parent} is no folder")
    if database.path is None:
        _run_tool(["pg_dump", "--format=custom", f"--file={target}", _postgres_uri(database.url)], database.url)
        return
    partial = target.with_name(target.name + ".partial")
    source, copy = sqlite3.connect(database.path), sqlite3.connect(partial)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    partial.rename(target)


def restore(database: Database, source: Path) -> None:
    """Put a backup in place of the database; what was there before is kept beside it (SQLite).

    The service must be stopped.

    Raises:
        Unready: the file is missing or no backup of this kind.
    """
    if not source.is_file():
        raise Unready(f"{source} does not exist")
    if database.path is None:
        uri = _postgres_uri(database.url)
        _run_tool(
            ["pg_restore", "--clean", "--if-exists", "--single-transaction", f"--dbname={uri}", str(source)],
            database.url,
        )
        return
    _check_sqlite(source)
    database.engine.dispose()
    path = database.path
    kept = path.with_suffix(f".replaced-{datetime.now(UTC):%Y%m%d%H%M%S}.db")
    # The log goes with its file: after a crash the newest commits are only there.
    for suffix in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(kept.with_name(kept.name + suffix))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    shutil.copyfile(source, path)


def _check_sqlite(source: Path) -> None:
    connection = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
    try:
        verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
        connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise Unready(f"{source} is not a backup of Fawen: {error}") from error
    finally:
        connection.close()
    if verdict != "ok":
        raise Unready(f"{source} is damaged: {verdict}")


def _migrate(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    if connection.dialect.name == "postgresql":
        # Replicas start together; the second finds the work done.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if dangling:
            raise Unready(f"the migration would leave {len(dangling)} rows without their parents; nothing was changed")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _postgres_uri(url: URL) -> str:
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _run_tool(arguments: list[str], url: URL) -> None:
    program = shutil.which(arguments[0])
    if program is None:
        raise Unready(f"{arguments[0]} is not installed; it comes with PostgreSQL's client programs")
    environment = {"PATH": str(Path(program).parent)} | ({"PGPASSWORD": url.password} if url.password else {})
    done = subprocess.run([program, *arguments[1:]], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    if done.returncode != 0:
        raise Unready(f"{arguments[0]} failed: {done.stderr.strip()}")
