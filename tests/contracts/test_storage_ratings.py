"""好差评 on SQLite and on PostgreSQL: asked once, graded by who was asked, followed up where it was bad."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from storage import ratings
from storage.database import Database
from storage.desk_records import RatingGiven
from storage.rating_register import counts, listed, read_line
from storage.schema import cases as cases_table
from storage.schema import consultations, conversations, handovers
from storage.schema import ratings as table
from tests.case_tools import draft as case_draft
from tests.case_tools import now_in, submitted
from tests.desk_tools import account
from tests.rating_tools import asked, closed, conversation_id, grade, rating
from tests.storage_tools import DAY, KEY, MINUTE, NOW, chat, race, rows, say

OTHER = chat("somebody else")


def ask(database: Database, handover: int, **more: Any) -> bool:
    return database.write_now(lambda c: ratings.ask(c, "handover", handover, NOW, **more))


def stands(database: Database, **values: Any) -> None:
    """Put the conversation of KEY into a state."""
    where = conversations.c.chat == KEY.chat
    database.write_now(lambda c: c.execute(update(conversations).where(where).values(**values)))


class TestAsk:
    def test_once_about_one_thing(self, database: Database) -> None:
        handover = closed(database)
        assert ask(database, handover)
        assert not ask(database, handover)
        (row,) = rows(database, table)
        assert (row["object_kind"], row["object_id"], row["channel"]) == ("handover", handover, KEY.channel)
        assert row["account_id"] is not None
        assert row["consultation_id"] is not None
        assert (row["asked_at"], row["grade"], row["follow_up"]) == (NOW, None, "none")

    def test_once_however_many_ask_at_the_same_moment(self, database: Database) -> None:
        handover = closed(database)
        works = [partial(ratings.ask, object_kind="handover", object_id=handover, now=NOW)] * 8
        assert sorted(race(works, [database])) == [False] * 7 + [True]

    def test_what_does_not_exist_is_not_asked_about(self, database: Database) -> None:
        assert not ask(database, 99)

    @pytest.mark.parametrize(
        ("values", "free", "expected"),
        [
            ({"safe_mode": True}, False, False),
            ({"safe_mode": True}, True, False),
            ({"unreachable": "blocked"}, True, False),
            ({"window_until": NOW, "window_left": 5}, True, False),
            ({"window_until": NOW + MINUTE, "window_left": 1}, False, False),
            ({"window_until": NOW + MINUTE, "window_left": 0}, False, False),
            ({"window_until": NOW + MINUTE, "window_left": 1}, True, True),
            ({"window_until": NOW + MINUTE, "window_left": 2}, False, True),
        ],
        ids=str,
    )
    def test_never_in_safe_mode_nor_with_the_last_message(
        self, database: Database, values: dict[str, Any], free: bool, expected: bool
    ) -> None:
        handover = closed(database)
        stands(database, **values)
        assert ask(database, handover, free=free) is expected
        assert len(rows(database, table)) == expected

    def test_a_case_in_safe_mode_is_not_asked_about(self, database: Database) -> None:
        case = submitted(database, case_draft(safe_mode=True))
        assert not database.write_now(lambda c: ratings.ask(c, "case", case.id, NOW))

    def test_a_case_is_asked_about_where_it_was_submitted(self, database: Database) -> None:
        case = submitted(database)
        assert database.write_now(lambda c: ratings.ask(c, "case", case.id, NOW))
        (row,) = rows(database, table)
        assert (row["object_kind"], row["case_id"], row["conversation_id"]) == (
            "case",
            case.id,
            conversation_id(database),
        )


class TestGive:
    def test_a_grade_is_the_satisfaction_of_its_consultation(self, database: Database) -> None:
        handover = asked(database)
        grade(database, handover, 5)
        assert (rating(database, handover).grade, rating(database, handover).graded_at) == (5, NOW)
        assert [row["satisfaction"] for row in rows(database, consultations)] == ["很满意"]

    def test_it_may_be_changed_for_ten_minutes(self, database: Database) -> None:
        handover = asked(database)
        grade(database, handover, 5)
        grade(database, handover, 3, now=NOW + 9 * MINUTE)
        assert (rating(database, handover).grade, rating(database, handover).graded_at) == (3, NOW)
        grade(database, handover, 1, now=NOW + 10 * MINUTE)
        assert rating(database, handover).grade == 3
        assert [row["satisfaction"] for row in rows(database, consultations)] == ["基本满意"]

    def test_the_same_grade_twice_changes_nothing(self, database: Database) -> None:
        handover = asked(database)
        grade(database, handover, 4)
        given = RatingGiven("handover", handover, 4)
        again = database.write_now(lambda c: ratings.give(c, conversation_id(database), given, NOW + MINUTE))
        assert again is None
        assert rating(database, handover).graded_at == NOW

    def test_nobody_grades_what_another_was_asked(self, database: Database) -> None:
        handover = asked(database)
        say(database, "hello", OTHER)
        grade(database, handover, 1, OTHER)
        assert rating(database, handover).grade is None
        assert rows(database, consultations)[0]["satisfaction"] is None

    def test_nobody_grades_what_was_not_asked(self, database: Database) -> None:
        handover = closed(database)
        grade(database, handover, 5)
        assert rows(database, table) == []

    @pytest.mark.parametrize(("value", "follow_up"), [(5, "none"), (3, "none"), (2, "open"), (1, "open")])
    def test_a_bad_grade_opens_a_follow_up(self, database: Database, value: int, follow_up: str) -> None:
        handover = asked(database)
        grade(database, handover, value)
        assert rating(database, handover).follow_up == follow_up

    def test_nobody_is_talked_out_of_a_follow_up(self, database: Database) -> None:
        handover = asked(database)
        grade(database, handover, 1)
        grade(database, handover, 5, now=NOW + MINUTE)
        assert (rating(database, handover).grade, rating(database, handover).follow_up) == (5, "open")

    def test_a_reason_goes_with_a_bad_grade_once(self, database: Database) -> None:
        handover = asked(database)
        because = RatingGiven("handover", handover, reason="等太久")
        say(database, "too early", rating=because)
        grade(database, handover, 4)
        say(database, "with a good one", rating=because)
        assert rating(database, handover).reason is None
        grade(database, handover, 2, now=NOW + MINUTE)
        say(database, "now", rating=because)
        say(database, "again", rating=RatingGiven("handover", handover, reason="还有"))
        assert rating(database, handover).reason == "等太久"

    def test_the_grade_of_a_case_brings_it_on(self, database: Database) -> None:
        case = now_in(database, submitted(database), "closed")
        database.write_now(lambda c: ratings.ask(c, "case", case.id, NOW))
        say(database, "grades the case", rating=RatingGiven("case", case.id, 4))
        assert rows(database, cases_table)[0]["state"] == "rated"


class TestFollowUp:
    def test_it_is_closed_once_and_with_a_result(self, database: Database) -> None:
        handover = asked(database)
        grade(database, handover, 1)
        boss = account(database, "boss", "supervisor")
        number = rating(database, handover).id
        close = partial(ratings.follow_up_close, rating_id=number, account_id=boss.id, now=NOW + DAY)
        with pytest.raises(ValueError, match="result"):
            database.write_now(partial(close, result="  "))
        done = database.write_now(partial(close, result="已电话道歉，重新答复"))
        assert done is not None
        assert done.follow_up == "closed"
        assert database.write_now(partial(close, result="再来一次")) is None
        (line,) = database.read_now(partial(listed, follow_up="closed"))
        assert (line.follow_up_by, line.follow_up_at) == ("boss", NOW + DAY)
        assert line.follow_up_result == "已电话道歉，重新答复"

    def test_there_is_none_of_a_good_grade(self, database: Database) -> None:
        handover = asked(database)
        grade(database, handover, 5)
        number = rating(database, handover).id
        assert database.write_now(lambda c: ratings.follow_up_close(c, number, 1, "x", NOW)) is None


class TestRegister:
    def test_the_newest_first_page_by_page(self, database: Database) -> None:
        who = account(database, "zhang")
        for number in range(5):
            asked(database, f"RG-{number}", chat(str(number)), who)
        first = database.read_now(partial(listed, limit=2))
        assert [line.number for line in first] == ["RG-4", "RG-3"]
        second = database.read_now(partial(listed, limit=2, before_id=first[-1].rating.id))
        assert [line.number for line in second] == ["RG-2", "RG-1"]
        assert {line.staff for line in first} == {"zhang"}

    def test_a_workstation_sees_its_own_and_what_its_staff_did(self, database: Database) -> None:
        mine, other = account(database, "mine", unit="龙潭镇"), account(database, "other")
        asked(database, "RG-here", KEY, other)
        stands(database, township="龙潭镇")
        _set_township(database, "RG-here", "龙潭镇")
        asked(database, "RG-mine", chat("2"), mine)
        asked(database, "RG-theirs", chat("3"), other)
        seen = database.read_now(partial(listed, unit="龙潭镇", staff_id=mine.id))
        assert [line.number for line in seen] == ["RG-mine", "RG-here"]
        assert [line.number for line in database.read_now(partial(listed, unit="龙潭镇"))] == ["RG-here"]
        assert len(database.read_now(listed)) == 3
        assert database.read_now(partial(counts, unit="龙潭镇")).asked == 1

    def test_a_matter_in_safe_mode_is_marked(self, database: Database) -> None:
        handover = asked(database)
        stands(database, safe_mode=True)
        line = database.read_now(lambda c: read_line(c, rating(database, handover).id))
        assert line is not None
        assert line.safe_mode
        assert database.read_now(lambda c: read_line(c, 99)) is None

    def test_who_did_not_answer_is_not_counted_as_content(self, database: Database) -> None:
        who = account(database, "zhang")
        handovers = [asked(database, f"RG-{number}", chat(str(number)), who) for number in range(6)]
        for number, value in enumerate((5, 5, 3, 1)):
            grade(database, handovers[number], value, chat(str(number)))
        found = database.read_now(partial(counts, since=NOW, until=NOW + MINUTE))
        assert (found.asked, found.graded, found.good) == (6, 4, 3)
        assert (found.grades, found.follow_ups_open) == ({5: 2, 3: 1, 1: 1}, 1)
        assert database.read_now(partial(counts, since=NOW + MINUTE)).asked == 0
        bad = database.read_now(partial(listed, grades=(1, 2)))
        assert [line.number for line in bad] == ["RG-3"]
        assert len(database.read_now(partial(listed, follow_up="open"))) == 1


def test_forgetting_cuts_a_rating_loose_and_keeps_the_figure(database: Database) -> None:
    handover = asked(database)
    grade(database, handover, 1)
    say(database, "because", rating=RatingGiven("handover", handover, reason="态度不好"))
    say(database, "forget", forget=True)
    (row,) = rows(database, table)
    assert (row["grade"], row["reason"], row["conversation_id"]) == (1, None, None)
    grade(database, handover, 5, now=NOW + timedelta(minutes=1))
    assert rating(database, handover).grade == 1


def _set_township(database: Database, number: str, township: str) -> None:
    where = handovers.c.number == number
    database.write_now(lambda c: c.execute(update(handovers).where(where).values(township=township)))
