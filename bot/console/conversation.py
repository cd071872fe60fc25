"""The page of a conversation: what was said, who holds it, and all that helps to answer. It stays as it is, live."""

import secrets
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.console import Console
from bot.console.conversation_view import Standing, aside, standing, talk
from bot.console.queue import numbers
from bot.console.refusal import Refusal
from bot.console.streams import stream
from bot.console.visit import Visit
from handlers.desk import conflict
from handlers.desk.claim import visible
from handlers.desk.close import OUTCOMES
from handlers.desk.neutral import visit as visit_name
from handlers.desk.notes import LONGEST as LONGEST_NOTE
from handlers.desk.refused import Refused
from handlers.desk.staff import Permission
from storage.records import Conversation


def routes(console: Console) -> list[BaseRoute]:
    """The page, what of it changes, and its events."""
    return [
        guard.page(console, "/conversations/{conversation}", show, Permission.SERVE),
        guard.page(console, "/conversations/{conversation}/now", now, Permission.SERVE, background=True),
        guard.page(console, "/conversations/{conversation}/events", events, Permission.SERVE, background=True),
    ]


async def show(visit: Visit) -> Response:
    """The page."""
    found = await looked_at(visit)
    tools = visit.console.tools
    stands = await visit.read(lambda c: standing(c, visit, found))
    lines, said = await visit.read(lambda c: talk(c, found))
    beside = await visit.read(lambda c: aside(c, visit, found, stands, said))
    warned = await conflict.find(tools, visit.staff.id, conversation_id=found.id)
    await visit.record("conversation.view", f"conversation:{found.id}", unit=found.township or "")
    return visit.render(
        "conversation.html",
        **_shared(found, stands, lines),
        **beside,
        conflict=conflict.warning(warned),
        act=secrets.token_hex(8),
        outcomes=OUTCOMES,
        longest_note=LONGEST_NOTE,
    )


async def now(visit: Visit) -> Response:
    """What changes while the page stands."""
    found = await looked_at(visit)
    stands = await visit.read(lambda c: standing(c, visit, found))
    lines, _ = await visit.read(lambda c: talk(c, found))
    return visit.render("conversation_now.html", **_shared(found, stands, lines))


async def events(visit: Visit) -> Response:
    """Told at once when there is something new in it, or in the queue."""
    found = await looked_at(visit)
    unit = visit.staff.unit
    return stream(
        visit,
        lambda sight: {"version": sight.conversations.get(found.id, ""), **numbers(sight, unit)},
        found.id,
    )


async def looked_at(visit: Visit) -> Conversation:
    """The conversation that the address names, in scope.

    Raises:
        Refusal: 404.
    """
    found = await visible(visit.console.tools, visit.staff, visit.number("conversation") or 0)
    if isinstance(found, Refused):
        raise Refusal(404, found.words, back="/queue")
    return found


def _shared(found: Conversation, stands: Standing, lines: Any) -> dict[str, Any]:
    return {"talk": found, "name": visit_name(found.id), "standing": stands, "lines": lines}
