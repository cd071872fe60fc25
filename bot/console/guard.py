"""The guard before every page: the same site, a session, the role, the form's mark; only then the page itself."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.console import cookies
from bot.console.console import ROOT, Console
from bot.console.limited import read_form
from bot.console.refusal import Refusal
from bot.console.visit import SEE_OTHER, Guest, Visit
from handlers.desk.staff import Permission
from storage import sessions
from storage.account_records import SignedIn

LARGEST = 256 * 1024
CSRF_HEADER = "x-csrf"
SIGN_IN = "/sign-in"
SECOND_STEP = "/second-step"
PASSWORD = "/me/password"  # noqa: S105 - a path
_TOUCH = timedelta(minutes=1)  # activity is written down no more often
G = TypeVar("G", bound=Guest)


class Guarded(Route):
    """A route that knows whom it lets in: `permission` None is everybody who signed in."""

    permission: Permission | None = None
    guests: bool = False


def page(
    console: Console,
    path: str,
    handler: Callable[[Visit], Awaitable[Response]],
    permission: Permission | None,
    *,
    background: bool = False,
    before_change: bool = False,
) -> Guarded:
    """Something to look at (GET). `background` is fetched by scripts: it keeps nobody signed in.

    `before_change`: open to those who have to change their password first.
    """

    async def answer(request: Request) -> Response:
        found = await signed_in(console, request)
        if isinstance(found, Response):
            return found
        visit = await _admit(console, request, found, permission, before_change=before_change, touch=not background)
        return visit if isinstance(visit, Response) else await handler(visit)

    return _route(path, answer, "GET", permission)


def action(
    console: Console,
    path: str,
    handler: Callable[[Visit], Awaitable[Response]],
    permission: Permission | None,
    *,
    largest: int = LARGEST,
    before_change: bool = False,
) -> Guarded:
    """Something to do (POST, a form of at most `largest` bytes or a script's request with X-CSRF)."""

    async def answer(request: Request) -> Response:
        same_site(console, request)
        found = await signed_in(console, request)
        if isinstance(found, Response):
            raise Refusal(401, back=SIGN_IN)
        visit = await _admit(console, request, found, permission, before_change=before_change, touch=True)
        if isinstance(visit, Response):
            return visit
        await fill_in(visit, largest)
        return await _handled(handler, visit)

    return _route(path, answer, "POST", permission)


def open_page(console: Console, path: str, handler: Callable[[Guest], Awaitable[Response]]) -> Guarded:
    """A page (GET) for those who have not signed in."""

    async def answer(request: Request) -> Response:
        return await handler(Guest(console, request))

    return _route(path, answer, "GET", None, guests=True)


def open_action(console: Console, path: str, handler: Callable[[Guest], Awaitable[Response]]) -> Guarded:
    """A form (POST) for those who have not signed in; it is bound to the browser all the same."""

    async def answer(request: Request) -> Response:
        same_site(console, request)
        guest = Guest(console, request)
        await fill_in(guest, LARGEST)
        return await _handled(handler, guest)

    return _route(path, answer, "POST", None, guests=True)


def same_site(console: Console, request: Request) -> None:
    """Refuse what another site makes a browser send.

    Raises:
        Refusal: 403.
    """
    origin = request.headers.get("origin")
    if origin is None:
        # Older browsers say nothing with their forms; the form's mark decides then.
        foreign = request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
    else:
        host = request.headers.get("host", "")
        foreign = origin != console.public_url and (not host or urlsplit(origin).netloc != host)
    if foreign:
        raise Refusal(403, "这个请求不是从本系统的页面发出的，没有执行。")


async def fill_in(guest: Guest, largest: int) -> None:
    """Read the form and check that one of our pages gave it to this very browser.

    Raises:
        Refusal: 413 too large, 400 not a form, 403 without the mark.
    """
    guest.form = await read_form(guest.request, largest)
    given = guest.request.headers.get(CSRF_HEADER) or guest.text("csrf")
    if not secrets.compare_digest(given.encode(), guest.csrf.encode()):
        raise Refusal(403, "页面放得太久，或者换过账号。请返回刷新页面，再提交一次。")


async def signed_in(console: Console, request: Request) -> SignedIn | Response:
    """The session of this browser; else the way to the sign-in page.

    Raises:
        Refusal: 401, to a script, which could do nothing with that page.
    """
    token = request.cookies.get(cookies.SESSION, "")
    now = console.now()
    found = None
    if token:
        known = cookies.token_hash(token)
        found = await console.database.read(lambda c: sessions.find(c, known, now, console.idle))
    if found is not None:
        return found
    if any(kind in request.headers.get("accept", "") for kind in ("application/json", "text/event-stream")):
        raise Refusal(401)
    here = request.url.path.removeprefix(ROOT)
    asked = f"{here}?{request.url.query}" if request.url.query else here
    target = ROOT + SIGN_IN + ("" if here in ("", "/") else f"?next={quote(asked)}")
    return RedirectResponse(target, status_code=SEE_OTHER)


async def _admit(
    console: Console,
    request: Request,
    session: SignedIn,
    permission: Permission | None,
    *,
    before_change: bool,
    touch: bool,
) -> Visit | Response:
    if not session.verified:
        return RedirectResponse(ROOT + SECOND_STEP, status_code=SEE_OTHER)
    visit = Visit(console, request, session)
    request.state.visit = visit
    if session.account.must_change and not before_change:
        return visit.go(PASSWORD, "第一次登录，请先换成自己的密码。", "warn")
    if permission is not None and not visit.staff.may(permission):
        raise Refusal(403)
    if touch and visit.now - session.seen_at >= _TOUCH:
        now = visit.now
        await visit.write(lambda c: sessions.touch(c, session.token_hash, now))
    return visit


async def _handled(handler: Callable[[G], Awaitable[Response]], guest: G) -> Response:
    """The answer; the files of the form are let go afterwards, whatever came of it."""
    try:
        return await handler(guest)
    finally:
        await guest.form.close()


def _route(
    path: str,
    answer: Callable[[Request], Awaitable[Response]],
    method: str,
    permission: Permission | None,
    *,
    guests: bool = False,
) -> Guarded:
    route = Guarded(path, answer, methods=[method])
    route.permission = permission
    route.guests = guests
    return route
