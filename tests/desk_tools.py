"""Accounts and waiting handovers for tests of the desk, short to write."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from storage import accounts, desk
from storage.account_records import Account, NewAccount
from storage.conversations import read_conversation
from storage.database import Database
from storage.records import Conversation, ConversationKey, HandoverDraft
from storage.schema import conversations
from tests.storage_tools import HOUR, KEY, NOW, draft, say


def account(database: Database, login: str, *roles: str, unit: str = "", **changes: Any) -> Account:
    """A member of staff; with the role of the desk where none is given."""
    new = NewAccount(login, changes.pop("name", login), roles or ("desk",), unit, "no password", **changes)
    made = database.write_now(lambda c: accounts.create(c, new, NOW))
    assert made is not None
    return made


def asks_for_a_person(
    database: Database, number: str = "RG-1", key: ConversationKey = KEY, *, record: bool = True, **changes: Any
) -> Conversation:
    """A resident asked for a person and waits."""
    handover = HandoverDraft(number, "word", "老板欠我工钱", urgent=False, promised_at=NOW + HOUR)
    say(database, number, key, handover=handover, consultation=draft() if record else None, holder="waiting", **changes)
    return conversation(database, key)


def conversation(database: Database, key: ConversationKey = KEY) -> Conversation:
    """A conversation as it stands."""
    found = database.read_now(lambda c: read_conversation(c, key))
    assert found is not None
    return found


def take(
    database: Database, about: Conversation, who: Account, now: datetime = NOW, via: str = "console"
) -> desk.Taken:
    """Somebody claims."""
    taken = database.write_now(lambda c: desk.claim(c, about.id, desk.Holder(who.id, who.name, via), now))
    assert taken is not None
    return taken


def set_holder(connection: Connection, key: ConversationKey, holder: str, name: str | None) -> None:
    """Say who holds a conversation, "bot", "waiting" or "person", without anybody's account."""
    connection.execute(
        update(conversations)
        .where(
            conversations.c.channel == key.channel,
            conversations.c.account == key.account,
            conversations.c.chat == key.chat,
        )
        .values(holder=holder, holder_name=name)
    )
