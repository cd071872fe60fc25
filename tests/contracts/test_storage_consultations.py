"""One legal matter of one person is one consultation 人次, on SQLite and on PostgreSQL."""

import tracemalloc
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from storage.consultations import between, of_person
from storage.database import Database
from storage.records import Feedback
from storage.schema import consultations
from tests.storage_tools import (
    DAY,
    HOUR,
    KEY,
    NOW,
    SECOND,
    arrive,
    chat,
    commit,
    draft,
    rows,
    say,
    turn,
    write_consultations,
)


def records(database: Database, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows(database, consultations)]


def opened(database: Database, start: datetime | None, end: datetime | None) -> list[str]:
    return database.read_now(lambda connection: [row.number for row in between(connection, start, end)])


class TestOneMatterOnce:
    def test_same_topic_within_a_day_is_continued(self, database: Database) -> None:
        say(database, "1", consultation=draft())
        say(database, "2", consultation=draft(), now=NOW + 24 * HOUR - SECOND)
        assert records(database, "messages", "people", "opened_at", "last_at") == [
            (2, 1, NOW, NOW + 24 * HOUR - SECOND)
        ]

    def test_same_topic_after_a_day_is_a_new_matter(self, database: Database) -> None:
        say(database, "1", consultation=draft())
        say(database, "2", consultation=draft(), now=NOW + 24 * HOUR)
        assert records(database, "messages", "people") == [(1, 1), (1, 1)]

    def test_another_topic_or_person_is_another_matter(self, database: Database) -> None:
        say(database, "1", consultation=draft())
        say(database, "2", consultation=draft("labor.overtime"))
        say(database, "3", key=chat("somebody else"), consultation=draft())
        assert records(database, "topic", "people") == [
            ("labor.wages", 1), ("labor.overtime", 1), ("labor.wages", 1),
        ]  # fmt: skip

    def test_same_person_in_another_chat_is_the_same_matter(self, database: Database) -> None:
        say(database, "1", consultation=draft())
        say(database, "2", key=chat("their other device"), consultation=draft(), person_key="key-resident")
        assert records(database, "messages", "people") == [(2, 1)]

    def test_what_is_learnt_later_is_added_and_nothing_is_taken_back(self, database: Database) -> None:
        say(database, "1", consultation=draft(urgent=True))
        say(database, "2", consultation=draft(township="龙潭镇", group_matter=True))
        say(database, "3", consultation=draft(township="麻旺镇"))
        assert records(database, "township", "urgent", "group_matter") == [("龙潭镇", True, True)]

    def test_questions_without_a_topic_all_stand_in_their_record(self, database: Database) -> None:
        say(database, "1", consultation=draft("", summary="牛被偷了"))
        say(database, "2", consultation=draft("", summary="井水变浑了"))
        assert records(database, "summary", "people") == [("牛被偷了；井水变浑了", 1)]

    def test_handing_over_changes_the_record_and_an_answer_does_not_change_it_back(self, database: Database) -> None:
        say(database, "1", consultation=draft())
        say(database, "2", consultation=draft(disposition="转人工", status="待人工"))
        say(database, "3", consultation=draft())
        assert records(database, "disposition", "status", "messages") == [("转人工", "待人工", 3)]

    def test_wrong_topic_is_corrected_and_counted_once(self, database: Database) -> None:
        say(database, "1", consultation=draft(summary="老板跑了"))
        say(database, "2", feedback=Feedback("labor.wages", "other_case"))
        number = records(database, "number")
        say(database, "3", consultation=draft("labor.contract", summary="选 2", replaces="labor.wages"))
        assert records(database, "topic", "title", "people", "messages", "summary", "feedback") == [
            ("labor.contract", "labor.contract？", 1, 2, "老板跑了", None)
        ]
        assert records(database, "number") == number
        assert "labor.wages？" in records(database, "remark")[0][0]

    def test_wrong_record_is_merged_where_the_right_one_exists(self, database: Database) -> None:
        say(database, "1", consultation=draft("labor.contract"))
        say(database, "2", consultation=draft("labor.wages"))
        say(database, "3", consultation=draft("labor.contract", replaces="labor.wages"))
        assert records(database, "topic", "people", "messages", "status") == [
            ("labor.contract", 1, 2, "已答复"),
            ("labor.wages", 0, 1, "已合并"),
        ]
        kept, merged = rows(database, consultations)
        assert kept["number"] in merged["remark"]
        assert opened(database, None, None) == [kept["number"]]
        assert [row.id for row in database.read_now(partial(of_person, person_key="key-resident", limit=9))] == [
            kept["id"]
        ]

    def test_merged_record_is_not_continued(self, database: Database) -> None:
        say(database, "1", consultation=draft("labor.contract"))
        say(database, "2", consultation=draft("labor.wages"))
        say(database, "3", consultation=draft("labor.contract", replaces="labor.wages"))
        say(database, "4", consultation=draft("labor.wages"))
        assert records(database, "topic", "people") == [("labor.contract", 1), ("labor.wages", 0), ("labor.wages", 1)]

    def test_replacing_what_is_not_there_opens_a_record(self, database: Database) -> None:
        say(database, "1", consultation=draft("labor.contract", replaces="labor.wages"))
        assert records(database, "topic", "people") == [("labor.contract", 1)]

    def test_township_is_the_matters_else_the_conversations_else_unknown(self, database: Database) -> None:
        say(database, "1", consultation=draft("a"))
        say(database, "2", consultation=draft("b"), township="龙潭镇")
        say(database, "3", consultation=draft("c", township="酉酬镇"))
        assert records(database, "township") == [("不详",), ("龙潭镇",), ("酉酬镇",)]

    def test_everything_of_the_draft_is_kept(self, database: Database) -> None:
        cite = {"law": "劳动合同法", "article": [30], "edition": "2012-12-28"}
        told = draft(
            cites=(cite,), candidates=({"id": "labor.wages", "score": 0.9},), client_types=("农民工",), urgent=True,
            group_matter=True, minor=True, score=0.75, knowledge_version="v7",
        )  # fmt: skip
        say(database, "1", consultation=told)
        (row,) = rows(database, consultations)
        assert row["cites"] == [cite]
        assert row["candidates"] == [{"id": "labor.wages", "score": 0.9}]
        assert (row["client_types"], row["urgent"], row["group_matter"], row["minor"]) == (["农民工"], True, True, True)
        assert (row["score"], row["knowledge_version"], row["channel"]) == (0.75, "v7", KEY.channel)


