"""Compiled statements are shared by all databases of a test session: SQLAlchemy keeps them for one engine alone."""

from typing import Any

from storage.database import Database


class _Shared(dict[Any, Any]):
    """SQLAlchemy's keys begin with the engine's dialect; all of one name compile alike here."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_named(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_named(key), value)


_shared = _Shared()


def compiled_once(database: Database) -> Database:
    """The same database, which compiles no statement that another one has compiled."""
    database.engine.update_execution_options(compiled_cache=_shared)
    return database


def _named(key: Any) -> Any:
    dialect, *rest = key
    return dialect.name, *rest
