"""Both sides of one quarrel with the same member of staff, on SQLite and on PostgreSQL."""

from datetime import datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from storage import desk
from storage.account_records import Account
from storage.database import Database
from storage.desk_records import PartyDraft
from storage.parties import Conflict, conflicts, note
from storage.records import ConversationKey
from storage.retention import purge
from storage.schema import cases as cases_table
from storage.schema import conversations, handovers
from storage.schema import parties as table
from tests.case_tools import draft as case_draft
from tests.case_tools import submitted
from tests.desk_tools import account, asks_for_a_person, take
from tests.storage_tools import DAY, NOW, chat, rows, say

YEAR = 365 * DAY
A, B = chat("A"), chat("B")
OWN_A, OWN_B = PartyDraft("own", "phone", "a" * 64), PartyDraft("own", "phone", "b" * 64)
OTHER_A, OTHER_B = PartyDraft("other", "phone", "a" * 64), PartyDraft("other", "phone", "b" * 64)
NAME_A, NAMED_A = PartyDraft("own", "name", "n" * 64), PartyDraft("other", "name", "n" * 64)


def visit(database: Database, key: ConversationKey, *drafts: PartyDraft, by: Account | None = None) -> int:
    """A resident who waits, or whom somebody has taken, and who told this; the conversation's row id."""
    about = asks_for_a_person(database, f"RG-{key.chat}", key)
    database.write_now(lambda c: note(c, about.id, None, drafts, NOW))
    if by is not None:
        take(database, about, by)
    return about.id


def end(database: Database, conversation_id: int, who: Account, at: datetime) -> None:
    done = database.write_now(lambda c: desk.end(c, conversation_id, who.id, "当场答复", at))
    assert done


def found(database: Database, who: Account, conversation_id: int, **more: Any) -> list[Conflict]:
    since = more.pop("since", NOW - YEAR)
    return database.read_now(lambda c: conflicts(c, who.id, conversation_id, since, **more))


class TestNote:
    def test_the_same_is_noted_once(self, database: Database) -> None:
        number = visit(database, A, OWN_A, OWN_A, OTHER_B)
        database.write_now(lambda c: note(c, number, None, [OTHER_B, OWN_A], NOW + DAY))
        assert [(row["side"], row["hash"][0]) for row in rows(database, table)] == [("own", "a"), ("other", "b")]

    def test_a_turn_notes_what_was_said(self, database: Database) -> None:
        say(database, "1", A, parties=(OWN_A,))
        say(database, "2", A, parties=(OWN_A, OTHER_B))
        assert len(rows(database, table)) == 2
        assert {row["case_id"] for row in rows(database, table)} == {None}


