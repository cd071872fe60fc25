"""The work calendar 工作日历: public holidays and make-up days of two years, and the bureau's word on single days."""

from datetime import date

from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.console import Console
from bot.console.directory import today_of
from bot.console.refusal import Refusal
from bot.console.visit import Visit
from handlers import public_calendar
from handlers.desk import published, work_days
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import Permission
from handlers.hours import WEEKDAYS
from storage import calendar

_PATH = "/calendar"
_UNFIT = 422


def routes(console: Console) -> list[BaseRoute]:
    """The calendar, and what administrators enter in it."""
    return [
        guard.page(console, _PATH, show, None),
        guard.action(console, f"{_PATH}/enter", enter, Permission.DIRECTORY),
        guard.action(console, f"{_PATH}/{{day}}/remove", remove, Permission.DIRECTORY),
    ]


async def show(visit: Visit) -> Response:
    """This year and the next."""
    return await _page(visit)


async def _page(visit: Visit, words: str = "") -> Response:
    """The page; with `words` what was typed in vain is kept."""
    today, hours = today_of(visit), visit.console.tools.hours()
    entered = await visit.read(lambda c: calendar.days_from(c, date(today.year, 1, 1)))
    unpublished = published.unpublished_year(today, hours.overrides)
    set_by_settings = visit.console.settings.office_hours().overrides
    years = [
        (year, public_calendar.is_published(year), work_days.public_stretches(year))
        for year in (today.year, today.year + 1)
    ]
    return visit.render(
        "calendar.html",
        _UNFIT if words else 200,
        words=words,
        typed={name: visit.text(name, work_days.LONGEST_NOTE) for name in ("first", "last", "working", "note")},
        today=today,
        opens_today=bool(hours.spans_on(today)),
        shown=hours.shown(),
        warning=published.warning(unpublished) if unpublished else "",
        years=years,
        entered=entered,
        by_settings=sorted((day, worked) for day, worked in set_by_settings.items() if day.year >= today.year),
        may_change=work_days.may_change(visit.staff),
        last_day=date(today.year + 1, 12, 31),
        longest_note=work_days.LONGEST_NOTE,
        weekdays=WEEKDAYS,
    )


async def enter(visit: Visit) -> Response:
    """One day, or days in a row."""
    first = _day(visit.text("first", 10))
    last = _day(visit.text("last", 10)) if visit.text("last") else first
    if first is None or last is None:
        return await _page(visit, "日期要写成 2026-10-01 这样。")
    working = visit.text("working") == "yes"
    days = await work_days.enter(
        visit.console.tools, visit.staff, first, last, working=working, note=visit.text("note", 50)
    )
    if isinstance(days, Refused):
        return await _refused(visit, days)
    await visit.console.calendar.refresh()
    return visit.go(_PATH, f"登记好了：{days} 天{'上班' if working else '放假'}，马上按这个算。")


async def remove(visit: Visit) -> Response:
    """The public calendar decides again."""
    day = _day(str(visit.request.path_params["day"]))
    if day is None:
        raise Refusal(404, back=_PATH)
    cleared = await work_days.take_back(visit.console.tools, visit.staff, day)
    if isinstance(cleared, Refused):
        return await _refused(visit, cleared)
    await visit.console.calendar.refresh()
    words = f"{day} 的登记撤掉了。" if cleared else f"{day} 本来就没有登记。"
    return visit.go(_PATH, words, "good" if cleared else "warn")


async def _refused(visit: Visit, refused: Refused) -> Response:
    if refused.why is Why.FORBIDDEN:
        raise Refusal(403, refused.words, back=_PATH)
    return await _page(visit, refused.words)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
