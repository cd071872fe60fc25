"""Residents who wait, for tests of the desk's pages: on the web through the service, on WeChat as rows."""

import re
from typing import Any

from sqlalchemy import Connection, select, update

from handlers.desk.accounts import staff_of
from handlers.desk.claim import claim
from handlers.desk.refused import Refused
from storage import conversations
from storage.account_records import Account
from storage.records import Conversation, ConversationKey
from storage.schema import audit, handovers
from storage.schema import conversations as talks
from tests.console.client import Page
from tests.running import Running

WAGES = "老板拖欠工资三个月不给，怎么办"
_ITEM = re.compile(r'<li class="card[^"]*" data-id="(\d+)"( data-gone)?>')


async def waits(app: Running, text: str = WAGES, *, township: str = "", **changes: Any) -> Conversation:
    """Somebody on the web asks for a person; `changes` are columns of their conversation."""
    told = await app.say(text)
    await app.say("转人工", conversation=told["conversation"])
    key = ConversationKey("web", "web", told["conversation"])

    def work(connection: Connection) -> Conversation:
        found = conversations.read_conversation(connection, key)
        assert found is not None
        values = {**changes, **({"township": township} if township else {})}
        if values:
            connection.execute(update(talks).where(talks.c.id == found.id).values(**values))
        if township:
            mine = handovers.c.conversation_id == found.id
            connection.execute(update(handovers).where(mine).values(township=township))
        again = conversations.read_by_id(connection, found.id)
        assert again is not None
        return again

    return await app.app.database.write(work)


async def held(app: Running, by: Account, text: str = WAGES, **changes: Any) -> Conversation:
    """Somebody whom this member of staff has taken."""
    talk = await waits(app, text, **changes)
    taken = await claim(app.app.tools, staff_of(by), talk.id)
    assert not isinstance(taken, Refused), taken
    return await read(app, talk.id)


async def read(app: Running, number: int) -> Conversation:
    """A conversation as it stands."""
    found = await app.app.database.read(lambda c: conversations.read_by_id(c, number))
    assert found is not None
    return found


async def number_of(app: Running, talk: Conversation) -> str:
    """The number of its newest handover, as the resident was told."""
    mine = select(handovers.c.number).where(handovers.c.conversation_id == talk.id).order_by(handovers.c.id.desc())
    return str(await app.app.database.read(lambda c: c.scalar(mine.limit(1))))


async def seen(app: Running, about: str) -> list[tuple[str, str]]:
    """Who did what to an object, by the audit log, oldest first."""
    lines = await app.rows(audit)
    return [(line.actor, line.action) for line in lines if line.object == about]


def rows(page: Page) -> list[str]:
    """The row ids of the handovers that a page of the queue shows as waiting, in their order."""
    return [number for number, gone in _ITEM.findall(page.html) if not gone]
