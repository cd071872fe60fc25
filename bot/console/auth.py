"""Opening and closing sessions."""

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from bot.console import cookies
from bot.console.attempts import entry
from bot.console.visit import Guest
from storage import sessions
from storage.account_records import Account, SignedIn
from storage.audit import write_audit
from storage.desk_records import AuditEntry


def address_of(request: Request) -> str:
    """From where somebody asks; the server has put the proxy's word about it in its place."""
    return request.client.host if request.client else ""


async def let_in(guest: Guest, account: Account, answer: Response, line: AuditEntry, *, verified: bool) -> Response:
    """Begin a session under a new token; the one that this browser had before ends. `line` goes into the audit log."""
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
    cookies.give(guest.console, answer, cookies.SESSION, token)
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
