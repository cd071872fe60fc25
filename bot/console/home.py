"""Where one arrives: the first place that one's role has."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.console import Console
from bot.console.visit import Visit


def routes(console: Console) -> list[BaseRoute]:
    """The console's root."""
    return [guard.page(console, "/", home, None)]


async def home(visit: Visit) -> Response:
    """What one may do here."""
    return visit.render("home.html")
