"""Safe mode on SQLite and on PostgreSQL: nothing goes out unasked, and cases follow their conversation."""

from functools import partial

import pytest

from storage.database import Database
from storage.outbox import SAFE_MODE
from storage.safety import is_safe, set_safe_mode
from storage.schema import cases, conversations, outbox
from tests.case_tools import draft as case_draft
from tests.case_tools import submitted
from tests.desk_tools import conversation
from tests.storage_tools import DAY, KEY, NOW, chat, due, reply, rows, say

OTHER = chat("somebody else")


def fates(database: Database) -> dict[str, tuple[str, str | None]]:
    return {row["key"]: (row["state"], row["error"]) for row in rows(database, outbox)}


class TestSetting:
    def test_on_and_off_with_the_cases_of_the_conversation(self, database: Database) -> None:
        submitted(database, case_draft(serial=1), KEY)
        submitted(database, case_draft(serial=2), OTHER)
        number = conversation(database).id
        assert database.write_now(partial(set_safe_mode, conversation_id=number, on=True, now=NOW))
        assert not database.write_now(partial(set_safe_mode, conversation_id=number, on=True, now=NOW + DAY))
        assert [row["safe_mode"] for row in rows(database, conversations)] == [True, False]
        assert [row["safe_mode"] for row in rows(database, cases)] == [True, False]
        assert rows(database, conversations)[0]["updated_at"] == NOW
        assert database.write_now(partial(set_safe_mode, conversation_id=number, on=False, now=NOW))
        assert [row["safe_mode"] for row in rows(database, cases)] == [False, False]

    def test_a_conversation_that_is_not_there(self, database: Database) -> None:
        assert not database.write_now(partial(set_safe_mode, conversation_id=7, on=True, now=NOW))
        assert database.read_now(lambda c: is_safe(c, KEY)) is False

    def test_a_turn_sets_it_for_conversation_and_cases(self, database: Database) -> None:
        submitted(database, case_draft(), KEY)
        say(database, "1", safe_mode=True)
        assert database.read_now(lambda c: is_safe(c, KEY)) is True
        assert [row["safe_mode"] for row in rows(database, cases)] == [True]
        say(database, "2")
        assert database.read_now(lambda c: is_safe(c, KEY)) is True


class TestOutbox:
    @pytest.mark.parametrize("purpose", ["answer", "urgent", "staff", "handover", "welcome"])
    def test_answers_and_staff_go_on(self, database: Database, purpose: str) -> None:
        say(database, "1", safe_mode=True, replies=(reply("a", purpose=purpose),))
        (row,) = due(database)
        assert (row.safe_mode, row.silent) == (True, False)

    def test_a_notice_is_dropped_also_where_it_was_written_before(self, database: Database) -> None:
        say(database, "1", replies=(reply("early", purpose="notice"),))
        say(database, "2", safe_mode=True)
        say(database, "3", replies=(reply("late", purpose="notice"),))
        assert due(database) == []
        assert due(database) == []
        assert fates(database) == {"early": ("dropped", SAFE_MODE), "late": ("dropped", SAFE_MODE)}

    @pytest.mark.parametrize("purpose", ["waiting", "closing"])
    def test_what_moves_a_session_is_leased_silently_and_costs_nothing(self, database: Database, purpose: str) -> None:
        say(database, "1", safe_mode=True, window=(NOW + DAY, 1), replies=(reply("a", purpose=purpose),))
        (row,) = due(database)
        assert row.silent
        assert rows(database, conversations)[0]["window_left"] == 1

    @pytest.mark.parametrize("purpose", ["waiting", "closing"])
    def test_without_safe_mode_it_is_said(self, database: Database, purpose: str) -> None:
        say(database, "1", replies=(reply("a", purpose=purpose),))
        assert [row.silent for row in due(database)] == [False]

    def test_where_replies_are_fetched_only_notices_are_kept_back(self, database: Database) -> None:
        replies = tuple(reply(purpose, purpose=purpose, pulled=True) for purpose in ("answer", "waiting", "notice"))
        say(database, "1", safe_mode=True, replies=replies)
        assert fates(database) == {
            "answer": ("sent", None),
            "waiting": ("sent", None),
            "notice": ("dropped", SAFE_MODE),
        }
