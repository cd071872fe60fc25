"""Chats of staff, on SQLite and on PostgreSQL: what passes there about residents, and what does not belong there."""

from functools import partial
from typing import Any

from storage import cards, desk_views
from storage.conversations import set_unreachable, tell_staff
from storage.database import Database
from storage.desk_records import StaffMessage
from storage.outbox import settle
from storage.records import ConversationKey
from storage.schema import conversations, handovers, outbox
from storage.turn_result import AT_WORK
from tests.desk_tools import asks_for_a_person, conversation
from tests.storage_tools import KEY, NOW, due, reply, rows, say

STAFF = ConversationKey(KEY.channel, KEY.account, "zhang")


def told(database: Database, key: str, purpose: str = "relay", **changes: Any) -> None:
    """A member of staff is told something about the first handover."""
    about = rows(database, handovers)[0]["id"]
    message = StaffMessage(STAFF, "staff", reply(key, purpose=purpose, **changes), about)
    database.write_now(lambda c: tell_staff(c, message, NOW))


def send_all(database: Database, code: str | None = None) -> None:
    for row in due(database):
        database.write_now(partial(settle, row_id=row.id, state="sent", now=NOW, update_code=code))


class TestForgetting:
    def test_relays_and_cards_go_with_the_resident(self, database: Database) -> None:
        asks_for_a_person(database)
        told(database, "card", "alert")
        send_all(database, "code")
        told(database, "relay")
        send_all(database)
        told(database, "late")
        say(database, "forget", forget=True)
        left = {row["key"]: (row["state"], row["body"]) for row in rows(database, outbox)}
        assert left["card"] == ("sent", {})
        assert left["relay"] == ("sent", {})
        assert left["late"] == ("dropped", {})

    def test_what_is_about_others_stays(self, database: Database) -> None:
        asks_for_a_person(database)
        told(database, "relay")
        send_all(database)
        other = ConversationKey(KEY.channel, KEY.account, "other")
        say(database, "theirs", other)
        say(database, "forget", other, forget=True)
        assert rows(database, outbox)[0]["body"] == {"text": "答 relay"}


class TestOwnMatters:
    def test_work_is_no_part_of_a_conversation_of_their_own(self, database: Database) -> None:
        asks_for_a_person(database)
        told(database, "relay")
        say(database, "to a resident", STAFF, state="ignored", error=AT_WORK)
        say(database, "own", STAFF, replies=(reply("answer"),))
        lines = database.read_now(lambda c: desk_views.history(c, conversation(database, STAFF)))
        assert [line.body["text"] for line in lines] == ["话 own", "答 answer"]

    def test_who_asks_for_a_person_there_can_be_taken_like_others(self, database: Database) -> None:
        asks_for_a_person(database)
        told(database, "relay")
        assert conversation(database, STAFF).kind == "staff"
        asks_for_a_person(database, "RG-2", STAFF)
        assert conversation(database, STAFF).kind == "resident"


class TestReaching:
    def test_somebody_who_served_is_told_though_a_colleague_serves_them(self, database: Database) -> None:
        asks_for_a_person(database)
        told(database, "relay")
        database.write_now(lambda c: c.execute(conversations.update().values(holder="person")))
        told(database, "answer", "answer")
        assert [row.key for row in due(database)] == ["relay"]

    def test_the_platform_tells_who_left_and_came_back(self, database: Database) -> None:
        say(database, "1")
        database.write_now(lambda c: set_unreachable(c, KEY, "left"))
        assert conversation(database).unreachable == "left"
        database.write_now(lambda c: set_unreachable(c, KEY, None))
        assert conversation(database).unreachable is None

    def test_cards_name_the_handover_that_they_are_about(self, database: Database) -> None:
        asks_for_a_person(database, "RG-7")
        told(database, "card", "alert")
        send_all(database, "code")
        told(database, "relay")
        send_all(database, "no card")
        (handover,) = rows(database, handovers)
        (card,) = database.read_now(lambda c: cards.about(c, [handover["id"]]))
        assert (card.number, card.update_code, card.key, card.kind) == ("RG-7", "code", STAFF, "staff")
