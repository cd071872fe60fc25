"""The directory of workstations: everybody reads it, those in charge of a township keep it."""

from datetime import date, datetime

from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import directory_edit, guard
from bot.console.console import Console
from bot.console.directory_edit import found
from bot.console.visit import Visit
from handlers.desk.directory import KINDS, may_edit
from handlers.stations import is_stale, told
from knowledge.entry import Township
from storage import audit, workstations
from storage.workstations import Workstation

_SHOWN_EDITS = 10
_VIEWS = {"station": "中心和工作站", "village": "村（社区）联络点", "check": "要核实", "closed": "已停用"}


def routes(console: Console) -> list[BaseRoute]:
    """The list, a page each, and what changes them."""
    return [
        guard.page(console, "/directory", show_all, None),
        *directory_edit.routes(console),
        guard.page(console, "/directory/{number}", show, None),
    ]


async def show_all(visit: Visit) -> Response:
    """The list, one of four views of it, narrowed by words."""
    view = visit.text("view") if visit.text("view") in _VIEWS else "station"
    order = {place.name: number for number, place in enumerate(visit.console.tools.knowledge.townships)}
    rows = await visit.read(workstations.everything)
    rows.sort(key=lambda row: order.get(row.facts.township, -1))
    views = {name: [row for row in rows if _belongs(row, name, visit)] for name in _VIEWS}
    words = visit.text("q", 40)
    listed = [row for row in views[view] if not words or any(words in text for text in _texts(row))]
    return visit.render(
        "directory.html",
        rows=[(row, is_stale(row, visit.now)) for row in listed],
        view=view,
        views=[(name, label, len(views[name])) for name, label in _VIEWS.items()],
        words=words,
        kinds=KINDS,
        editable=any(may_edit(visit.staff, township) for township in {row.facts.township for row in rows}),
    )


async def show(visit: Visit) -> Response:
    """One entry, what residents are told of its township, and who changed it."""
    row = await found(visit)
    today = today_of(visit)
    beside = await visit.read(lambda c: workstations.of_township(c, row.facts.township))
    edits = await visit.read(lambda c: audit.entries(c, object_=f"workstation:{row.id}", limit=_SHOWN_EDITS))
    return visit.render(
        "directory_entry.html",
        row=row,
        kind=KINDS.get(row.facts.kind, row.facts.kind),
        is_open=row.is_open(today),
        stale=is_stale(row, visit.now),
        told=_told(visit, row, beside, today),
        edits=edits,
        today=today.isoformat(),
        editable=may_edit(visit.staff, row.facts.township),
        rostered=visit.staff.covers(row.facts.township) and row.facts.kind != "village",
        seen_at=row.updated_at.isoformat(),
    )


def today_of(visit: Visit) -> date:
    """Today, where the bureau is."""
    now: datetime = visit.now.astimezone(visit.console.zone)
    return now.date()


def _belongs(row: Workstation, view: str, visit: Visit) -> bool:
    is_open = row.is_open(today_of(visit))
    if view in ("closed", "check"):
        return not is_open if view == "closed" else is_open and is_stale(row, visit.now)
    return is_open and (row.facts.kind == "village") == (view == "village")


def _texts(row: Workstation) -> tuple[str, ...]:
    return (row.facts.name, row.facts.township, row.facts.address, row.facts.phone)


def _told(visit: Visit, row: Workstation, beside: list[Workstation], today: date) -> str:
    """What residents of the township read; "" for the county centre, of which the settings speak."""
    if not row.facts.township:
        return ""
    return told(visit.console.tools.county, Township(name=row.facts.township), beside, today)
