"""Pages of signing in and out."""

from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.auth import Auth, Refused
from bot.console.console import ROOT, Console
from bot.console.refusal import Refusal
from bot.console.visit import SEE_OTHER, Guest
from storage.account_records import Account


def routes(console: Console) -> list[BaseRoute]:
    """Sign in, the second step, sign out."""
    pages = _Pages(Auth(console))
    return [
        guard.open_page(console, guard.SIGN_IN, pages.show),
        guard.open_action(console, guard.SIGN_IN, pages.try_password),
        guard.open_page(console, guard.SECOND_STEP, pages.show_second),
        guard.open_action(console, guard.SECOND_STEP, pages.try_code),
        guard.open_action(console, "/sign-out", pages.leave),
    ]


class _Pages:
    """They share the counts of attempts."""

    def __init__(self, auth: Auth) -> None:
        self._auth = auth

    async def show(self, guest: Guest) -> Response:
        return guest.render("sign_in.html", next=guest.text("next", 500), login="", words="")

    async def try_password(self, guest: Guest) -> Response:
        login = guest.text("login", 64).lower()
        given = guest.form.get("password")
        found = await self._auth.password(guest.request, login, given if isinstance(given, str) else "")
        if isinstance(found, Refused):
            context = {"next": guest.text("next", 500), "login": login, "words": found.words}
            return guest.render("sign_in.html", found.status, **context)
        return await self._let_in(guest, found, "password", verified=not found.has_totp)

    async def show_second(self, guest: Guest) -> Response:
        session = await guard.signed_in(guest.console, guest.request)
        if isinstance(session, Response):
            return session
        if session.verified:
            return guest.go("/")
        return guest.render("second_step.html", next=guest.text("next", 500), words="")

    async def try_code(self, guest: Guest) -> Response:
        session = await guard.signed_in(guest.console, guest.request)
        if isinstance(session, Response):
            raise Refusal(401, back=guard.SIGN_IN)
        code = guest.text("code", 16).replace(" ", "")
        found = await self._auth.code(guest.request, session.account, code)
        if isinstance(found, Refused):
            return guest.render("second_step.html", found.status, next=guest.text("next", 500), words=found.words)
        return await self._let_in(guest, found, "code", verified=True)

    async def leave(self, guest: Guest) -> Response:
        session = await guard.signed_in(guest.console, guest.request)
        return session if isinstance(session, Response) else await self._auth.let_out(session, guest.go(guard.SIGN_IN))

    async def _let_in(self, guest: Guest, account: Account, how: str, *, verified: bool) -> Response:
        asked = next_path(guest.text("next", 500))
        target = asked if verified else f"{guard.SECOND_STEP}?next={quote(asked)}"
        answer = RedirectResponse(ROOT + target, status_code=SEE_OTHER)
        return await self._auth.let_in(guest, account, answer, how=how, verified=verified)


def next_path(asked: str) -> str:
    """Where to go after signing in: a page of the console, never another site."""
    return asked if asked.startswith("/") and asked.isprintable() else "/"