class TestNumbers:
    def test_numbers_are_unique_and_bear_the_bureaus_code(self, database: Database) -> None:
        for number in range(5):
            say(database, str(number), consultation=draft(f"t{number}"))
        numbers = [number for (number,) in records(database, "number")]
        assert len(set(numbers)) == 5
        assert all(number.startswith("ZX2026-YY-") and len(number) == 16 for number in numbers)

    @pytest.mark.parametrize(("minute", "year"), [(59, 2026), (60, 2027)])
    def test_year_is_that_of_the_bureau_on_new_years_night(self, database: Database, minute: int, year: int) -> None:
        midnight_at_the_bureau = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
        now = midnight_at_the_bureau + (minute - 60) * 60 * SECOND
        commit(database, turn(arrive(database, "1"), consultation=draft(), now=now))
        assert records(database, "number")[0][0].startswith(f"ZX{year}-")


class TestFeedback:
    def test_newest_record_of_the_topic_bears_it(self, database: Database) -> None:
        say(database, "1", consultation=draft())
        say(database, "2", consultation=draft(), now=NOW + DAY)
        say(database, "3", key=chat("somebody else"), consultation=draft())
        say(database, "4", feedback=Feedback("labor.wages", "useful"))
        assert records(database, "feedback") == [(None,), ("useful",), (None,)]

    def test_of_nothing_changes_nothing(self, database: Database) -> None:
        say(database, "1", consultation=draft(), feedback=Feedback("labor.other", "useful"))
        assert records(database, "feedback") == [(None,)]


class TestReading:
    def test_of_person_gives_their_newest_first(self, database: Database) -> None:
        for number in range(4):
            say(database, str(number), consultation=draft(f"t{number}"))
        say(database, "x", key=chat("somebody else"), consultation=draft("theirs"))
        found = database.read_now(partial(of_person, person_key="key-resident", limit=3))
        assert [row.values["topic"] for row in found] == ["t3", "t2", "t1"]
        assert found[0].opened_at == NOW
        assert (found[0].title, found[0].status) == ("t3？", "已答复")

    def test_between_includes_the_start_and_excludes_the_end(self, database: Database) -> None:
        september, october = datetime(2026, 8, 31, 16, tzinfo=UTC), datetime(2026, 9, 30, 16, tzinfo=UTC)
        times = [september - SECOND, september, october - SECOND, october]
        for number, opened_at in enumerate(times):
            say(database, str(number), consultation=draft(f"t{number}"), now=opened_at)
        first, second, third, fourth = opened(database, None, None)
        assert opened(database, september, october) == [second, third]
        assert opened(database, october, None) == [fourth]
        assert opened(database, None, september) == [first]

    def test_between_reads_in_constant_memory(self, database: Database) -> None:
        write_consultations(database, 3000, summary="长" * 2000)
        counts = {}

        def paged(connection: Any) -> None:
            ledger = between(connection, None, None, chunk=50)
            if not database.is_sqlite:
                next(ledger)
                assert connection.execute(text("SELECT count(*) FROM pg_cursors")).scalar() == 1  # rows stay there
            tracemalloc.start()
            try:
                counts["rows"] = sum(1 for _ in ledger)
                counts["peak"] = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        database.read_now(paged)
        assert counts["rows"] in (2999, 3000)
        assert counts["peak"] < 2_000_000  # everything at once would be 12 MB
