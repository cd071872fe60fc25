"""The one transaction that ends a turn, on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Table
from sqlalchemy.exc import SQLAlchemyError

from storage.conversations import commit_turn, read_conversation
from storage.database import Database
from storage.errors import Lost
from storage.outbox import replies_to, said_after
from storage.records import Claim, HandoverDraft, HandoverNote
from storage.schema import consultations, conversations, handovers, inbox, metadata, outbox
from storage.turn_result import TurnResult
from tests.desk_tools import set_holder
from tests.storage_tools import (
    HOUR,
    KEY,
    LEASE,
    NOW,
    arrive,
    chat,
    claim,
    commit,
    draft,
    due,
    reply,
    rows,
    say,
    turn,
)

Open = Callable[[], Database]


def handover(number: str = "RG-1", **changes: Any) -> HandoverDraft:
    return replace(HandoverDraft(number, "word", "讨薪", urgent=False, promised_at=NOW + HOUR), **changes)


def full_turn(held: Claim, **changes: Any) -> TurnResult:
    everything = turn(
        held,
        dialog={"topic": "labor.wages"},
        consultation=draft(),
        handover=handover(),
        replies=(reply("a"), reply("b")),
        holder="waiting",
        township="龙潭镇",
        window=(NOW + 48 * HOUR, 5),
    )
    return replace(everything, **changes)


def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {table.name: rows(database, table) for table in metadata.tables.values()}


def one(database: Database, table: Table) -> dict[str, Any]:
    (row,) = rows(database, table)
    return row


class TestCommitTurn:
    def test_writes_inbox_conversation_record_handover_and_outbox(self, database: Database) -> None:
        held = arrive(database, "1")
        commit(database, full_turn(held))
        message, conversation = one(database, inbox), one(database, conversations)
        assert (message["state"], message["finished_at"], message["error"]) == ("done", NOW, None)
        assert (conversation["dialog"], conversation["holder"]) == ({"topic": "labor.wages"}, "waiting")
        assert (conversation["township"], conversation["window_left"]) == ("龙潭镇", 5)
        record, asked = one(database, consultations), one(database, handovers)
        assert (record["inbox_id"], record["conversation_id"]) == (message["id"], conversation["id"])
        assert (asked["number"], asked["consultation_id"], asked["state"]) == ("RG-1", record["id"], "waiting")
        assert asked["promised_at"] == NOW + HOUR
        said = database.read_now(partial(replies_to, inbox_id=message["id"]))
        assert [(row.key, row.state, row.chat) for row in said] == [("a", "due", KEY), ("b", "due", KEY)]

    def test_turn_without_changes_keeps_what_is_known_of_the_conversation(self, database: Database) -> None:
        say(database, "1", holder="waiting", township="龙潭镇", window=(NOW + HOUR, 5))
        say(database, "2")
        kept = database.read_now(partial(read_conversation, key=KEY))
        assert kept is not None
        assert (kept.holder, kept.township, kept.window_until, kept.window_left) == (
            "waiting", "龙潭镇", NOW + HOUR, 5,
        )  # fmt: skip

    @pytest.mark.parametrize("thief", ["another", None], ids=["taken by another", "given back"])
    def test_nothing_is_written_without_the_lease(self, database: Database, thief: str | None) -> None:
        held = arrive(database, "1")
        if thief is None:
            database.write_now(lambda c: c.execute(conversations.update().values(lease_owner=None, lease_until=None)))
        else:
            claim(database, owner=thief, now=NOW + LEASE)
        before = everything(database)
        with pytest.raises(Lost):
            commit(database, full_turn(held))
        assert everything(database) == before

    def test_nothing_is_written_for_a_message_that_was_settled(self, database: Database) -> None:
        held = arrive(database, "1")
        commit(database, full_turn(held))
        before = everything(database)
        with pytest.raises(Lost):
            commit(database, full_turn(held, dialog={"other": 1}, consultation=draft("labor.other")))
        assert everything(database) == before

    def test_failure_in_the_middle_leaves_nothing(self, database: Database) -> None:
        say(database, "0", replies=(reply("taken"),))
        held = arrive(database, "1")
        before = everything(database)
        with pytest.raises(SQLAlchemyError):
            commit(database, full_turn(held, replies=(reply("a"), reply("taken"))))
        assert everything(database) == before

    def test_one_of_eight_racing_commits_of_a_message_is_written(self, database: Database, replica: Open) -> None:
        result = full_turn(arrive(database, "1"))
        both = [database, replica()] * 4

        async def main() -> list[BaseException | None]:
            works = [each.write(partial(commit_turn, turn=result)) for each in both]
            return await asyncio.gather(*works, return_exceptions=True)

        told = asyncio.run(main())
        assert [type(error) for error in told if error is not None] == [Lost] * 7
        assert len(rows(database, outbox)) == 2
        assert one(database, consultations)["messages"] == 1

    def test_failed_message_keeps_its_error_and_is_answered(self, database: Database) -> None:
        say(database, "1", state="failed", error="KeyError at match:12", replies=(reply("sorry"),))
        message = one(database, inbox)
        assert (message["state"], message["error"]) == ("failed", "KeyError at match:12")
        assert [row.key for row in due(database)] == ["sorry"]

    def test_reachable_again_after_the_person_wrote(self, database: Database) -> None:
        say(database, "1")
        database.write_now(lambda c: c.execute(conversations.update().values(unreachable="blocked")))
        say(database, "2", reachable=False)
        assert one(database, conversations)["unreachable"] == "blocked"
        say(database, "3", reachable=True)
        assert one(database, conversations)["unreachable"] is None

    def test_replies_that_are_fetched_count_as_sent_and_are_read_in_order(self, database: Database) -> None:
        say(database, "1", replies=(reply("a", pulled=True), reply("b", pulled=True)))
        say(database, "2", key=chat("somebody else"), replies=(reply("x", pulled=True),))
        assert due(database) == []
        said = database.read_now(partial(said_after, key=KEY, after=0, limit=10))
        assert [(row.key, row.state) for row in said] == [("a", "sent"), ("b", "sent")]
        later = database.read_now(partial(said_after, key=KEY, after=said[0].id, limit=10))
        assert [row.key for row in later] == ["b"]
        assert database.read_now(partial(said_after, key=KEY, after=0, limit=1)) == said[:1]


class TestHandover:
    def test_number_is_unique(self, database: Database) -> None:
        say(database, "1", handover=handover("RG-1"))
        with pytest.raises(SQLAlchemyError):
            say(database, "2", handover=handover("RG-1"))
        assert len(rows(database, handovers)) == 1

    def test_holder_is_set_by_name(self, database: Database) -> None:
        say(database, "1")
        database.write_now(partial(set_holder, key=KEY, holder="person", name="张律师"))
        found = database.read_now(partial(read_conversation, key=KEY))
        assert found is not None
        assert (found.holder, found.holder_name) == ("person", "张律师")
        assert database.read_now(partial(read_conversation, key=chat("nobody"))) is None

    def test_matter_told_later_goes_with_the_handover(self, database: Database) -> None:
        say(database, "1", handover=handover(summary="（未写明事由）"))
        say(database, "2", consultation=draft(""), handover_note=HandoverNote("RG-1", "包工头跑了"))
        asked = one(database, handovers)
        assert (asked["summary"], asked["consultation_id"]) == ("包工头跑了", one(database, consultations)["id"])

    def test_nobody_writes_on_another_conversations_handover(self, database: Database) -> None:
        say(database, "1", handover=handover())
        say(database, "2", key=chat("somebody else"), handover_note=HandoverNote("RG-1", "别人的话"))
        assert one(database, handovers)["summary"] == "讨薪"
