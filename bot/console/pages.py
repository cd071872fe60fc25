"""All pages of the console under one roof. A page module adds its `routes` here."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from bot.console import (
    accounts,
    audit,
    calendar,
    canned,
    cases,
    conversation,
    conversation_acts,
    directory,
    home,
    knowledge,
    me,
    outcome,
    queue,
    ratings,
    refusal,
    roster,
    search,
    sign_in,
    wecom,
)
from bot.console.console import ROOT, STATIC, Console

_ROUTES: tuple[Callable[[Console], list[BaseRoute]], ...] = (
    sign_in.routes,
    wecom.routes,
    home.routes,
    queue.routes,
    conversation.routes,
    conversation_acts.routes,
    outcome.routes,
    cases.routes,
    search.routes,
    canned.routes,
    ratings.routes,
    knowledge.routes,
    directory.routes,
    roster.routes,
    calendar.routes,
    accounts.routes,
    audit.routes,
    me.routes,
)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    # With no-referrer browsers name no origin in their forms, and the guard could not tell ours from others'.
    (b"referrer-policy", b"same-origin"),
)
_KEPT = b"public, max-age=31536000, immutable"  # the address changes with the files
OK = 200
_Scope = MutableMapping[str, Any]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ConsoleHeaders:
    """The headers of the console's answers: forms may be sent here, and nothing but its files is kept by a browser.

    One that a page set for itself stays.
    """

    def __init__(self, app: Callable[[_Scope, _Receive, _Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Pass on, and add the headers at the start of the answer."""
        kept = scope["path"].startswith(f"{ROOT}/static/")

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                caching = _KEPT if kept and message["status"] == OK else b"no-store"
                given = list(message.get("headers", ()))
                own = {name for name, _ in given}
                ours = (*_HEADERS, (b"cache-control", caching))
                message["headers"] = [*given, *(header for header in ours if header[0] not in own)]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def page_routes(console: Console) -> list[BaseRoute]:
    """Every page and action, as they stand below the console's root."""
    return [route for routes in _ROUTES for route in routes(console)]


def mount(console: Console) -> Mount:
    """The console with its own error pages and headers."""
    application = Starlette(
        routes=[*page_routes(console), Mount("/static", StaticFiles(directory=STATIC))],
        middleware=[Middleware(ConsoleHeaders)],
        exception_handlers=refusal.handlers(console),
    )
    return Mount(ROOT, application, name="console")
