"""Who is called for a matter: on duty now, of the day, of the workstation, of the county; whose supervisor hears."""

from datetime import date, datetime

import pytest

from handlers.desk.duty import on_call, supervisors
from handlers.desk.staff import Role, Staff
from storage.roster import Duty, Shift

LONGTAN, MAWANG = "龙潭镇", "麻旺镇"
DAY = date(2026, 3, 4)
TEN, NOON, NIGHT = (datetime(2026, 3, 4, hour) for hour in (10, 12, 22))  # noqa: DTZ001 - the bureau's own time


def member(number: int, name: str, unit: str, *roles: Role) -> Staff:
    return Staff(number, name, name, frozenset(roles or {Role.DESK}), unit)


ANN, BO, CAI = member(1, "Ann", LONGTAN), member(2, "Bo", LONGTAN), member(3, "Cai", MAWANG)
DU, EN = member(4, "Du", ""), member(5, "En", "")
BOSS, HEAD = member(6, "Boss", LONGTAN, Role.SUPERVISOR), member(7, "Head", "", Role.SUPERVISOR)
CLERK = member(8, "Clerk", LONGTAN, Role.ADMINISTRATOR, Role.EDITOR)
ALL = (ANN, BO, CAI, DU, EN, BOSS, HEAD, CLERK)


def shift(who: Staff, start: str, end: str, unit: str = LONGTAN, day: date = DAY) -> Duty:
    return Duty(1, Shift(unit, day, start, end, who.id), who.name)


MORNING, EVENING = shift(ANN, "09:00", "12:00"), shift(BO, "20:00", "24:00")


@pytest.mark.parametrize(
    ("roster", "township", "local", "called"),
    [
        ([], LONGTAN, TEN, [ANN, BO]),  # no roster: all who receive people there
        ([MORNING, EVENING], LONGTAN, TEN, [ANN]),
        ([MORNING, EVENING], LONGTAN, NIGHT, [BO]),
        ([MORNING, EVENING], LONGTAN, NOON, [ANN, BO]),  # outside all shifts: those of the day
        ([MORNING], LONGTAN, NIGHT, [ANN]),
        ([shift(DU, "09:00", "12:00")], LONGTAN, TEN, [DU]),  # somebody of the county helps out
        ([shift(CAI, "09:00", "12:00")], LONGTAN, TEN, [ANN, BO]),  # could not see the matter
        ([shift(CLERK, "09:00", "12:00")], LONGTAN, TEN, [ANN, BO]),  # receives nobody
        ([shift(EN, "09:00", "12:00", unit="")], LONGTAN, TEN, [ANN, BO]),  # another unit's roster
        ([], None, TEN, [DU, EN]),
        ([shift(EN, "09:00", "12:00", unit="")], None, TEN, [EN]),
        ([MORNING], None, TEN, [DU, EN]),
        ([], "花田乡", TEN, [DU, EN]),  # a workstation without anybody
        ([shift(EN, "09:00", "12:00", unit="")], "花田乡", TEN, [EN]),
    ],
)  # fmt: skip
def test_who_is_called(roster: list[Duty], township: str | None, local: datetime, called: list[Staff]) -> None:
    assert on_call(ALL, roster, township, local) == called


def test_where_nobody_receives_people_the_supervisors_are_called() -> None:
    assert on_call((BOSS, HEAD, CLERK), [], LONGTAN, TEN) == [BOSS, HEAD]
    assert on_call((CLERK,), [], LONGTAN, TEN) == []


@pytest.mark.parametrize(
    ("township", "level", "told"),
    [
        (LONGTAN, 80, [BOSS]),
        (LONGTAN, 100, [BOSS, HEAD]),
        (MAWANG, 80, [HEAD]),
        (MAWANG, 100, [HEAD]),
        (None, 80, [HEAD]),
        (None, 100, [HEAD]),
    ],
)
def test_whose_supervisor_hears(township: str | None, level: int, told: list[Staff]) -> None:
    assert supervisors(ALL, township, level) == told
