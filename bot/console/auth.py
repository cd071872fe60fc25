"""Opening and closing sessions."""

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.console import cookies
from bot.console.attempts import entry
from bot.console.console import ROOT
from bot.console.visit import SEE_OTHER, Guest
from storage import sessions
from storage.account_records import Account, SignedIn
from storage.audit import write_audit
from storage.desk_records import AuditEntry


def address_of(request: Request) -> str:
    """From where somebody asks; the server has put the proxy's word about it in its place."""
    return request.client.host if request.client else ""


async def let_in(
    guest: Guest, account: Account, path: str, line: AuditEntry, *, verified: bool = True, words: str = ""
) -> Response:
    """On to a page of the console under a new session; the one that this browser had before ends.

    `line` goes into the audit log; the page begins with `words`.
    """
    token, now = cookies.new_token(), guest.now
    before = guest.request.cookies.get(cookies.SESSION)
    agent = guest.request.headers.get("user-agent", "")
    expires_at = now + guest.console.longest

    def work(connection: Connection) -> None:
        if before:
            sessions.close(connection, cookies.token_hash(before))
        known = cookies.token_hash(token)
        sessions.open_session(connection, known, account.id, now, expires_at, verified=verified, agent=agent)
        write_audit(connection, line)

    await guest.write(work)
    answer = RedirectResponse(ROOT + path, status_code=SEE_OTHER)
    cookies.give(guest.console, answer, cookies.SESSION, token)
    if words:
        cookies.say_next(guest.console, answer, token, words, "good")
    return answer


async def let_out(guest: Guest, session: SignedIn, answer: Response) -> Response:
    """End a session."""
    line = entry(session.account, "sign_out", guest.now)

    def work(connection: Connection) -> None:
        sessions.close(connection, session.token_hash)
        write_audit(connection, line)

    await guest.write(work)
    cookies.take(guest.console, answer, cookies.SESSION)
    return answer
