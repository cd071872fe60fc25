"""Planning the duty roster 排班: who may, whom, when; where nobody is; each change with its line in the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy import Connection

from handlers.desk.accounts import staff_of
from handlers.desk.refused import NOT_FOUND, Refused, Why
from handlers.desk.staff import COUNTY, Permission, Role, Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from handlers.hours import WEEKDAYS, OfficeHours
from storage import accounts, roster
from storage.roster import Duty, Shift

WHOLE_DAY, OWN_TIMES = "all", "own"
DAYS = 7
_WEEK = timedelta(days=DAYS)
_MIDNIGHT = "24:00"


@dataclass(frozen=True, slots=True)
class Times:
    """When somebody is put on duty: in all office hours of the day, their n-th span ("1"), or from `start` to `end`."""

    which: str
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """How many shifts were added, and in words what was passed over."""

    added: int
    passed_over: tuple[str, ...] = ()


def may_plan(staff: Staff, unit: str) -> bool:
    """Whether somebody plans this unit's roster."""
    return staff.may(Permission.DIRECTORY) and staff.covers(unit)


def monday_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def able(connection: Connection, unit: str) -> list[Staff]:
    """Who can be put on duty: those who receive people and cover the unit, its own members first."""
    everybody = [staff_of(account) for account in accounts.everybody(connection) if account.disabled_at is None]
    found = [member for member in everybody if Role.DESK in member.roles and member.covers(unit)]
    return sorted(found, key=lambda member: (member.unit != unit, member.name))


def gaps(hours: OfficeHours, day: date, duties: Sequence[Duty]) -> list[tuple[str, str]]:
    """The office hours of a day, HH:MM, in which nobody is on duty."""
    found = []
    shifts = sorted((duty.shift.start, duty.shift.end) for duty in duties if duty.shift.day == day)
    for opens, closes in spans(hours, day):
        at = opens
        for start, end in shifts:
            if start > at and start < closes:
                found.append((at, start))
            at = max(at, end) if start < closes else at
        if at < closes:
            found.append((at, closes))
    return found


def spans(hours: OfficeHours, day: date) -> list[tuple[str, str]]:
    """The office hours of a day as HH:MM; empty on a day off."""
    return [(_clock(opens), _clock(closes)) for opens, closes in hours.spans_on(day)]


async def put_on(
    tools: Tools, staff: Staff, unit: str, account_id: int, days: Sequence[date], times: Times
) -> Planned | Refused:
    """Put somebody on duty at these times of these days; what they have already is left as it is."""
    if not may_plan(staff, unit):
        return _not_theirs(unit)
    today = tools.clock().astimezone(tools.hours().zone).date()
    if not days:
        return Refused(Why.INPUT, "请勾选排在哪几天。")
    if min(days) < today:
        return Refused(Why.INPUT, "已经过去的日子不能再排。")
    hours = tools.hours()
    wanted = _wanted(hours, unit, account_id, days, times)
    if isinstance(wanted, Refused):
        return wanted
    closed = tuple(_closed(day) for day in days if not _chosen(hours, day, times))

    def work(connection: Connection) -> Planned | Refused:
        member = next((one for one in able(connection, unit) if one.id == account_id), None)
        if member is None:
            return Refused(Why.INPUT, "请选一位这里的接待员。")
        others = [(shift, roster.add(connection, shift)) for shift in wanted]
        busy = [f"{member.name}{_busy(shift, other)}" for shift, other in others if other and other.shift != shift]
        added = [shift for shift, other in others if other is None]
        if added:
            when = [f"{shift.day} {shift.start}-{shift.end}" for shift in added]
            noted(connection, tools, staff, "roster.add", _about(unit), account=account_id, shifts=when)
        return Planned(len(added), (*closed, *busy))

    return await tools.database.write(work)


async def take_off(tools: Tools, staff: Staff, duty_id: int) -> Duty | Refused:
    """Take somebody off duty."""
    today = tools.clock().astimezone(tools.hours().zone).date()

    def work(connection: Connection) -> Duty | Refused:
        duty = roster.read(connection, duty_id)
        if duty is None or not staff.covers(duty.shift.unit):
            return NOT_FOUND
        shift = duty.shift
        if not may_plan(staff, shift.unit):
            return _not_theirs(shift.unit)
        if shift.day < today:
            return Refused(Why.INPUT, "已经过去的日子不能再改。")
        roster.remove(connection, duty_id)
        when = f"{shift.day} {shift.start}-{shift.end}"
        noted(connection, tools, staff, "roster.remove", _about(shift.unit), account=shift.account_id, shifts=[when])
        return duty

    return await tools.database.write(work)


async def repeat_last_week(tools: Tools, staff: Staff, unit: str, monday: date) -> Planned | Refused:
    """Put on duty in the week from `monday` on whoever was on duty in the week before it."""
    if not may_plan(staff, unit):
        return _not_theirs(unit)
    if monday + _WEEK <= tools.clock().astimezone(tools.hours().zone).date():
        return Refused(Why.INPUT, "已经过去的周不能再排。")

    def work(connection: Connection) -> Planned | Refused:
        if not roster.of_week(connection, unit, monday - _WEEK):
            return Refused(Why.STATE, "上一周没有排班，没有可以照抄的。")
        added = roster.copy_week(connection, unit, monday - _WEEK, monday)
        if added:
            noted(connection, tools, staff, "roster.copy", _about(unit), week=monday.isoformat(), shifts=added)
        return Planned(added)

    return await tools.database.write(work)


def _wanted(
    hours: OfficeHours, unit: str, account_id: int, days: Sequence[date], times: Times
) -> list[Shift] | Refused:
    try:
        return [Shift(unit, day, start, end, account_id) for day in days for start, end in _chosen(hours, day, times)]
    except ValueError:
        return Refused(Why.INPUT, "时间不对：开始要早于结束，写成 09:00 到 12:00 这样。")


def _chosen(hours: OfficeHours, day: date, times: Times) -> list[tuple[str, str]]:
    if times.which == OWN_TIMES:
        # An evening that ends at midnight: a browser's field knows no 24:00.
        return [(times.start, _MIDNIGHT if times.end == "00:00" else times.end)]
    today = spans(hours, day)
    if times.which == WHOLE_DAY:
        return today
    return [span for number, span in enumerate(today, 1) if times.which == str(number)]


def _closed(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]}这个时段不上班，没有排；要排就选“自己写时间”"


def _busy(shift: Shift, other: Duty) -> str:
    where = "" if other.shift.unit == shift.unit else f"在{other.shift.unit or '县中心'}"
    return f"{WEEKDAYS[shift.day.weekday()]} {other.shift.start}–{other.shift.end} 已经{where}值班"


def _clock(at: time) -> str:
    return f"{at:%H:%M}"


def _about(unit: str) -> str:
    return f"roster:{unit or 'county'}"


def _not_theirs(unit: str) -> Refused:
    where = "县中心" if unit == COUNTY else unit
    return Refused(Why.FORBIDDEN, f"{where}的值班表由那里的主管或县里的管理员排。")
