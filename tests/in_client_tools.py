"""What follows when staff work in a platform's client, built for tests of channels and of the outbox."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from bot.privacy import BureauSeal, PersonKeys
from handlers.county import County
from handlers.desk.in_client import InClient
from handlers.desk.tools import Tools, Wire
from handlers.hours import OfficeHours
from storage.database import Database
from storage.file_store import FileStore
from storage.records import ConversationKey
from tests.handlers.tools import SPANS, ZONE
from tests.running import matcher

KEY = b"tests"


def in_client(
    database: Database,
    clock: Callable[[], datetime],
    wires: Mapping[str, Wire],
    said: Callable[[ConversationKey], None] = lambda _: None,
) -> InClient:
    """With the tools of a desk; `said` hears of conversations that somebody should look at."""
    keys = PersonKeys(KEY)
    return InClient(
        Tools(
            database=database,
            clock=clock,
            county=County("酉阳县", "法问", "YY"),
            knowledge=matcher().knowledge,
            seal=BureauSeal(KEY),
            files=FileStore(Path("unused")),
            person=keys.person,
            key=keys.derived,
            said=said,
            changed=lambda: None,
            wires=wires,
            hours=lambda: OfficeHours(ZONE, SPANS),
            staff_accounts={},
        )
    )
