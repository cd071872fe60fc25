"""A database of the newest schema to be copied: running all migrations takes longer than most tests."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from storage.database import Database
from storage.upgrade import upgrade


def lay_database(file: Path) -> None:
    """Put an upgraded, empty SQLite file there, unless there is one already."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template(), file)


@cache
def template() -> Path:
    """An upgraded, empty SQLite file."""
    folder = Path(tempfile.mkdtemp(prefix="fawen-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database(f"sqlite:///{folder / 'template.db'}")
    upgrade(database)
    database.engine.dispose()
    return folder / "template.db"
