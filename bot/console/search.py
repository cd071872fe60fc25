"""One field for numbers and words: handovers, service records, cases, within the scope. Safe mode only by number."""

from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import case_words, guard
from bot.console.console import Console
from bot.console.desk_words import channel, line, short
from bot.console.visit import Visit
from handlers.cases.kinds import number_in
from handlers.desk.identity import phone_hash
from handlers.desk.neutral import place_of, summary_of, title_of
from handlers.desk.staff import Permission
from handlers.mask import mask
from storage import case_lists, desk_views, finding
from storage.case_records import CaseFilter, CaseItem, CaseScope
from storage.finding import FoundRecord

_MOST = 30
_SHORTEST = 2


def routes(console: Console) -> list[BaseRoute]:
    """The page."""
    return [guard.page(console, "/search", show, Permission.SERVE)]


async def show(visit: Visit) -> Response:
    """What was found, by kind."""
    words = visit.text("q", 60)
    enough = len(words) >= _SHORTEST
    found = await visit.read(lambda c: _find(c, visit, words)) if enough else {"asked": [], "records": [], "cases": []}
    if enough:
        # Masked: somebody may look for a telephone number.
        await visit.record("search", "search:desk", words=mask(words))
    return visit.render("search.html", words=words, enough=enough, most=_MOST, **found)


def _find(connection: Connection, visit: Visit, words: str) -> dict[str, Any]:
    staff = visit.staff
    scope = CaseScope(staff.unit, staff.id)
    hashed = phone_hash(visit.console.tools.seal, words)
    wanted = CaseFilter(phone_hash=hashed) if hashed else CaseFilter(words=number_in(words) or words)
    asked = desk_views.search(connection, words, staff.unit, staff.id, _MOST)
    records = finding.records(connection, words, staff.unit, staff.id, _MOST)
    found = case_lists.newest(connection, scope, wanted, None, _MOST)
    return {
        "asked": [line(visit, item) for item in asked],
        "records": [_record(one) for one in records],
        "cases": [_case(visit, item) for item in found],
    }


def _record(one: FoundRecord) -> dict[str, Any]:
    title = title_of(one.title, safe_mode=one.safe_mode, conversation_id=one.conversation_id, number=one.number)
    return {
        "number": one.number,
        "conversation_id": one.conversation_id,
        "opened_at": one.opened_at,
        "title": title,
        "summary": short(summary_of(one.summary, safe_mode=one.safe_mode)),
        "channel": channel(one.channel),
        "place": place_of(one.township, safe_mode=one.safe_mode),
        "status": one.status,
        "responder": one.responder,
    }


def _case(visit: Visit, item: CaseItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "number": item.number,
        "title": mask(title_of(item.title, safe_mode=item.safe_mode, number=item.number)),
        "kind": case_words.kind(item.kind),
        "place": place_of(item.township, safe_mode=item.safe_mode),
        "state": case_words.state(item),
        "limit": case_words.limit(item, visit.console.tools.hours(), visit.now),
    }
