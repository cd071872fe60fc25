"""What is due to be said, and who may say it, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from storage.database import Database
from storage.desk_views import unspent
from storage.outbox import bounce, claim_due, due_accounts, mark_unreachable, postpone, release_all, settle
from storage.records import ConversationKey, OutboxRow
from storage.schema import conversations, outbox
from tests.desk_tools import set_holder
from tests.storage_tools import HOUR, KEY, LEASE, MINUTE, NOW, SECOND, chat, due, race, reply, rows, say

Open = Callable[[], Database]


def keys(found: list[OutboxRow]) -> list[str]:
    return [row.key for row in found]


def sent(database: Database, row: OutboxRow, state: str = "sent", **more: Any) -> None:
    database.write_now(lambda connection: settle(connection, row.id, state, NOW, **more))


def fate(database: Database, key: str) -> tuple[str, str | None]:
    (row,) = [row for row in rows(database, outbox) if row["key"] == key]
    return row["state"], row["error"]


def left(database: Database) -> int | None:
    return rows(database, conversations)[0]["window_left"]  # type: ignore[no-any-return]


class TestOrder:
    def test_most_urgent_first_then_oldest(self, database: Database) -> None:
        for number, priority in enumerate((9, 2, 0, 2)):
            say(
                database,
                str(number),
                key=chat(str(number)),
                replies=(reply(f"p{priority}-{number}", priority=priority),),
            )
        assert keys(due(database, limit=3)) == ["p0-2", "p2-1", "p2-3"]
        assert keys(due(database)) == ["p9-0"]

    def test_one_answer_of_a_conversation_at_a_time(self, database: Database) -> None:
        say(database, "1", replies=(reply("a"), reply("b")))
        say(database, "2", key=chat("somebody else"), replies=(reply("x"),))
        first, other = due(database)
        assert (first.key, other.key) == ("a", "x")
        assert due(database) == []
        sent(database, first)
        assert keys(due(database)) == ["b"]

    def test_answer_that_is_tried_again_is_not_overtaken(self, database: Database) -> None:
        say(database, "1", replies=(reply("a"), reply("b")))
        (first,) = due(database)
        database.write_now(lambda c: postpone(c, first.id, NOW + MINUTE, "45009"))
        assert due(database, NOW + 59 * SECOND) == []
        assert fate(database, "a") == ("due", "45009")
        (again,) = due(database, NOW + MINUTE)
        assert (again.key, again.attempts) == ("a", 2)

    def test_danger_overtakes_an_answer_that_waits(self, database: Database) -> None:
        say(database, "1", replies=(reply("a"),))
        due(database)
        say(database, "2", replies=(reply("danger", purpose="urgent", priority=0),))
        assert keys(due(database)) == ["danger"]

    def test_nothing_goes_before_its_time_or_on_another_account(self, database: Database) -> None:
        say(database, "1", replies=(reply("later", not_before=NOW + MINUTE),))
        say(database, "2", key=ConversationKey(KEY.channel, "wk2", "x"), replies=(reply("other"),))
        assert due(database) == []
        assert keys(due(database, account="wk2")) == ["other"]
        assert keys(due(database, NOW + MINUTE)) == ["later"]

    def test_due_accounts_tell_where_to_look(self, database: Database) -> None:
        say(database, "1", replies=(reply("later", not_before=NOW + MINUTE), reply("b", not_before=NOW + HOUR)))
        say(database, "2", key=ConversationKey("telegram", "bot", "x"), replies=(reply("other", pulled=True),))
        assert database.read_now(due_accounts) == [(KEY.channel, KEY.account)]


class TestLease:
    def test_row_of_a_dead_sender_is_due_again(self, database: Database) -> None:
        say(database, "1", replies=(reply("a"),))
        assert [row.attempts for row in due(database)] == [1]
        assert due(database, NOW + LEASE - SECOND) == []
        assert [row.attempts for row in due(database, NOW + LEASE)] == [2]

    def test_four_racing_claimers_never_claim_a_row_twice(self, database: Database, replica: Open) -> None:
        for number in range(24):
            say(database, str(number), key=chat(str(number)), window=(NOW + HOUR, 5), replies=(reply(f"r{number}"),))
        work = partial(claim_due, channel=KEY.channel, account=KEY.account, now=NOW, lease=LEASE, limit=5)
        databases = [database, replica(), replica(), replica()]
        found = [row.key for _ in range(6) for part in race([work] * 4, databases) for row in part]
        assert sorted(found) == sorted(f"r{number}" for number in range(24))
        assert {row["window_left"] for row in rows(database, conversations)} == {4}

    def test_settling_is_done_once(self, database: Database) -> None:
        say(database, "1", replies=(reply("a"),))
        (row,) = due(database)
        sent(database, row, platform_id="msg-1")
        sent(database, row, "dead", error="late")
        database.write_now(lambda c: postpone(c, row.id, NOW, "late"))
        (kept,) = rows(database, outbox)
        assert (kept["state"], kept["platform_id"], kept["error"], kept["finished_at"]) == ("sent", "msg-1", None, NOW)
        assert due(database, NOW + HOUR) == []

    def test_start_of_the_only_process_ends_leases_but_no_pauses(self, database: Database) -> None:
        for name in ("leased", "paused", "later"):
            later = NOW + MINUTE if name == "later" else NOW
            say(database, "1", key=chat(name), replies=(reply(name, not_before=later),))
        paused = due(database)[1]
        database.write_now(lambda c: postpone(c, paused.id, NOW + MINUTE, "45009"))
        database.write_now(partial(release_all, now=NOW + SECOND))
        assert keys(due(database, NOW + SECOND)) == ["leased"]

    def test_reply_that_bounced_after_it_was_sent_is_dead(self, database: Database) -> None:
        say(database, "1", replies=(reply("a"), reply("b", pulled=True)))
        (row,) = due(database)
        sent(database, row)
        database.write_now(partial(bounce, key="a", now=NOW, error="错" * 1000))
        database.write_now(partial(bounce, key="nobody's", now=NOW, error="x"))
        assert fate(database, "a") == ("dead", "错" * 300)
        assert fate(database, "b") == ("sent", None)

    def test_long_words_of_a_platform_are_cut_and_not_refused(self, database: Database) -> None:
        say(database, "1", replies=(reply("a"), reply("b"), reply("c")))
        long = "错" * 1000
        (row,) = due(database)
        database.write_now(lambda c: postpone(c, row.id, NOW, long))
        sent(database, row, "dead", error=long)
        database.write_now(lambda c: mark_unreachable(c, row.conversation_id, long))
        assert due(database) == []
        for key in "ab":
            assert "错" * 100 in str(fate(database, key)[1])

    def test_claimed_row_says_everything_a_sender_needs(self, database: Database) -> None:
        token = reply("a", reply_token="code", expires_at=NOW + MINUTE, purpose="welcome", body={"text": "您好"})
        say(database, "1", replies=(token,))
        (row,) = due(database)
        assert (row.chat, row.purpose, row.body) == (KEY, "welcome", {"text": "您好"})
        assert (row.reply_token, row.expires_at, row.created_at, row.state) == ("code", NOW + MINUTE, NOW, "due")


class TestMayNotGo:
    def test_too_late(self, database: Database) -> None:
        say(database, "1", replies=(reply("a", expires_at=NOW + SECOND),))
        assert due(database, NOW + SECOND) == []
        state, error = fate(database, "a")
        assert (state, str(error).partition(":")[0]) == ("dropped", "too late")

    def test_person_who_cannot_be_written_to(self, database: Database) -> None:
        say(database, "1", replies=(reply("a"), reply("b")))
        (first,) = due(database)
        database.write_now(lambda c: mark_unreachable(c, first.conversation_id, "blocked"))
        sent(database, first, "dropped")
        assert due(database) == []
        assert fate(database, "b") == ("dropped", "unreachable: blocked")

    @pytest.mark.parametrize(
        ("purpose", "goes"),
        [("answer", False), ("notice", False), ("welcome", False), ("urgent", True), ("staff", True)],
    )
    def test_only_danger_and_staff_speak_while_a_person_holds_it(
        self, database: Database, purpose: str, goes: bool
    ) -> None:
        say(database, "1", replies=(reply("a", purpose=purpose),))
        database.write_now(partial(set_holder, key=KEY, holder="person", name="张律师"))
        assert keys(due(database)) == (["a"] if goes else [])
        assert fate(database, "a") == (("due", None) if goes else ("dropped", "a person holds the conversation"))

    def test_waiting_for_a_person_does_not_silence_the_bot(self, database: Database) -> None:
        say(database, "1", holder="waiting", replies=(reply("a"),))
        assert keys(due(database)) == ["a"]

    def test_dropping_one_lets_the_next_go(self, database: Database) -> None:
        say(database, "1", replies=(reply("a", expires_at=NOW), reply("b")))
        due(database)
        assert keys(due(database)) == ["b"]


class TestWindow:
    def test_closed_window_drops(self, database: Database) -> None:
        say(database, "1", window=(NOW + HOUR, 5), replies=(reply("a"),))
        assert due(database, NOW + HOUR) == []
        assert fate(database, "a") == (
            "dropped", "window: the platform allows no answer this long after the last message",
        )  # fmt: skip

    def test_budget_is_spent_once_a_row_and_not_once_a_try(self, database: Database) -> None:
        say(database, "1", window=(NOW + HOUR, 2), replies=(reply("a"), reply("b"), reply("c")))
        for tries in range(3):
            (row,) = due(database, NOW + tries * LEASE)
            assert (row.key, left(database)) == ("a", 1)
        sent(database, row)
        (row,) = due(database)
        assert (row.key, left(database)) == ("b", 0)
        assert keys(due(database, NOW + LEASE)) == ["b"]
        sent(database, row)
        assert due(database) == []
        assert fate(database, "c")[1] == "window: the platform allows no more answers before the next message"
        assert left(database) == 0

    def test_two_rows_of_one_batch_do_not_overspend(self, database: Database) -> None:
        danger = reply("danger", purpose="urgent", priority=0)
        say(database, "1", window=(NOW + HOUR, 1), replies=(reply("a"), danger))
        assert keys(due(database)) == ["danger"]
        assert fate(database, "a")[0] == "dropped"
        assert left(database) == 0

    def test_what_a_channel_may_say_outside_the_budget_is_counted_when_it_is_settled(self, database: Database) -> None:
        free = ("handover", "waiting", "closing")
        for purpose in free:
            say(database, purpose, window=(NOW + HOUR, 1), replies=(reply(purpose, purpose=purpose),))
            (row,) = due(database)
            assert (row.purpose, row.window_left, left(database)) == (purpose, 1, 1)
            sent(database, row, spent=False)
            assert left(database) == 1
        say(database, "last", window=(NOW + HOUR, 1), replies=(reply("last", purpose="closing"), reply("none")))
        (row,) = due(database)
        sent(database, row, spent=True)
        sent(database, row, spent=True)
        assert left(database) == 0
        # Nothing is left: an answer is dropped, and of these the channel still decides.
        say(database, "after", replies=(reply("closing after", purpose="closing"),))
        assert due(database) == []
        assert fate(database, "none")[0] == "dropped"
        assert [(row.key, row.window_left) for row in due(database)] == [("closing after", 0)]

    def test_what_is_on_the_wire_and_not_counted_yet_is_held_back(self, database: Database) -> None:
        def held_back() -> int:
            number = rows(database, conversations)[0]["id"]
            return database.read_now(lambda c: unspent(c, number))

        answers = (reply("registered", purpose="handover"), reply("answer"))
        say(database, "1", window=(NOW + HOUR, 5), replies=answers)
        assert (left(database), held_back()) == (5, 2)
        (registered,) = due(database)
        assert (registered.key, left(database), held_back()) == ("registered", 5, 2)
        sent(database, registered, spent=True)
        assert (left(database), held_back()) == (4, 1)
        assert keys(due(database)) == ["answer"]
        assert (left(database), held_back()) == (3, 0)

    def test_next_message_fills_the_budget(self, database: Database) -> None:
        say(database, "1", window=(NOW + HOUR, 0))
        say(database, "2", window=(NOW + HOUR, 5), replies=(reply("a"),))
        assert keys(due(database)) == ["a"]
        assert left(database) == 4

    def test_reply_by_token_needs_no_window(self, database: Database) -> None:
        say(database, "1", window=(NOW, 0), replies=(reply("a", reply_token="code", purpose="welcome"),))
        assert keys(due(database)) == ["a"]
        assert left(database) == 0

    def test_channel_without_a_window_has_no_budget(self, database: Database) -> None:
        say(database, "1", replies=(reply("a"),))
        assert keys(due(database)) == ["a"]
        assert left(database) is None
