"""Changing the directory of workstations: new entries, corrections, confirming, closing and opening again."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime

from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.console import Console
from bot.console.filled import filled
from bot.console.refusal import Refusal
from bot.console.visit import Visit
from handlers.desk import directory
from handlers.desk.directory import FIELDS, KINDS, shown
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import Permission
from storage import workstations
from storage.workstations import StationFacts, Workstation

_CONFLICT = 409
_UNFIT = 422
_EMPTY = StationFacts("", "village", "")


def routes(console: Console) -> list[BaseRoute]:
    """Forms and what they do; they stand before /directory/{number}, which would take "new" for a number."""
    may = Permission.DIRECTORY
    return [
        guard.page(console, "/directory/new", show_new, may),
        guard.action(console, "/directory/new", add, may),
        guard.page(console, "/directory/{number}/edit", show_edit, may),
        guard.action(console, "/directory/{number}/edit", edit, may),
        guard.action(console, "/directory/{number}/confirm", confirm, may),
        guard.action(console, "/directory/{number}/close", close, may),
        guard.action(console, "/directory/{number}/reopen", reopen, may),
    ]


async def found(visit: Visit) -> Workstation:
    """The entry that the address names.

    Raises:
        Refusal: 404.
    """
    number = visit.number("number")
    row = await visit.read(lambda c: workstations.by_id(c, number)) if number is not None else None
    if row is None:
        raise Refusal(404, back="/directory")
    return row


async def show_new(visit: Visit) -> Response:
    """An empty form."""
    return _form(visit, None, {"kind": "village", "township": visit.staff.unit})


async def add(visit: Visit) -> Response:
    """Keep a new entry."""
    form = filled(visit)
    facts, faults = directory.read(form, _townships(visit))
    if faults:
        return _form(visit, None, form, faults=faults, status=_UNFIT)
    number = await directory.add(visit.console.tools, visit.staff, facts)
    if isinstance(number, Refused):
        return _refused(visit, None, form, number)
    return visit.go(f"/directory/{number}", f"{facts.name}登记好了。")


async def show_edit(visit: Visit) -> Response:
    """The form with what is known."""
    row = await found(visit)
    if not directory.may_edit(visit.staff, row.facts.township):
        raise Refusal(403, back=f"/directory/{row.id}")
    return _form(visit, row, {name: _typed(row.facts, name) for name in FIELDS})


async def edit(visit: Visit) -> Response:
    """Keep what was corrected; somebody else's correction meanwhile is shown beside what was typed."""
    row, form = await found(visit), filled(visit)
    facts, faults = directory.read(form, _townships(visit))
    if faults:
        return _form(visit, row, form, faults=faults, status=_UNFIT)
    saved = await directory.edit(visit.console.tools, visit.staff, row.id, facts, _seen_at(form))
    if isinstance(saved, Refused):
        return _refused(visit, await found(visit), form, saved, facts)
    return visit.go(f"/directory/{row.id}", "保存好了，居民问起时就按这个答。")


async def confirm(visit: Visit) -> Response:
    """Somebody called: all is as it stands here."""
    return await _change(visit, lambda row: row.facts, "记下了：今天核实过。")


async def close(visit: Visit) -> Response:
    """It serves nobody from a day on."""

    def closed(row: Workstation) -> StationFacts:
        day = _day(visit, "closed_on", row)
        if row.facts.opened_on and day < row.facts.opened_on:
            raise Refusal(_UNFIT, "停用不能早于启用日期。", title="日期不对", back=f"/directory/{row.id}")
        return replace(row.facts, closed_on=day)

    return await _change(visit, closed, "停用日期记下了，到那天起居民不会再被指到这里。")


async def reopen(visit: Visit) -> Response:
    """It serves people again from a day on, which may be to come."""

    def opened(row: Workstation) -> StationFacts:
        return replace(row.facts, opened_on=_day(visit, "opened_on", row), closed_on=None)

    return await _change(visit, opened, "重新开放的日期记下了。")


async def _change(visit: Visit, change: Callable[[Workstation], StationFacts], words: str) -> Response:
    row = await found(visit)
    facts, seen_at = change(row), _seen_at(filled(visit))
    saved = await directory.edit(visit.console.tools, visit.staff, row.id, facts, seen_at)
    if isinstance(saved, Refused):
        back = f"/directory/{row.id}"
        raise Refusal(403 if saved.why is Why.FORBIDDEN else _CONFLICT, saved.words + "请看看现在的再办。", back=back)
    return visit.go(f"/directory/{row.id}", words)


def _refused(
    visit: Visit, row: Workstation | None, form: Mapping[str, str], refused: Refused, typed: StationFacts = _EMPTY
) -> Response:
    if refused.why is Why.FORBIDDEN:
        raise Refusal(403, refused.words, back="/directory")
    if refused.why is Why.NOT_FOUND or (refused.why is Why.STALE and row is None):
        raise Refusal(404, back="/directory")
    if refused.why is not Why.STALE or row is None:
        return _form(visit, row, form, faults={"name": refused.words}, status=_UNFIT)
    differing = directory.differences(row.facts, typed)
    now_is = [(FIELDS[name], shown(name, getattr(row.facts, name))) for name in differing]
    return _form(visit, row, form, words=refused.words, now_is=now_is, status=_CONFLICT)


def _form(
    visit: Visit,
    row: Workstation | None,
    typed: Mapping[str, str],
    *,
    faults: Mapping[str, str] | None = None,
    words: str = "",
    now_is: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response:
    return visit.render(
        "directory_form.html",
        status,
        row=row,
        typed={name: typed.get(name, "") for name in FIELDS},
        seen_at=row.updated_at.isoformat() if row else "",
        faults=dict(faults or {}),
        words=words,
        now_is=now_is or [],
        kinds=list(KINDS.items()),
        townships=[("", "（县中心）"), *((name, name) for name in _townships(visit) if visit.staff.covers(name))],
    )


def _townships(visit: Visit) -> list[str]:
    return [place.name for place in visit.console.tools.knowledge.townships]


def _typed(facts: StationFacts, name: str) -> str:
    value = getattr(facts, name)
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _seen_at(form: Mapping[str, str]) -> datetime:
    try:
        seen = datetime.fromisoformat(form.get("seen_at", ""))
    except ValueError as error:
        raise Refusal(_CONFLICT, "页面过期了，请刷新后再填。", back="/directory") from error
    if seen.tzinfo is None:
        raise Refusal(_CONFLICT, "页面过期了，请刷新后再填。", back="/directory")
    return seen


def _day(visit: Visit, name: str, row: Workstation) -> date:
    try:
        return date.fromisoformat(visit.text(name, 10))
    except ValueError as error:
        words = "日期要写成 2026-03-05 这样。"
        raise Refusal(_UNFIT, words, title="日期不对", back=f"/directory/{row.id}") from error
