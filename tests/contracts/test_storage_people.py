"""Forgetting on a person's word and by age, and counting what is kept, on SQLite and on PostgreSQL."""

from datetime import timedelta
from functools import partial
from typing import Any

from storage.database import Database
from storage.health import newest_message, read_health
from storage.job_runs import claim_slot
from storage.outbox import settle
from storage.records import HandoverDraft
from storage.retention import FORGOTTEN, purge
from storage.schema import consultations, conversations, handovers, inbox, metadata, outbox
from tests.storage_tools import (
    DAY,
    HOUR,
    NOW,
    SECOND,
    accept,
    arrive,
    chat,
    claim,
    commit,
    draft,
    due,
    message,
    reply,
    rows,
    say,
    turn,
    write_consultations,
)

MARK = "标记7f3a"


def handover(number: str) -> HandoverDraft:
    return HandoverDraft(number, "word", f"讨薪 {MARK}", urgent=False, promised_at=NOW + HOUR)


def places_of(database: Database, words: str) -> set[str]:
    """Every column of every table in which the words are found."""
    return {
        f"{table.name}.{column}"
        for table in metadata.tables.values()
        for row in rows(database, table)
        for column, value in row.items()
        if words in str(value)
    }


def tell_everything(database: Database) -> None:
    """Put a person's words into every column that words of a person can get into."""
    told = draft(summary=MARK, candidates=({"id": MARK, "score": 1},))
    body = {"kind": "text", "text": MARK}
    held = arrive(database, "1", body=body)
    replies = (reply("sent", body={"text": MARK}), reply("due", body={"text": MARK}))
    commit(database, turn(held, dialog={"asked": MARK}, consultation=told, handover=handover("RG-1"), replies=replies))
    commit(database, turn(arrive(database, "2", body=body), state="failed", error=MARK, dialog={"asked": MARK}))
    (first,) = due(database)
    database.write_now(lambda c: settle(c, first.id, "sent", NOW, error=MARK))
    by_staff = {"contact_name": MARK, "contact_phone": MARK, "follow_up": MARK, "remark": MARK, "village": MARK}
    database.write_now(lambda c: c.execute(consultations.update().values(**by_staff)))


def forget(database: Database, message_id: str = "forget", **changes: Any) -> None:
    say(database, message_id, forget=True, dialog={"greeted": True}, **changes)


class TestForget:
    def test_no_word_of_the_person_is_left_in_any_table(self, database: Database) -> None:
        tell_everything(database)
        assert places_of(database, MARK) >= {
            "inbox.body", "inbox.error", "outbox.body", "outbox.error", "conversations.dialog", "handovers.summary",
            "consultations.summary", "consultations.contact_name", "consultations.remark", "consultations.village",
        }  # fmt: skip
        forget(database)
        assert places_of(database, MARK) == set()

    def test_records_stay_as_figures_cut_loose_from_the_person(self, database: Database) -> None:
        say(database, "1", township="龙潭镇", consultation=draft(), handover=handover("RG-1"))
        forget(database)
        (record,), (asked,) = rows(database, consultations), rows(database, handovers)
        assert (record["people"], record["topic"], record["township"]) == (1, "labor.wages", "龙潭镇")
        assert record["summary"] == asked["summary"] == FORGOTTEN
        ties = ("person_key", "conversation_id", "inbox_id")
        assert [record[tie] for tie in ties] == [None, None, None]
        assert asked["consultation_id"] is None
        (conversation,) = rows(database, conversations)
        assert conversation["township"] is None

    def test_platforms_repetition_of_a_forgotten_message_is_still_known(self, database: Database) -> None:
        say(database, "1")
        forget(database)
        assert [stored.fresh for stored in accept(database, message("1"), message("forget"))] == [False, False]

    def test_confirmation_is_said_and_what_was_due_is_not(self, database: Database) -> None:
        say(database, "1", replies=(reply("old"), reply("danger", purpose="urgent", priority=0)))
        forget(database, replies=(reply("gone"),))
        assert [row.key for row in due(database)] == ["danger", "gone"]

    def test_what_was_said_meanwhile_is_handled(self, database: Database) -> None:
        held = arrive(database, "forget")
        accept(database, message("later", body={"kind": "text", "text": "还有一件事"}))
        commit(database, turn(held, forget=True))
        assert [stored.body["text"] for stored in claim(database).messages] == ["还有一件事"]

    def test_nothing_of_another_person_is_touched(self, database: Database) -> None:
        other = chat("somebody else")
        held = arrive(database, "1", other, body={"text": "别人的话"})
        commit(database, turn(held, consultation=draft(summary="别人的事"), replies=(reply("theirs"),)))
        before = {table.name: rows(database, table) for table in metadata.tables.values()}
        forget(database)
        for table in (inbox, outbox, consultations, conversations):
            assert before[table.name][0] in rows(database, table)

    def test_same_matter_after_forgetting_is_a_new_record(self, database: Database) -> None:
        say(database, "1", consultation=draft())
        forget(database)
        say(database, "2", consultation=draft())
        assert [row["messages"] for row in rows(database, consultations)] == [1, 1]


