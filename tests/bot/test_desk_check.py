"""The doctor on the desk: accounts, roster, calendar, directory, and who waits."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.config import Settings
from bot.desk_check import examine_desk
from bot.desk_settings import Desk
from bot.doctor import BAD, HINT, examine_clock
from handlers.county import County
from handlers.stations import known_stations
from knowledge.entry import Township
from storage import calendar, roster, workstations
from storage.database import Database
from storage.roster import Shift
from tests.desk_tools import account, asks_for_a_person
from tests.storage_tools import DAY, HOUR, NOW, chat

NOVEMBER = NOW.replace(month=11, day=2)


def findings(database: Database, *, at: timedelta = timedelta(), desk: Desk | None = None) -> list[str]:
    settings = Settings(desk=desk or Desk())
    return [str(finding) for finding in examine_desk(database, settings, NOW + at)]


def about(told: list[str], word: str) -> list[str]:
    return [line for line in told if f"] {word}" in line]


def test_a_desk_without_anybody_is_told(database: Database) -> None:
    account(database, "root", "administrator")
    (line,) = about(findings(database), "工作台")
    assert line.startswith(f"[{HINT}]")
    assert "转人工没人能接" in line


def test_a_desk_with_people_and_a_roster_is_good(database: Database) -> None:
    ann = account(database, "ann")
    good, hint = about(findings(database), "工作台")
    assert (good[:3], "没有主管" in hint) == ("[好]", True)
    account(database, "head", "supervisor")
    assert about(findings(database), "工作台") == ["[好] 工作台：2 个账号能接待，其中主管 1 个"]
    assert len(about(findings(database), "值班表")) == 1
    today = date(2026, 9, 1)
    database.write_now(lambda c: roster.add(c, Shift("", today + timedelta(days=6), "09:00", "12:00", ann.id)))
    assert about(findings(database), "值班表") == []
    assert len(about(findings(database, at=7 * DAY), "值班表")) == 1


@pytest.mark.parametrize(("later", "grade", "words"), [(HOUR, HINT, "2 件"), (HOUR * 1.5, BAD, "2 件过了承诺")])
def test_who_waits_past_the_promise_is_a_problem(database: Database, later: timedelta, grade: str, words: str) -> None:
    for name in ("a", "b"):
        asks_for_a_person(database, f"RG-{name}", chat(name))
    (line,) = about(findings(database, at=later), "转人工")
    assert line.startswith(f"[{grade}]")
    assert words in line


def test_from_november_on_the_next_year_has_to_be_known(database: Database) -> None:
    to_november, to_next_year = NOVEMBER - NOW, NOW.replace(year=2027) - NOW
    assert about(findings(database), "工作日历") == []
    for later in (to_november, to_next_year):
        (line,) = about(findings(database, at=later), "工作日历")
        assert line.startswith(f"[{HINT}] 工作日历：2027 年")
    in_settings = Desk(working_days=(date(2027, 2, 20),))
    assert about(findings(database, at=to_november, desk=in_settings), "工作日历") == []
    who = account(database, "root", "administrator").id
    database.write_now(lambda c: calendar.set_day(c, date(2027, 10, 8), True, "周五", who, NOW))
    assert len(about(findings(database, at=to_november), "工作日历")) == 1  # a weekday moves nothing
    database.write_now(lambda c: calendar.set_day(c, date(2027, 10, 9), True, "国庆调休", who, NOW))
    assert about(findings(database, at=to_november), "工作日历") == []


def test_what_the_directory_lacks_is_told(database: Database) -> None:
    assert "还没有建" in about(findings(database), "工作站名录")[0]
    county = County("酉阳县", "法问", "YY")
    known = known_stations(county, [Township(name="龙潭镇"), Township(name="麻旺镇")])
    database.write_now(lambda c: workstations.seed(c, known, NOW))
    assert "3 个缺地址" in about(findings(database), "工作站名录")[0]
    for row in database.read_now(workstations.everything):
        full = replace(row.facts, address="新街1号", phone="023-1")
        database.write_now(lambda c, r=row, f=full: workstations.edit(c, r.id, f, r.updated_at, NOW))  # type: ignore[misc]
    assert about(findings(database, at=90 * DAY), "工作站名录") == []
    assert "3 个" in about(findings(database, at=91 * DAY), "工作站名录")[0]


def test_hours_that_are_shown_know_what_was_entered(database: Database) -> None:
    who = account(database, "root", "administrator").id
    assert "现在上班" in list(examine_clock(database, Settings(), NOW))[1].text
    database.write_now(lambda c: calendar.set_day(c, date(2026, 9, 1), False, "停电", who, NOW))
    assert "现在下班" in list(examine_clock(database, Settings(), NOW))[1].text


def test_a_database_that_is_not_there_yet_is_no_second_problem(
    bare_url: str, opened: Callable[[str], Database]
) -> None:
    assert findings(opened(bare_url)) == []
