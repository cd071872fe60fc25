"""Pages of signing in and out."""

from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.attempts import Refused, entry
from bot.console.auth import address_of, let_in, let_out
from bot.console.console import ROOT, Console
from bot.console.refusal import Refusal
from bot.console.visit import Guest
from storage.account_records import Account

PLAIN = f"{guard.SIGN_IN}?plain=1"  # the form itself, also where WeCom would sign in by itself
WECOM = "/wecom"


def routes(console: Console) -> list[BaseRoute]:
    """Sign in, the second step, sign out."""
    return [
        guard.open_page(console, guard.SIGN_IN, show),
        guard.open_action(console, guard.SIGN_IN, try_password),
        guard.open_page(console, guard.SECOND_STEP, show_second),
        guard.open_action(console, guard.SECOND_STEP, try_code),
        guard.open_action(console, "/sign-out", leave),
    ]


async def show(guest: Guest) -> Response:
    """The form; inside WeCom, which knows who asks, there is no need of one."""
    asked, wecom = guest.text("next", 500), guest.console.wecom
    inside = wecom is not None and wecom.is_inside(guest.request.headers.get("user-agent", ""))
    if inside and not guest.text("plain"):
        return guest.go(f"{WECOM}?next={quote(asked)}")
    return _form(guest, asked)


async def try_password(guest: Guest) -> Response:
    """The first step."""
    login = guest.text("login", 64).lower()
    found = await guest.console.attempts.password(address_of(guest.request), login, guest.secret("password"))
    if isinstance(found, Refused):
        return _form(guest, guest.text("next", 500), login, found)
    return await welcome(guest, found, guest.text("next", 500), "password", verified=not found.has_totp)


async def show_second(guest: Guest) -> Response:
    """The form of the second step."""
    session = await guard.signed_in(guest.console, guest.request)
    if isinstance(session, Response):
        return session
    if session.verified:
        return guest.go("/")
    return guest.render("second_step.html", next=guest.text("next", 500), words="")


async def try_code(guest: Guest) -> Response:
    """The second step, which ends the half session of the first."""
    session = await guard.signed_in(guest.console, guest.request)
    if isinstance(session, Response):
        raise Refusal(401, back=guard.SIGN_IN)
    code = guest.text("code", 16).replace(" ", "")
    found = await guest.console.attempts.code(address_of(guest.request), session.account, code)
    if isinstance(found, Refused):
        return guest.render("second_step.html", found.status, next=guest.text("next", 500), words=found.words)
    return await welcome(guest, found, guest.text("next", 500), "code", verified=True)


async def leave(guest: Guest) -> Response:
    """Out, on this browser only."""
    session = await guard.signed_in(guest.console, guest.request)
    if isinstance(session, Response):
        return session
    return await let_out(guest, session, guest.go(PLAIN))


async def welcome(guest: Guest, account: Account, asked: str, how: str, *, verified: bool) -> Response:
    """On to the page that was asked for, or first to the second step."""
    asked = _next_path(asked)
    target = asked if verified else f"{guard.SECOND_STEP}?next={quote(asked)}"
    line = entry(account, "sign_in" if verified else "sign_in.half", guest.now, how=how)
    return await let_in(guest, account, target, line, verified=verified)


def _form(guest: Guest, asked: str, login: str = "", refused: Refused | None = None) -> Response:
    wecom = f"{ROOT}{WECOM}?next={quote(asked)}" if guest.console.wecom is not None else ""
    words, status = (refused.words, refused.status) if refused else ("", 200)
    return guest.render("sign_in.html", status, next=asked, login=login, words=words, wecom=wecom)


def _next_path(asked: str) -> str:
    """A page of the console, never another site."""
    return asked if asked.startswith("/") and asked.isprintable() else "/"
