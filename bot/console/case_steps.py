"""Steps of a case, and notes on it: taken, or refused with what was typed kept."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.case_page import Failed, page
from bot.console.console import Console
from bot.console.filled import filled
from bot.console.refusal import Refusal
from bot.console.visit import Visit
from handlers.cases.act import act
from handlers.cases.note import note
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import Permission

NOTE = "note"
_CHANGED = "刚才有同事改过这个工单。"  # the page shows what, so that nobody has to load it anew
_UNFIT, _CONFLICT = 422, 409


def routes(console: Console) -> list[BaseRoute]:
    """What changes a case."""
    return [
        guard.action(console, "/cases/{number}/steps/{action}", step, Permission.SERVE),
        guard.action(console, "/cases/{number}/notes", add_note, Permission.SERVE),
    ]


async def step(visit: Visit) -> Response:
    """One step of the table."""
    number, action, form = _number(visit), str(visit.request.path_params["action"]), filled(visit)
    version, seen = visit.number("version"), visit.number("seen") or 0
    done = await act(visit.console.tools, visit.staff, number, version or 0, action, form)
    if isinstance(done, Refused):
        if done.why is Why.NOT_FOUND:
            raise Refusal(404, back="/cases")
        if done.why is Why.FORBIDDEN:
            raise Refusal(403, done.words, back=f"/cases/{number}")
        status = _UNFIT if done.why is Why.INPUT else _CONFLICT
        words = _CHANGED if done.why is Why.STALE else done.words
        return await page(visit, Failed(action, form, words, status, seen))
    return visit.go(f"/cases/{number}", done.words)


async def add_note(visit: Visit) -> Response:
    """Words for colleagues."""
    number, form = _number(visit), filled(visit)
    refused = await note(visit.console.tools, visit.staff, number, form.get("text", ""))
    if refused is None:
        return visit.go(f"/cases/{number}", "备注记下了。")
    if refused.why is Why.NOT_FOUND:
        raise Refusal(404, back="/cases")
    return await page(visit, Failed(NOTE, form, refused.words, _UNFIT))


def _number(visit: Visit) -> int:
    number = visit.number("number")
    if number is None:
        raise Refusal(404, back="/cases")
    return number
