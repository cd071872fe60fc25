"""The console's own tables on SQLite and on PostgreSQL: work calendar, duty roster, directory of workstations."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from storage import accounts, calendar, roster, workstations
from storage.account_records import NewAccount
from storage.database import Database
from storage.roster import Shift
from storage.schema import duties
from storage.schema import workstations as table
from storage.workstations import StationFacts, Workstation
from tests.storage_tools import DAY, MINUTE, NOW, race, rows

T = TypeVar("T")
ZONE = ZoneInfo("Asia/Shanghai")
LONGTAN, MONDAY = "龙潭镇", date(2026, 9, 7)
STATION = StationFacts("龙潭镇公共法律服务工作站", "station", LONGTAN, "旧街2号")


def write(database: Database, work: Callable[[Connection], T]) -> T:
    return database.write_now(work)


def account(database: Database, login: str, unit: str = LONGTAN, *, disabled: bool = False) -> int:
    made = write(database, lambda c: accounts.create(c, NewAccount(login, login.title(), ("desk",), unit, "x"), NOW))
    assert made is not None
    if disabled:
        write(database, lambda c: accounts.disable(c, made.id, NOW, None, "test"))
    return made.id


class TestCalendar:
    def test_a_day_is_what_was_said_of_it_last(self, database: Database) -> None:
        somebody, other = account(database, "ann"), account(database, "bo")
        for day, working, note, who in (
            (date(2027, 2, 20), True, "春节调休", somebody),
            (date(2026, 11, 3), False, "州庆", somebody),
            (date(2026, 11, 3), True, "不放了", other),
        ):
            write(database, partial(calendar.set_day, day=day, working=working, note=note, account_id=who, now=NOW))
        assert database.read_now(calendar.overrides) == {date(2026, 11, 3): True, date(2027, 2, 20): True}
        shown = database.read_now(lambda c: calendar.days_from(c, date(2026, 11, 3)))
        assert [(day.day.month, day.note, day.updated_by) for day in shown] == [
            (11, "不放了", "Bo"),
            (2, "春节调休", "Ann"),
        ]
        assert database.read_now(lambda c: calendar.days_from(c, date(2026, 11, 4))) == shown[1:]

    def test_what_was_said_can_be_taken_back_once(self, database: Database) -> None:
        day, who = date(2026, 11, 3), account(database, "ann")
        write(database, lambda c: calendar.set_day(c, day, False, "州庆" * 99, who, NOW))
        assert [write(database, lambda c: calendar.clear_day(c, day)) for _ in range(2)] == [True, False]
        assert database.read_now(calendar.overrides) == {}

    def test_two_administrators_at_once_both_succeed(self, database: Database) -> None:
        day, who = date(2026, 11, 3), account(database, "ann")
        works = [
            lambda c, working=working: calendar.set_day(c, day, working, "", who, NOW) for working in (True, False) * 4
        ]
        race(works, [database])
        assert len(database.read_now(calendar.overrides)) == 1


class TestRoster:
    def test_a_week_shows_who_is_on_duty_in_order(self, database: Database) -> None:
        ann, bo = account(database, "ann"), account(database, "bo")
        self.add(database, ann, MONDAY, "14:00", "18:00")
        self.add(database, bo, MONDAY, "09:00", "12:00")
        self.add(database, ann, MONDAY + 6 * DAY, "20:00", "24:00")
        self.add(database, bo, MONDAY + 7 * DAY, "09:00", "12:00")
        self.add(database, bo, MONDAY, "14:00", "18:00", unit="")
        week = database.read_now(lambda c: roster.of_week(c, LONGTAN, MONDAY))
        told = [(duty.name, duty.shift.day.day, duty.shift.start) for duty in week]
        assert told == [("Bo", 7, "09:00"), ("Ann", 7, "14:00"), ("Ann", 13, "20:00")]
        assert [duty.name for duty in self.day(database, MONDAY, unit="")] == ["Bo"]
        assert self.day(database, MONDAY + DAY) == []

    def test_nobody_is_on_duty_twice_at_a_time(self, database: Database) -> None:
        ann, bo = account(database, "ann"), account(database, "bo")
        assert self.add(database, ann, MONDAY, "09:00", "12:00") is None
        for start, end, unit in (("09:00", "12:00", LONGTAN), ("11:59", "13:00", ""), ("08:00", "18:00", "")):
            other = self.add(database, ann, MONDAY, start, end, unit=unit)
            assert other is not None
            assert (other.shift.unit, other.shift.start) == (LONGTAN, "09:00")
        assert self.add(database, ann, MONDAY, "12:00", "13:00") is None
        assert self.add(database, ann, MONDAY + DAY, "09:00", "12:00") is None
        assert self.add(database, bo, MONDAY, "09:00", "12:00") is None
        assert len(rows(database, duties)) == 4

    def test_the_same_shift_set_at_once_is_there_once(self, database: Database) -> None:
        shift = Shift(LONGTAN, MONDAY, "09:00", "12:00", account(database, "ann"))
        race([lambda c: roster.add(c, shift)] * 8, [database])
        assert len(rows(database, duties)) == 1

    def test_removed_is_removed_once(self, database: Database) -> None:
        self.add(database, account(database, "ann"), MONDAY, "09:00", "12:00")
        (duty,) = self.day(database, MONDAY)
        assert [write(database, lambda c: roster.remove(c, duty.id)) for _ in range(2)] == [duty, None]
        assert self.day(database, MONDAY) == []

    def test_a_week_is_repeated_beside_what_is_there(self, database: Database) -> None:
        ann, bo, gone = account(database, "ann"), account(database, "bo"), account(database, "gone", disabled=True)
        for who, start in ((ann, "09:00"), (bo, "14:00"), (gone, "08:00")):
            self.add(database, who, MONDAY + 2 * DAY, start, "18:00")
        self.add(database, ann, MONDAY + 9 * DAY, "10:00", "11:00")
        copied = [write(database, lambda c: roster.copy_week(c, LONGTAN, MONDAY, MONDAY + 7 * DAY)) for _ in range(2)]
        assert copied == [1, 0]
        assert [duty.name for duty in self.day(database, MONDAY + 9 * DAY)] == ["Ann", "Bo"]

    @pytest.mark.parametrize(
        ("local", "on_duty"),
        [
            ("2026-09-07 08:59", False),
            ("2026-09-07 09:00", True),
            ("2026-09-07 11:59", True),
            ("2026-09-07 12:00", False),
            ("2026-09-08 09:00", False),
        ],
    )
    def test_a_shift_covers_its_time(self, local: str, on_duty: bool) -> None:
        duty = roster.Duty(1, Shift(LONGTAN, MONDAY, "09:00", "12:00", 1), "Ann")
        assert duty.covers(datetime.fromisoformat(local).replace(tzinfo=ZONE)) is on_duty

    @pytest.mark.parametrize(("start", "end"), [("9:00", "12:00"), ("12:00", "09:00"), ("09:00", "25:00"), ("", "")])
    def test_what_is_no_shift_is_refused(self, start: str, end: str) -> None:
        with pytest.raises(ValueError, match="09:00 to 12:00"):
            Shift(LONGTAN, MONDAY, start, end, 1)

    def test_the_units_with_a_roster_in_the_coming_days(self, database: Database) -> None:
        self.add(database, account(database, "ann"), MONDAY + 7 * DAY, "09:00", "12:00", unit="")
        found = [database.read_now(partial(roster.rostered_units, first=MONDAY, days=days)) for days in (7, 8)]
        assert found == [set(), {""}]

    def add(
        self, database: Database, who: int, day: date, start: str, end: str, unit: str = LONGTAN
    ) -> roster.Duty | None:
        return write(database, lambda c: roster.add(c, Shift(unit, day, start, end, who)))

    def day(self, database: Database, day: date, unit: str = LONGTAN) -> list[roster.Duty]:
        return database.read_now(lambda c: roster.of_day(c, unit, day))


class TestWorkstations:
    def test_starts_fill_the_directory_once_and_keep_what_was_edited(self, database: Database) -> None:
        known = [StationFacts("县公共法律服务中心", "county", ""), STATION]
        assert self.seed(database, known) == 2
        (longtan,) = self.of(database)
        renamed = replace(STATION, name="龙潭新站", address="新街1号", closed_on=date(2026, 9, 1))
        assert self.edit(database, longtan, renamed)
        assert self.seed(database, [*known, replace(STATION, township="麻旺镇", name="麻旺站")]) == 1
        assert [row.facts for row in self.of(database)] == [renamed]

    def test_two_first_starts_at_once_fill_it_once(self, database: Database) -> None:
        race([lambda c: workstations.seed(c, [STATION], NOW)] * 4, [database])
        assert len(rows(database, table)) == 1

    def test_an_edit_of_what_somebody_else_has_edited_is_refused(self, database: Database) -> None:
        self.seed(database, [STATION])
        (seen,) = self.of(database)
        assert self.edit(database, seen, replace(STATION, phone="023-1"))
        assert not self.edit(database, seen, replace(STATION, phone="023-2"))
        (now,) = self.of(database)
        assert (now.facts.phone, now.facts.address, now.updated_at) == ("023-1", "旧街2号", NOW + MINUTE)

    def test_of_racing_edits_one_wins(self, database: Database) -> None:
        self.seed(database, [STATION])
        (seen,) = self.of(database)
        works = [
            lambda c, n=n: workstations.edit(c, seen.id, replace(STATION, phone=str(n)), NOW, NOW + n * MINUTE)
            for n in range(1, 9)
        ]
        assert sorted(race(works, [database])) == [False] * 7 + [True]

    def test_an_unchanged_edit_confirms_the_facts(self, database: Database) -> None:
        self.seed(database, [STATION])
        (seen,) = self.of(database)
        assert self.edit(database, seen, STATION)
        assert [row.updated_at for row in self.of(database)] == [NOW + MINUTE]

    def test_a_name_is_given_once(self, database: Database) -> None:
        self.seed(database, [STATION])
        village = StationFacts("渤海村联络点", "village", LONGTAN)
        number = write(database, lambda c: workstations.add(c, village, NOW))
        assert number is not None
        assert write(database, lambda c: workstations.add(c, village, NOW)) is None
        found = database.read_now(lambda c: workstations.by_id(c, number))
        assert found == database.read_now(lambda c: workstations.named(c, "渤海村联络点"))
        assert found is not None
        with pytest.raises(IntegrityError):
            self.edit(database, found, replace(village, name=STATION.name))

    def test_the_workstation_stands_before_the_villages_and_the_centre_before_all(self, database: Database) -> None:
        for facts in (StationFacts("乙村", "village", LONGTAN), STATION, StationFacts("中心", "county", "")):
            write(database, partial(workstations.add, facts=facts, now=NOW))
        assert [row.facts.name for row in self.of(database)] == [STATION.name, "乙村"]
        assert [row.facts.name for row in database.read_now(workstations.everything)] == ["中心", STATION.name, "乙村"]

    @pytest.mark.parametrize(
        ("opened", "closed", "is_open"),
        [(None, None, True), (0, None, True), (1, None, False), (None, 0, False), (None, 1, True), (-5, -1, False)],
    )
    def test_open_from_its_first_day_until_before_its_last(
        self, opened: int | None, closed: int | None, is_open: bool
    ) -> None:
        dates = [None if days is None else MONDAY + timedelta(days=days) for days in (opened, closed)]
        facts = replace(STATION, opened_on=dates[0], closed_on=dates[1])
        assert Workstation(1, facts, NOW).is_open(MONDAY) is is_open

    def seed(self, database: Database, known: list[StationFacts]) -> int:
        return write(database, lambda c: workstations.seed(c, known, NOW))

    def of(self, database: Database) -> list[Workstation]:
        return database.read_now(lambda c: workstations.of_township(c, LONGTAN))

    def edit(self, database: Database, seen: Workstation, facts: StationFacts) -> bool:
        return write(
            database, lambda c: workstations.edit(c, seen.id, facts, seen.updated_at, seen.updated_at + MINUTE)
        )
