"""The work calendar as people read and enter it: public holidays, make-up days, and the bureau's own word on days."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from handlers import public_calendar
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import COUNTY, Permission, Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from storage import calendar

LONGEST_NOTE = 50
_MOST_DAYS = 31
_DAY = timedelta(days=1)
_NOT_THEIRS = Refused(Why.FORBIDDEN, "工作日历管全县，由县里的管理员或主管改。")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row that the public calendar treats alike; `name` is that of the holiday, "" for make-up days."""

    first: date
    last: date
    working: bool
    name: str

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1


def may_change(staff: Staff) -> bool:
    """Whether somebody may enter days: they count for the whole county."""
    return staff.may(Permission.DIRECTORY) and staff.unit == COUNTY


def public_stretches(year: int) -> list[Stretch]:
    """The public holidays of a year and the weekends worked for them, in their order."""
    found: list[Stretch] = []
    day = date(year, 1, 1)
    while day.year == year:
        working = public_calendar.is_weekend(day) and public_calendar.is_working_day(day)
        if working or public_calendar.is_in_holiday(day):
            last = found[-1] if found else None
            name = "" if working else public_calendar.name_of(day)
            if last is not None and last.last == day - _DAY and last.working == working:
                found[-1] = Stretch(last.first, day, working, _joined(last.name, name))
            else:
                found.append(Stretch(day, day, working, name))
        day += _DAY
    return found


async def enter(tools: Tools, staff: Staff, first: date, last: date, *, working: bool, note: str) -> int | Refused:
    """Say of each day from `first` to `last` whether it is worked, and why; how many days these are.

    Whoever calls this lets the office hours be read again.
    """
    if not may_change(staff):
        return _NOT_THEIRS
    today = tools.clock().astimezone(tools.hours().zone).date()
    number = (last - first).days + 1
    if not 0 < number <= _MOST_DAYS:
        return Refused(Why.INPUT, f"“到”不能早于“从”，一次最多登记 {_MOST_DAYS} 天。")
    if first < today:
        return Refused(Why.INPUT, "已经过去的日子不能再改：那时的期限已经按当时的日历算过。")
    if last.year > today.year + 1:
        return Refused(Why.INPUT, f"最多登记到 {today.year + 1} 年底。")
    if not note:
        return Refused(Why.INPUT, "请写明是什么日子，例如：州庆放假、国庆节调休上班。")

    def work(connection: Connection) -> int:
        for ahead in range(number):
            day = first + ahead * _DAY
            calendar.set_day(connection, day, working, note[:LONGEST_NOTE], staff.id, tools.clock())
        noted(
            connection, tools, staff, "calendar.enter", f"calendar:{first}", last=str(last), working=working, note=note
        )
        return number

    return await tools.database.write(work)


async def take_back(tools: Tools, staff: Staff, day: date) -> bool | Refused:
    """Let the settings and the public calendar decide on a day again; False where they did already."""
    if not may_change(staff):
        return _NOT_THEIRS
    if day < tools.clock().astimezone(tools.hours().zone).date():
        return Refused(Why.INPUT, "已经过去的日子不能再改：那时的期限已经按当时的日历算过。")

    def work(connection: Connection) -> bool:
        cleared = calendar.clear_day(connection, day)
        if cleared:
            noted(connection, tools, staff, "calendar.take_back", f"calendar:{day}")
        return cleared

    return await tools.database.write(work)


def _joined(before: str, name: str) -> str:
    """The names of one stretch: 国庆节、中秋节."""
    names = [one for one in before.split("、") if one]
    return "、".join(names if not name or name in names else [*names, name])
