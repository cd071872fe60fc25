"""What the sender makes of replies in safe mode: titles that tell nothing, and sessions moved without a word."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from handlers.desk.neutral import QUIET_TITLE
from handlers.message import Reply
from storage.database import Database
from storage.outbox import SAFE_MODE
from storage.records import ConversationKey, OutboxRow
from storage.schema import conversations, outbox
from tests.bot.outbox_tools import Desk, Wire, sending
from tests.running import Clock

TITLED = Reply("请周一来。", title="离婚和家暴", topic="dv.protection-order", cites=("《反家庭暴力法》第23条",))


class Titles(Wire):
    """A channel that notes the titles too."""

    def __init__(self) -> None:
        super().__init__()
        self.titles: list[str] = []

    async def send(self, row: OutboxRow, reply: Reply) -> Any:
        self.titles.append(reply.title)
        return await super().send(row, reply)


class WithSessions(Titles):
    """A channel that keeps sessions of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.silent: list[bool] = []

    async def send(self, row: OutboxRow, reply: Reply) -> Any:
        self.silent.append(row.silent)
        return await super().send(row, reply)

    async def hand_to(self, chat: ConversationKey, member: str, *, transfer: bool = False) -> str | None:
        raise NotImplementedError

    async def is_bots(self, chat: ConversationKey) -> bool:
        raise NotImplementedError


def titled(desk: Desk, purpose: str) -> None:
    """A due reply with a title in a conversation in safe mode."""
    desk.due("resident", "x", purpose=purpose)

    def work(connection: Any) -> None:
        connection.execute(update(conversations).values(safe_mode=True))
        connection.execute(update(outbox).values(body=TITLED.body()))

    desk.database.write_now(work)


def sent(desk: Desk) -> list[str]:
    async def main() -> list[str]:
        async with sending(desk):
            return await desk.finished()

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("purpose", "title"), [("staff", QUIET_TITLE), ("answer", TITLED.title), ("urgent", TITLED.title)]
)
def test_only_an_answer_bears_its_title(database: Database, purpose: str, title: str) -> None:
    wire = Titles()
    desk = Desk(database, wire, Clock())
    titled(desk, purpose)
    assert sent(desk) == ["sent"]
    assert wire.titles == [title]


@pytest.mark.parametrize("purpose", ["waiting", "closing"])
def test_a_channel_without_sessions_is_not_troubled(database: Database, purpose: str) -> None:
    wire = Titles()
    desk = Desk(database, wire, Clock())
    titled(desk, purpose)
    assert sent(desk) == ["dropped"]
    assert wire.sent == []
    assert desk.rows()[0].error == SAFE_MODE


@pytest.mark.parametrize("purpose", ["waiting", "closing"])
def test_a_channel_with_sessions_moves_them_and_nothing_counts_as_said(database: Database, purpose: str) -> None:
    wire = WithSessions()
    desk = Desk(database, wire, Clock())
    titled(desk, purpose)
    assert sent(desk) == ["dropped"]
    assert wire.silent == [True]
    assert desk.rows()[0].error == SAFE_MODE
