"""What is compiled once for a test session: SQLAlchemy and Jinja keep it for one service alone."""

from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from bot.console.console import Console
from storage.database import Database


class _Shared(dict[Any, Any]):
    """SQLAlchemy's keys begin with the engine's dialect; all of one name compile alike here."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_named(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_named(key), value)


class _Templates(BytecodeCache):
    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        known = self._known.get(bucket.key)
        if known is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


_shared = _Shared()
_templates = _Templates()


def compiled_once(database: Database) -> Database:
    """The same database, which compiles no statement that another one has compiled."""
    database.engine.update_execution_options(compiled_cache=_shared)
    return database


def pages_compiled_once(console: Console) -> None:
    """Let a console compile no template that another one has compiled; a running service has only one."""
    console._templates.bytecode_cache = _templates  # noqa: SLF001 - only tests have more than one console


def _named(key: Any) -> Any:
    dialect, *rest = key
    return dialect.name, *rest
