"""填处置: what came of a reception that ended in the platform's own client, where nobody was asked."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.console import Console
from bot.console.conversation_acts import closing_of
from bot.console.conversation_view import aside, standing, talk
from bot.console.desk_words import line
from bot.console.refusal import Refusal
from bot.console.settled import settled
from bot.console.visit import Visit
from handlers.desk.claim import visible
from handlers.desk.close import OUTCOMES, note_outcome
from handlers.desk.neutral import visit as visit_name
from handlers.desk.refused import Refused
from handlers.desk.staff import Permission
from storage import desk_views


def routes(console: Console) -> list[BaseRoute]:
    """The form."""
    return [
        guard.page(console, "/handovers/{handover}/outcome", show, Permission.SERVE),
        guard.action(console, "/handovers/{handover}/outcome", write, Permission.SERVE),
    ]


async def show(visit: Visit) -> Response:
    """The talk, and what came of it to be filled in."""
    number = visit.number("handover") or 0
    item = await visit.read(lambda c: desk_views.handover(c, number))
    found = await visible(visit.console.tools, visit.staff, item.conversation_id) if item else None
    if item is None or found is None or isinstance(found, Refused):
        raise Refusal(404, back="/")
    stands = await visit.read(lambda c: standing(c, visit, found))
    lines, said = await visit.read(lambda c: talk(c, found))
    beside = await visit.read(lambda c: aside(c, visit, found, stands, said))
    await visit.record("conversation.view", f"conversation:{found.id}", unit=found.township or "")
    return visit.render(
        "outcome.html",
        item=line(visit, item),
        talk=found,
        name=visit_name(found.id),
        lines=lines,
        outcomes=OUTCOMES,
        **beside,
    )


async def write(visit: Visit) -> Response:
    """Write it down."""
    number = visit.number("handover") or 0
    noted = await note_outcome(visit.console.tools, visit.staff, number, closing_of(visit))
    if isinstance(noted, Refused):
        return settled(visit, noted, back=f"/handovers/{number}/outcome")
    return settled(visit, None, f"处置填好了，咨询编号 {noted.number}。", back="/")
