"""The duty roster 值班表 of a workstation, a week at a time: who and when, and where nobody is."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.console import Console
from bot.console.directory import today_of
from bot.console.refusal import Refusal
from bot.console.visit import Visit
from bot.console.words import township
from handlers.desk import duty_plan
from handlers.desk.duty_plan import DAYS, OWN_TIMES, WHOLE_DAY, Planned, Times, monday_of
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import COUNTY, Permission
from handlers.hours import WEEKDAYS
from storage import roster
from storage.roster import Duty

_WEEK = timedelta(days=DAYS)
_UNFIT = 422
_COUNTY_WORD = "county"  # in an address, where an empty word says nothing


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the week as the page shows it; `gaps` are the office hours in which nobody is on duty."""

    day: date
    name: str
    duties: list[Duty]
    gaps: list[tuple[str, str]]
    is_off: bool
    is_past: bool


def routes(console: Console) -> list[BaseRoute]:
    """The week, and what changes it."""
    return [
        guard.page(console, "/roster", show, None),
        guard.action(console, "/roster/add", add, Permission.DIRECTORY),
        guard.action(console, "/roster/copy", copy, Permission.DIRECTORY),
        guard.action(console, "/roster/{number}/remove", remove, Permission.DIRECTORY),
    ]


async def show(visit: Visit) -> Response:
    """A unit's week."""
    return await _page(visit)


async def _page(visit: Visit, words: str = "") -> Response:
    """The week; with `words` what was typed in vain is kept."""
    unit, today, hours = _unit(visit), today_of(visit), visit.console.tools.hours()
    monday = _monday(visit, today)
    duties = await visit.read(lambda c: roster.of_week(c, unit, monday))
    may_plan = duty_plan.may_plan(visit.staff, unit)
    rostered = await visit.read(lambda c: roster.rostered_units(c, today, DAYS))
    days = [
        Day(
            day,
            WEEKDAYS[day.weekday()],
            [duty for duty in duties if duty.shift.day == day],
            duty_plan.gaps(hours, day, duties),
            is_off=not hours.spans_on(day),
            is_past=day < today,
        )
        for day in (monday + timedelta(days=number) for number in range(DAYS))
    ]
    return visit.render(
        "roster.html",
        _UNFIT if words else 200,
        words=words,
        typed={name: visit.text(name, 10) for name in ("account", "times", "start", "end")},
        ticked=_ticked(visit),
        unit=unit,
        unit_word=unit or _COUNTY_WORD,
        units=[(name or _COUNTY_WORD, _label(name, rostered)) for name in _units(visit)],
        monday=monday,
        sunday=days[-1].day,
        is_this_week=monday == monday_of(today),
        before=(monday - _WEEK).isoformat(),
        after=(monday + _WEEK).isoformat(),
        days=days,
        empty=not duties,
        able=await visit.read(lambda c: duty_plan.able(c, unit)) if may_plan else [],
        may_plan=may_plan and days[-1].day >= today,
        times=_times(visit),
        today=today,
    )


async def add(visit: Visit) -> Response:
    """Somebody on duty, on one or more days."""
    unit, monday = _unit(visit), _monday(visit, today_of(visit))
    days = [monday + timedelta(days=number) for number in range(DAYS) if str(number) in _ticked(visit)]
    times = Times(visit.text("times") or WHOLE_DAY, visit.text("start", 5), visit.text("end", 5))
    planned = await duty_plan.put_on(visit.console.tools, visit.staff, unit, visit.number("account") or 0, days, times)
    return await _answer(visit, unit, monday, planned)


async def copy(visit: Visit) -> Response:
    """The same people as the week before."""
    unit, monday = _unit(visit), _monday(visit, today_of(visit))
    planned = await duty_plan.repeat_last_week(visit.console.tools, visit.staff, unit, monday)
    return await _answer(visit, unit, monday, planned)


async def remove(visit: Visit) -> Response:
    """Somebody off duty."""
    number = visit.number("number")
    taken = await duty_plan.take_off(visit.console.tools, visit.staff, number or 0)
    if isinstance(taken, Refused):
        unit, monday = _unit(visit), _monday(visit, today_of(visit))
        if taken.why is Why.NOT_FOUND:
            return visit.go(_path(unit, monday), "这一班已经不在表上了。", "warn")
        return await _answer(visit, unit, monday, taken)
    shift = taken.shift
    words = f"{taken.name} {WEEKDAYS[shift.day.weekday()]} {shift.start}–{shift.end} 的班移除了。"
    return visit.go(_path(shift.unit, monday_of(shift.day)), words)


async def _answer(visit: Visit, unit: str, monday: date, planned: Planned | Refused) -> Response:
    if isinstance(planned, Refused):
        if planned.why is Why.FORBIDDEN:
            raise Refusal(403, planned.words, back="/roster")
        return await _page(visit, planned.words)
    told = [f"排好了 {planned.added} 班。" if planned.added else "没有新增的班。", *planned.passed_over]
    kind = "good" if planned.added and not planned.passed_over else "warn"
    return visit.go(_path(unit, monday), "；".join(part.rstrip("。") for part in told) + "。", kind)


def _ticked(visit: Visit) -> set[str]:
    return {word for word in visit.form.getlist("day") if isinstance(word, str)}


def _unit(visit: Visit) -> str:
    """The unit that is meant, in scope; one's own where none is named.

    Raises:
        Refusal: 404.
    """
    named = visit.text("unit", 32)
    unit = visit.staff.unit if not named else COUNTY if named == _COUNTY_WORD else named
    if unit not in _units(visit):
        raise Refusal(404, back="/roster")
    return unit


def _units(visit: Visit) -> list[str]:
    names = [COUNTY, *(place.name for place in visit.console.tools.knowledge.townships)]
    return [name for name in names if visit.staff.covers(name)]


def _label(unit: str, rostered: set[str]) -> str:
    return township(unit) + ("" if unit in rostered else "（未来 7 天没排）")


def _monday(visit: Visit, today: date) -> date:
    try:
        return monday_of(date.fromisoformat(visit.text("week", 10)))
    except ValueError:
        return monday_of(today)


def _times(visit: Visit) -> list[tuple[str, str]]:
    """The choices of times: those of an ordinary working day; each day has its own when it is planned."""
    spans = [f"{start:%H:%M}–{end:%H:%M}" for start, end in visit.console.tools.hours().spans]
    single = [(str(number), span) for number, span in enumerate(spans, 1)] if len(spans) > 1 else []
    return [(WHOLE_DAY, f"上班时间（{'、'.join(spans)}）"), *single, (OWN_TIMES, "自己写时间")]


def _path(unit: str, monday: date) -> str:
    return f"/roster?unit={quote(unit or _COUNTY_WORD)}&week={monday}"
