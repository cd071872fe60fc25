"""Shared fixtures: real databases, both kinds."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from storage.database import Database
from storage.schema import metadata
from storage.upgrade import upgrade
from tests.compiled import compiled_once
from tests.postgres import Cluster, Missing
from tests.requirements import skip_or_fail
from tests.template import lay_database, template

Open = Callable[[], Database]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A private PostgreSQL; skips where it is not installed."""
    try:
        cluster = Cluster()
    except Missing as missing:
        skip_or_fail("postgresql", str(missing))
    with cluster:
        yield cluster


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    """An upgraded, empty SQLite file, to be copied."""
    return template()


@pytest.fixture(scope="session")
def postgres_url(postgres: Cluster) -> str:
    """An upgraded PostgreSQL database that tests share one after the other."""
    url = postgres.create_database()
    _upgrade(url)
    return url


@pytest.fixture(scope="session")
def kept() -> Iterator[dict[str, Database]]:
    """Databases that tests use one after the other: what SQLAlchemy has compiled stays compiled."""
    found: dict[str, Database] = {}
    yield found
    for database in found.values():
        asyncio.run(database.close())


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, kept: dict[str, Database]
) -> str:
    """The address of an upgraded, empty database."""
    if request.param == "sqlite":
        file = tmp_path_factory.getbasetemp() / "kept" / "fawen.db"
        url = f"sqlite:///{file}"
        if url in kept:
            kept[url].engine.dispose()
        shutil.rmtree(file.parent, ignore_errors=True)
        lay_database(file)
        return url
    shared: str = request.getfixturevalue("postgres_url")
    _empty(shared)
    return shared


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table, of its own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fawen.db'}"
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.create_database()


@pytest.fixture
def opened() -> Iterator[Callable[[str], Database]]:
    """Opens and starts databases, and closes them at the end of the test."""
    found: list[Database] = []

    def open_one(url: str) -> Database:
        found.append(compiled_once(Database(url)))
        found[-1].start()
        return found[-1]

    yield open_one
    for database in found:
        asyncio.run(database.close())


@pytest.fixture
def database(database_url: str, kept: dict[str, Database]) -> Database:
    """An upgraded, empty, started database: the test runs on SQLite and on PostgreSQL."""
    if database_url not in kept:
        kept[database_url] = compiled_once(Database(database_url))
        kept[database_url].start()
    return kept[database_url]


@pytest.fixture
def replica(database_url: str, opened: Callable[[str], Database]) -> Open:
    """Opens the same database once more, as another process of the service would."""
    return lambda: opened(database_url)


def _upgrade(url: str) -> None:
    database = Database(url)
    upgrade(database)
    asyncio.run(database.close())


def _empty(url: str) -> None:
    """Only tables that were used: emptying one takes longer than filling it."""
    database = compiled_once(Database(url))
    database.write_now(_truncate_used)
    asyncio.run(database.close())


def _truncate_used(connection: Connection) -> None:
    counted = connection.scalars(text("SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL")).all()
    used = {name.removesuffix("_id_seq") for name in counted}
    plain = [table.name for table in metadata.tables.values() if "id" not in table.columns]
    filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in plain)  # noqa: S608 - names of our own tables
    used |= set(connection.scalars(text(filled)))
    if used:
        connection.execute(text(f"TRUNCATE {', '.join(sorted(used))} RESTART IDENTITY CASCADE"))
