"""常用语: what staff keep at hand, written by supervisors and editors, shown as residents will read it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.console import Console
from bot.console.refusal import Refusal
from bot.console.visit import Visit
from handlers.desk.canned import LONGEST, LONGEST_TITLE, VARIABLES, faults, fill, phone_of
from handlers.desk.staff import COUNTY, Permission
from storage import canned
from storage.audit import write_audit
from storage.canned import Canned

_EXAMPLE = "RG0901-12"
_TAKEN = "这个单位已经有一条同名的，请换个标题。"


def routes(console: Console) -> list[BaseRoute]:
    """The list, writing a new one, changing one, taking one out of use."""
    return [
        guard.page(console, "/canned", show, Permission.CANNED),
        guard.page(console, "/canned/new", blank, Permission.CANNED),
        guard.action(console, "/canned/new", add, Permission.CANNED),
        guard.page(console, "/canned/{canned}", one, Permission.CANNED),
        guard.action(console, "/canned/{canned}", change, Permission.CANNED),
        guard.action(console, "/canned/{canned}/remove", remove, Permission.CANNED),
    ]


async def show(visit: Visit) -> Response:
    """All that is in use in one's scope, filled in."""
    found = await visit.read(canned.everything)
    mine = [answer for answer in found if visit.staff.covers(answer.unit) or answer.unit == COUNTY]
    await visit.record("canned.seen", "canned:all")
    phone = await _phone(visit)
    shown = [(answer, _filled(visit, answer.body, phone), _may_write(visit, answer.unit)) for answer in mine]
    return visit.render("canned.html", answers=shown)


async def blank(visit: Visit) -> Response:
    """An empty form."""
    return await _form(visit, None, {"title": "", "body": "", "unit": visit.staff.unit}, [])


async def one(visit: Visit) -> Response:
    """The form of one that is there."""
    found = await _found(visit)
    await visit.record("canned.seen", f"canned:{found.id}", unit=found.unit)
    return await _form(visit, found, {"title": found.title, "body": found.body, "unit": found.unit}, [])


async def add(visit: Visit) -> Response:
    """Keep a new one; or, with `preview`, show how it will read."""
    typed = _typed(visit)
    wrong = _wrong(visit, typed)
    if wrong or visit.text("preview"):
        return await _form(visit, None, typed, wrong)
    entry = visit.entry("canned.add", "canned:new", unit=typed["unit"], title=typed["title"])

    def work(connection: Connection) -> int | None:
        made = canned.add(connection, typed["title"], typed["body"], typed["unit"], visit.staff.id, visit.now)
        if made is not None:
            write_audit(connection, entry)
        return made

    if await visit.write(work) is None:
        return await _form(visit, None, typed, [_TAKEN])
    return visit.go("/canned", f"“{typed['title']}”存好了，接待的时候就能用。")


async def change(visit: Visit) -> Response:
    """Write it anew; or, with `preview`, show how it will read."""
    found = await _writable(visit)
    typed = {**_typed(visit), "unit": found.unit}
    wrong = _wrong(visit, typed)
    if wrong or visit.text("preview"):
        return await _form(visit, found, typed, wrong)
    entry = visit.entry("canned.change", f"canned:{found.id}", unit=found.unit, title=typed["title"])

    def work(connection: Connection) -> bool:
        done = canned.change(connection, found.id, typed["title"], typed["body"], visit.staff.id, visit.now)
        if done:
            write_audit(connection, entry)
        return done

    try:
        done = await visit.write(work)
    except IntegrityError:
        return await _form(visit, found, typed, [_TAKEN])
    if not done:
        raise Refusal(409, "这一条刚刚被停用了，没有存。", back="/canned")
    return visit.go("/canned", f"“{typed['title']}”改好了。")


async def remove(visit: Visit) -> Response:
    """Take it out of use; twice is once."""
    found = await _writable(visit)
    entry = visit.entry("canned.remove", f"canned:{found.id}", unit=found.unit, title=found.title)

    def work(connection: Connection) -> None:
        if canned.remove(connection, found.id, visit.staff.id, visit.now):
            write_audit(connection, entry)

    await visit.write(work)
    return visit.go("/canned", f"“{found.title}”停用了。")


async def _found(visit: Visit) -> Canned:
    number = visit.number("canned")
    found = await visit.read(lambda c: canned.read(c, number)) if number is not None else None
    if found is None or not (visit.staff.covers(found.unit) or found.unit == COUNTY):
        raise Refusal(404, "没有这条常用语，可能停用了。", back="/canned")
    return found


async def _writable(visit: Visit) -> Canned:
    found = await _found(visit)
    if not _may_write(visit, found.unit):
        raise Refusal(403, "全县共用的常用语由县中心的主管和内容员写。", back="/canned")
    return found


def _may_write(visit: Visit, unit: str) -> bool:
    """What everybody uses is the county's to write, what one workstation uses is its own and the county's."""
    return visit.staff.unit in (COUNTY, unit)


def _typed(visit: Visit) -> dict[str, str]:
    return {
        "title": visit.text("title", LONGEST_TITLE + 1),
        "body": visit.text("body", LONGEST + 1),
        "unit": visit.text("unit", 32),
    }


def _wrong(visit: Visit, typed: Mapping[str, str]) -> list[str]:
    wrong = faults(typed["title"], typed["body"])
    units = {COUNTY, *(place.name for place in visit.console.tools.knowledge.townships)}
    if typed["unit"] not in units or not _may_write(visit, typed["unit"]):
        wrong.append("这个单位的常用语您不能写，请选自己的单位。")
    return wrong


async def _form(visit: Visit, found: Canned | None, typed: Mapping[str, str], wrong: list[str]) -> Response:
    context: dict[str, Any] = {
        "answer": found,
        "typed": typed,
        "faults": wrong,
        "preview": _filled(visit, typed["body"], await _phone(visit)) if typed["body"] else "",
        "variables": VARIABLES,
        "longest": LONGEST,
        "longest_title": LONGEST_TITLE,
        "may_write": found is None or _may_write(visit, found.unit),
        "units": _units(visit),
    }
    return visit.render("canned_form.html", 422 if wrong else 200, **context)


def _units(visit: Visit) -> list[tuple[str, str]]:
    if visit.staff.unit != COUNTY:
        return [(visit.staff.unit, visit.staff.unit)]
    return [("", "全县共用"), *((place.name, place.name) for place in visit.console.tools.knowledge.townships)]


async def _phone(visit: Visit) -> str:
    today = visit.now.astimezone(visit.console.zone).date()
    return await visit.read(lambda c: phone_of(c, visit.staff.unit, today))


def _filled(visit: Visit, body: str, phone: str) -> str:
    return fill(body, visit.console.tools.county, visit.staff, _EXAMPLE, phone)
