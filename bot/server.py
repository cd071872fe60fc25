"""The ASGI application: the residents' page, the channels' routes, health."""

import importlib.metadata
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.faults import told
from bot.openapi import describe
from handlers.county import County
from handlers.greeting import greeting
from storage.database import Database
from storage.errors import StorageError
from storage.health import Health, read_health

PAGE = Path(__file__).parent / "page"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"geolocation=(), camera=(), microphone=()"),
)
_log = logging.getLogger(__name__)
_Scope = MutableMapping[str, Any]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class SecurityHeaders:
    """Adds the headers that every answer carries; one that a part of the service set for itself stays."""

    def __init__(self, app: Callable[[_Scope, _Receive, _Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Pass on, and add the headers at the start of the answer."""

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                own = {name for name, _ in given}
                message["headers"] = [*given, *(header for header in _HEADERS if header[0] not in own)]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class Pages:
    """What people and monitors fetch."""

    def __init__(self, database: Database, county: County, version: str, quick_exit_url: str) -> None:
        """`quick_exit_url` is where the page leads who leaves it in a hurry."""
        self._database = database
        self._county = county
        self._version = version
        self._quick_exit_url = quick_exit_url
        self._templates = Environment(loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined)

    def routes(self, *, resident_page: bool) -> list[BaseRoute]:
        """Health, metrics, the API's description, and the chat page where the web channel is on."""
        routes: list[BaseRoute] = [
            Route("/healthz", self._alive),
            Route("/readyz", self._ready),
            Route("/metrics", self._metrics),
            Route("/api/openapi.json", self._openapi),
        ]
        if resident_page:
            routes += [Route("/", self._chat), Mount("/page", StaticFiles(directory=PAGE), name="page")]
        return routes

    async def _chat(self, _: Request) -> Response:
        page = self._templates.get_template("chat.html").render(
            service=self._county.service,
            county=self._county.name,
            greeting=greeting(self._county).body(),
            version=self._version,
            quick_exit_url=self._quick_exit_url,
        )
        return HTMLResponse(page, headers={"Cache-Control": "no-cache"})

    async def _alive(self, _: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def _ready(self, _: Request) -> Response:
        try:
            await self._database.read(read_health)
        except Exception as error:  # noqa: BLE001 - whatever it is, we are not ready; the log says why
            _log.error("not ready: %s", told(error))
            return PlainTextResponse("database: cannot be read\n", status_code=503)
        return PlainTextResponse(f"ready, knowledge {self._version}\n")

    async def _metrics(self, _: Request) -> Response:
        health = await self._database.read(read_health)
        return PlainTextResponse("".join(_metric_lines(health)), media_type="text/plain; version=0.0.4")

    async def _openapi(self, _: Request) -> Response:
        return JSONResponse(describe(importlib.metadata.version("fawen")))


def build_application(pages: Sequence[BaseRoute], channels: Iterable[Sequence[BaseRoute]]) -> Starlette:
    """All routes under one roof. Errors are answered with a short text and never with their details."""
    routes = [*pages, *(route for wire in channels for route in wire)]
    return Starlette(
        routes=routes,
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={
            HTTPException: _refused,
            StorageError: _unavailable,
            SQLAlchemyError: _unavailable,
            Exception: _failed,
        },
    )


async def _refused(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = {404: "没有这个页面。", 405: "不能这样访问。"}
    return PlainTextResponse(words.get(status, "请求有误。") + "\n", status_code=status)


async def _unavailable(request: Request, error: Exception) -> Response:
    """The database is away or overloaded; platforms send again what got this answer."""
    _log.error("%s cannot be served: %s", request.url.path, type(error).__name__)
    words = "现在有点忙，请过一会儿再试；急事请打 12348。\n"
    return PlainTextResponse(words, status_code=503, headers={"Retry-After": "5"})


async def _failed(_: Request, __: Exception) -> Response:
    return PlainTextResponse("出了点问题，请稍后再试；急事请打 12348。\n", status_code=500)


def _metric_lines(health: Health) -> Iterable[str]:
    values = {
        "fawen_inbox_waiting": (health.inbox_waiting, "Messages accepted and not yet handled"),
        "fawen_inbox_failed": (health.inbox_failed, "Messages set aside with an error"),
        "fawen_outbox_due": (health.outbox_due, "Replies not yet sent"),
        "fawen_outbox_dead": (health.outbox_dead, "Replies given up"),
        "fawen_outbox_dropped": (health.outbox_dropped, "Replies that were not allowed to go"),
        "fawen_consultations": (health.consultations, "Consultations on record"),
        "fawen_handovers_waiting": (health.handovers_waiting, "Handovers that wait for a person"),
    }
    for name, (value, help_text) in values.items():
        yield f"# HELP {name} {help_text}\n# TYPE {name} gauge\n{name} {value}\n"