class TestPurge:
    def test_old_settled_messages_go_and_records_stay(self, database: Database) -> None:
        say(database, "old", consultation=draft(), replies=(reply("a", pulled=True),))
        gone = database.write_now(partial(purge, messages_before=NOW + SECOND, runs_before=NOW))
        assert (gone["inbox"], gone["outbox"]) == (1, 1)
        assert rows(database, inbox) == rows(database, outbox) == []
        assert len(rows(database, consultations)) == 1

    def test_young_and_waiting_rows_stay(self, database: Database) -> None:
        say(database, "settled", replies=(reply("due"), reply("said", pulled=True)))
        accept(database, message("waiting", received_at=NOW - 400 * DAY))
        gone = database.write_now(partial(purge, messages_before=NOW, runs_before=NOW))
        assert set(gone.values()) == {0}
        database.write_now(partial(purge, messages_before=NOW + SECOND, runs_before=NOW))
        assert [row["message_id"] for row in rows(database, inbox)] == ["waiting"]
        assert [row["key"] for row in rows(database, outbox)] == ["due"]

    def test_words_in_the_memory_of_an_old_conversation_go_too(self, database: Database) -> None:
        say(database, "1", dialog={"asked": MARK}, now=NOW - DAY)
        assert database.write_now(partial(purge, messages_before=NOW, runs_before=NOW))["dialogs"] == 1
        assert places_of(database, MARK) == set()
        assert database.write_now(partial(purge, messages_before=NOW, runs_before=NOW))["dialogs"] == 0

    def test_ids_do_not_come_back(self, database: Database) -> None:
        say(database, "1", replies=(reply("a", pulled=True),))
        old_in, old_out = rows(database, inbox)[0]["id"], rows(database, outbox)[0]["id"]
        database.write_now(partial(purge, messages_before=NOW + HOUR, runs_before=NOW))
        say(database, "2", replies=(reply("b", pulled=True),))
        assert rows(database, inbox)[0]["id"] > old_in
        assert rows(database, outbox)[0]["id"] > old_out

    def test_old_job_runs_go(self, database: Database) -> None:
        for age in (timedelta(days=500), timedelta(days=1)):
            database.write_now(partial(claim_slot, job="nightly", slot=NOW - age, owner="w", now=NOW))
        gone = database.write_now(partial(purge, messages_before=NOW, runs_before=NOW - timedelta(days=400)))
        assert gone["job_runs"] == 1


class TestHealth:
    def test_counts_work_that_waits_and_that_was_given_up(self, database: Database) -> None:
        empty = database.read_now(read_health)
        assert (empty.inbox_waiting, empty.outbox_due, empty.consultations, empty.oldest_waiting) == (0, 0, 0, None)
        assert database.read_now(newest_message) is None
        say(database, "0", handover=handover("RG-1"), consultation=draft(), replies=(reply("due"),))
        say(database, "1", state="failed", error="KeyError", replies=(reply("dead"), reply("dropped"), reply("drop2")))
        ids = {row["key"]: row["id"] for row in rows(database, outbox)}
        for key, state in {"dead": "dead", "dropped": "dropped", "drop2": "dropped"}.items():
            database.write_now(partial(settle, row_id=ids[key], state=state, now=NOW))
        accept(database, message("3", received_at=NOW - HOUR), message("4", received_at=NOW + HOUR))
        write_consultations(database, 1, people=0)
        health = database.read_now(read_health)
        assert (health.inbox_waiting, health.inbox_failed, health.oldest_waiting) == (2, 1, NOW - HOUR)
        assert (health.outbox_due, health.outbox_dead, health.outbox_dropped) == (1, 1, 2)
        assert (health.consultations, health.handovers_waiting) == (1, 1)
        assert database.read_now(newest_message) == NOW + HOUR
