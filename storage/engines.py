"""Engines for both databases, and what SQLite has to be told on each connection."""

import sqlite3
import time

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool, QueuePool

from storage.errors import Unready

PATIENCE = 15.0  # seconds that SQLite waits for a lock


class writing:  # noqa: N801 - reads as a statement
    """A transaction that writes. On SQLite it takes the write lock at once: upgrading a reader deadlocks."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect().execution_options(writes=True)

    def __enter__(self) -> Connection:
        try:
            self._transaction = self._connection.begin()
        except BaseException:
            self._connection.close()  # __exit__ is not called for what did not begin
            raise
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._transaction.commit()
            else:
                self._transaction.rollback()
        finally:
            self._connection.close()


def open_engine(url: URL, connections: int) -> Engine:
    """An engine whose errors hide the parameters: they are what residents wrote."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, connections)
    return create_engine(url, poolclass=QueuePool, pool_size=connections, pool_pre_ping=True, hide_parameters=True)


def _sqlite_engine(url: URL, connections: int) -> Engine:
    memory = url.database in (None, "", ":memory:")
    if memory:
        raise Unready("Fawen keeps its records in a file: sqlite:///path/to/fawen.db")
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=connections,
        # Parameters hold what residents wrote, and errors are logged.
        hide_parameters=True,
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": PATIENCE},
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def migration_engine(url: URL) -> Engine:
    """An engine for Alembic: batch migrations rebuild tables, so SQLite must not cascade deletes meanwhile."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, poolclass=NullPool)
    engine = create_engine(url, poolclass=NullPool, connect_args={"isolation_level": None, "timeout": PATIENCE})
    event.listen(engine, "connect", _set_migration_pragmas)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _set_pragmas(connection: sqlite3.Connection, _: object) -> None:
    _use_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA temp_store=MEMORY")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; SQLite does not wait for others here by itself, as two first starts may."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _set_migration_pragmas(connection: sqlite3.Connection, _: object) -> None:
    _use_wal(connection)
    connection.execute("PRAGMA foreign_keys=OFF")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
