"""Cases on SQLite and on PostgreSQL: one form opens one case, one step is taken once, lists stay within the scope."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import Connection, select

from storage import case_lists, cases
from storage.case_records import CaseChange, CaseFilter, CaseItem, CaseRow, CaseScope
from storage.database import Database
from storage.desk_records import RatingGiven
from storage.errors import Changed
from storage.schema import attachments, case_events, consultations, inbox
from storage.schema import cases as table
from tests.case_tools import draft, now_in, read, submitted
from tests.desk_tools import account, conversation
from tests.storage_tools import DAY, HOUR, KEY, NOW, arrive, chat, commit, race, rows, say, turn
from tests.storage_tools import draft as consulted

Open = Callable[[], Database]
COUNTY = CaseScope("", 0)


def change(about: object, action: str = "accept", after: str = "accepted", **changes: object) -> CaseChange:
    return CaseChange(about.id, about.version, about.state, after, action, NOW, "王五", **changes)  # type: ignore[attr-defined,arg-type]


def _take(step: CaseChange, connection: Connection) -> CaseRow | None:
    return cases.change(connection, step)


class TestSubmit:
    def test_one_form_opens_one_case(self, database: Database) -> None:
        first = submitted(database)
        say(database, "again", case=draft(number="FY2026-YY-000099"))
        (row,) = rows(database, table)
        assert (row["number"], row["state"], row["version"]) == (first.number, "submitted", 1)
        assert [event["action"] for event in rows(database, case_events)] == ["submit"]

    def test_it_belongs_to_the_person_and_the_conversation(self, database: Database) -> None:
        case = submitted(database, draft(due_at=NOW + 7 * DAY))
        assert (case.person_key, case.channel) == (f"key-{KEY.chat}", KEY.channel)
        assert case.conversation_id == conversation(database).id
        assert (case.due_from, case.due_at) == (NOW, NOW + 7 * DAY)
        assert database.read_now(lambda c: cases.of_person(c, f"key-{KEY.chat}", 5)) == [case]
        assert database.read_now(lambda c: cases.of_conversation(c, conversation(database).id)) == [case]

    def test_the_consultation_says_where_it_led(self, database: Database) -> None:
        say(database, "asks", consultation=consulted())
        case = submitted(database)
        (row,) = rows(database, consultations)
        assert (row["id"], row["disposition"]) == (case.consultation_id, "引导法援")

    def test_a_consultation_of_last_week_stays_as_it_was(self, database: Database) -> None:
        say(database, "asks", consultation=consulted(), now=NOW - 7 * DAY)
        submitted(database)
        assert rows(database, consultations)[0]["disposition"] == "当场答复"

    def test_files_since_the_form_began_belong_to_it(self, database: Database) -> None:
        for name in ("before", "while"):
            say(database, name)
        (_, since) = [row["id"] for row in rows(database, inbox)]
        place = {"conversation_id": conversation(database).id, "state": "wanted", "media_type": "", "size": 0}
        place |= {"uploaded_by": "当事人", "created_at": NOW, "attempts": 0}
        files = [{**place, "inbox_id": number, "source": "s", "name": str(number)} for number in (since - 1, since)]
        database.write_now(lambda c: c.execute(attachments.insert(), files))
        case = submitted(database, draft(files_since=since))
        assert [row["case_id"] for row in rows(database, attachments)] == [None, case.id]


class TestByStaff:
    def test_the_same_page_sent_twice_opens_one(self, database: Database) -> None:
        say(database, "1")
        about, wang = conversation(database), account(database, "wang")
        wanted = draft(origin="desk:abc", number="")

        def work(connection: Connection) -> tuple[CaseRow, bool]:
            by = (wang.id, "王五")
            return cases.open_by_staff(connection, wanted, about, "p", by, lambda row: f"FY2026-YY-D{row:06d}", NOW)

        (first, fresh), (second, again) = database.write_now(work), database.write_now(work)
        assert (fresh, again) == (True, False)
        assert first == second
        assert first.number == f"FY2026-YY-D{first.id:06d}"
        (event,) = database.read_now(lambda c: cases.events(c, first.id))
        assert (event.action, event.actor, event.account_id) == ("open", "王五", wang.id)


class TestChange:
    def test_one_of_many_racing_steps_is_taken(self, database: Database, replica: Open) -> None:
        case = submitted(database)
        steps = [change(case, text=str(number)) for number in range(20)]
        told = race([partial(_take, step) for step in steps], [database, replica()])
        assert len([row for row in told if row is not None]) == 1
        assert read(database, case).version == 2
        assert [event["action"] for event in rows(database, case_events)] == ["submit", "accept"]

    def test_nothing_is_written_from_another_state(self, database: Database) -> None:
        case = submitted(database)
        step = replace(change(case), before="accepted")
        assert database.write_now(lambda c: cases.change(c, step)) is None
        assert read(database, case) == case

    def test_values_and_history(self, database: Database) -> None:
        case = submitted(database)
        step = change(case, text="材料齐", detail={"a": 1}, values={"accepted_at": NOW, "details": {"类别": "刑事"}})
        after = database.write_now(lambda c: cases.change(c, step))
        assert after is not None
        assert (after.accepted_at, after.details) == (NOW, {"类别": "刑事"})
        event = database.read_now(lambda c: cases.events(c, case.id))[-1]
        assert (event.before, event.after, event.text, event.detail) == ("submitted", "accepted", "材料齐", {"a": 1})
        assert database.read_now(lambda c: cases.newest_told(c, case.id, "accept")) == "材料齐"
        assert database.read_now(lambda c: cases.newest_told(c, case.id, "reject")) == ""

    def test_a_residents_own_step_is_done_anew_when_staff_were_first(self, database: Database) -> None:
        case = submitted(database)
        database.write_now(lambda c: cases.change(c, change(case)))
        held = arrive(database, "withdraws")
        with pytest.raises(Changed):
            commit(database, turn(held, case_change=change(case, "withdraw", "withdrawn")))
        assert read(database, case).state == "accepted"
        assert rows(database, inbox)[-1]["state"] == "new"


class TestRated:
    def test_a_grade_moves_a_closed_case_on_once(self, database: Database) -> None:
        case = now_in(database, submitted(database), "closed", closed_at=NOW)
        for name in ("good", "better"):
            say(database, name, rating=RatingGiven("case", case.id, 5))
        assert read(database, case).state == "rated"
        assert [event["action"] for event in rows(database, case_events)] == ["submit", "rate"]

    def test_not_from_another_conversation(self, database: Database) -> None:
        case = now_in(database, submitted(database), "closed", closed_at=NOW)
        say(database, "other", chat("other"), rating=RatingGiven("case", case.id, 1))
        assert read(database, case).state == "closed"


class TestLists:
    def test_the_urgent_first_then_by_limit_page_by_page(self, database: Database) -> None:
        dues = [None, NOW + 3 * DAY, NOW + DAY, NOW + 2 * DAY, None, NOW + DAY]
        for serial, due_at in enumerate(dues, 1):
            submitted(database, draft(serial=serial, due_at=due_at, urgent=serial in (4, 5)))
        seen: list[CaseItem] = []
        after = None
        while True:
            page = database.read_now(lambda c, a=after: case_lists.by_limit(c, COUNTY, CaseFilter(), a, 2))  # type: ignore[misc]
            if not page:
                break
            seen += page
            after = case_lists.position(page[-1])
        assert [int(item.number[-6:]) for item in seen] == [4, 5, 3, 6, 2, 1]

    def test_a_unit_sees_its_own_and_what_is_assigned_to_oneself(self, database: Database) -> None:
        wang = account(database, "wang", unit="麻旺镇")
        theirs = submitted(database, draft("mediation", 1, unit="麻旺镇"))
        submitted(database, draft("mediation", 2))
        given = now_in(database, submitted(database, draft("mediation", 3)), "assigned", assignee_id=wang.id)
        scope = CaseScope("麻旺镇", wang.id)
        found = database.read_now(lambda c: case_lists.newest(c, scope, CaseFilter(), None, 10))
        assert [item.id for item in found] == [given.id, theirs.id]
        assert database.read_now(lambda c: case_lists.counts(c, scope, NOW)).open == 2

    def test_narrowed(self, database: Database) -> None:
        wang = account(database, "wang")
        aid = submitted(database, draft(serial=1, phone_hash="h1", due_at=NOW - HOUR))
        safe = submitted(database, draft("mediation", 2, title="调解：老板", safe_mode=True))
        mine = now_in(
            database, submitted(database, draft("visit", 3, title="上门%服务")), "assigned", assignee_id=wang.id
        )
        ended = now_in(database, submitted(database, draft("appeal", 4, title="路灯")), "closed")

        def ids(**wanted: object) -> set[int]:
            chosen = CaseFilter(**wanted)  # type: ignore[arg-type]
            return {item.id for item in database.read_now(lambda c: case_lists.newest(c, COUNTY, chosen, None, 9))}

        assert ids() == {aid.id, safe.id, mine.id, ended.id}
        assert ids(kinds=("mediation", "visit")) == {safe.id, mine.id}
        assert ids(states=("closed",)) == {ended.id}
        assert ids(assignee_id=wang.id) == {mine.id}
        assert ids(unassigned=True) == {aid.id, safe.id, ended.id}
        assert ids(overdue_at=NOW) == {aid.id}
        assert ids(phone_hash="h1") == {aid.id}
        assert ids(words="老板") == {aid.id}  # titles in safe mode are not searched
        assert ids(words=safe.number[-3:]) == {safe.id}
        assert ids(words="%") == {mine.id}
        counts = database.read_now(lambda c: case_lists.counts(c, CaseScope("", wang.id), NOW))
        assert (counts.open, counts.submitted, counts.overdue, counts.mine, counts.pending_review) == (3, 2, 1, 1, 0)


def test_a_case_is_found_by_its_number(database: Database) -> None:
    case = submitted(database)
    assert database.read_now(lambda c: cases.by_number(c, case.number)) == case
    assert database.read_now(lambda c: cases.by_number(c, "FY2026-YY-999999")) is None
    assert database.read_now(lambda c: c.scalar(select(table.c.origin))) == "form:1"