class TestConflicts:
    @pytest.mark.parametrize(
        ("there", "here", "kind", "by"),
        [
            ([OTHER_B], [OWN_B], "named_there", "phone"),
            ([OWN_A], [OTHER_A], "names_them", "phone"),
            ([OWN_A, OTHER_B], [OWN_B, OTHER_A], "each_other", "phone"),
            ([NAME_A], [NAMED_A], "names_them", "name"),
            ([NAME_A, OTHER_B], [NAMED_A, OWN_B], "each_other", "phone"),
        ],
    )
    def test_the_other_side_is_found(
        self, database: Database, there: list[PartyDraft], here: list[PartyDraft], kind: str, by: str
    ) -> None:
        who = account(database, "zhang")
        first = visit(database, A, *there, by=who)
        second = visit(database, B, *here)
        assert found(database, who, second) == [Conflict(first, None, None, kind, by)]

    @pytest.mark.parametrize(
        ("there", "here"),
        [
            ([OTHER_B], [OTHER_B]),  # both against the same
            ([OWN_A], [OWN_A]),
            ([OWN_B, OTHER_B], [OWN_B]),  # the same person again, who gave a number twice
            ([OWN_A], [OWN_B]),
            ([OTHER_B], []),
        ],
    )
    def test_what_is_no_conflict(self, database: Database, there: list[PartyDraft], here: list[PartyDraft]) -> None:
        who = account(database, "zhang")
        visit(database, A, *there, by=who)
        assert found(database, who, visit(database, B, *here)) == []

    def test_a_colleagues_visitors_are_none_of_it(self, database: Database) -> None:
        who, colleague = account(database, "zhang"), account(database, "li")
        visit(database, A, OWN_A, by=colleague)
        second = visit(database, B, OTHER_A)
        assert found(database, who, second) == []
        assert len(found(database, colleague, second)) == 1

    def test_for_a_year_after_the_reception(self, database: Database) -> None:
        who = account(database, "zhang")
        first = visit(database, A, OWN_A, by=who)
        second = visit(database, B, OTHER_A)
        end(database, first, who, NOW)
        _forget_records(database)
        assert len(found(database, who, second, since=NOW)) == 1
        assert found(database, who, second, since=NOW + DAY) == []

    def test_a_case_with_the_other_side_in_its_form(self, database: Database) -> None:
        who = account(database, "zhang")
        case = submitted(database, case_draft(), A)
        assert case.conversation_id is not None
        database.write_now(lambda c: note(c, case.conversation_id, case.id, [OWN_A, OTHER_B], NOW))
        _assign(database, case.id, who)
        second = visit(database, B, OWN_B)
        assert found(database, who, second) == [
            Conflict(case.conversation_id, case.id, case.number, "named_there", "phone")
        ]
        database.write_now(
            lambda c: c.execute(update(cases_table).values(state="closed", closed_at=NOW, updated_at=NOW))
        )
        assert len(found(database, who, second, since=NOW)) == 1
        assert found(database, who, second, since=NOW + DAY) == []

    def test_a_case_that_is_assigned_meets_a_visitor(self, database: Database) -> None:
        who = account(database, "zhang")
        first = visit(database, A, OWN_A, by=who)
        case = submitted(database, case_draft(), B)
        database.write_now(lambda c: note(c, case.conversation_id, case.id, [OTHER_A], NOW))
        hits = database.read_now(lambda c: conflicts(c, who.id, None, NOW - YEAR, case_id=case.id))
        assert [(one.conversation_id, one.kind) for one in hits] == [(first, "names_them")]

    def test_a_matter_is_no_conflict_with_itself(self, database: Database) -> None:
        who = account(database, "zhang")
        case = submitted(database, case_draft(), A)
        assert case.conversation_id is not None
        number: int = case.conversation_id
        database.write_now(lambda c: note(c, number, case.id, [OWN_A, OTHER_B], NOW))
        database.write_now(lambda c: note(c, number, None, [OWN_B, OTHER_A], NOW))
        _assign(database, case.id, who)
        assert found(database, who, number) == []
        assert database.read_now(lambda c: conflicts(c, who.id, number, NOW - YEAR, case_id=case.id)) == []


class TestGoing:
    def test_forgotten_with_the_person_but_for_a_case(self, database: Database) -> None:
        case = submitted(database, case_draft(), A)
        database.write_now(lambda c: note(c, case.conversation_id, case.id, [OWN_A], NOW))
        say(database, "1", A, parties=(OWN_A, OTHER_B))
        say(database, "2", B, parties=(OWN_B,))
        say(database, "forget", A, forget=True)
        assert [(row["case_id"], row["hash"][0]) for row in rows(database, table)] == [(case.id, "a"), (None, "b")]

    def test_old_ones_go_and_those_of_open_cases_stay(self, database: Database) -> None:
        open_case = submitted(database, case_draft(serial=1), A)
        old_case = submitted(database, case_draft(serial=2), A)
        where = cases_table.c.id == old_case.id
        gone = {"state": "closed", "updated_at": NOW - 500 * DAY}
        database.write_now(lambda c: c.execute(update(cases_table).where(where).values(**gone)))
        for case_id in (None, open_case.id, old_case.id):
            database.write_now(
                lambda c, case_id=case_id: note(c, open_case.conversation_id, case_id, [OWN_A], NOW - 450 * DAY)  # type: ignore[misc]
            )
        database.write_now(lambda c: note(c, open_case.conversation_id, None, [OWN_B], NOW))
        told = database.write_now(partial(purge, messages_before=NOW, runs_before=NOW - 400 * DAY))
        assert told["parties"] == 2
        assert [row["case_id"] for row in rows(database, table)] == [open_case.id, None]


def _assign(database: Database, case_id: int, who: Account) -> None:
    where = cases_table.c.id == case_id
    database.write_now(lambda c: c.execute(update(cases_table).where(where).values(assignee_id=who.id)))


def _forget_records(database: Database) -> None:
    """Nothing but the handover tells who received the resident."""
    database.write_now(lambda c: c.execute(update(conversations).values(holder_id=None)))
    assert {row["claimed_by"] for row in rows(database, handovers)} != {None}
