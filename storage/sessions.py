"""Sign-ins of the console. A session is known by the hash of its token: who reads the table cannot sign in with it."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from storage.account_records import SignedIn, account_of
from storage.schema import accounts, sessions


def open_session(
    connection: Connection,
    token_hash: str,
    account_id: int,
    now: datetime,
    expires_at: datetime,
    *,
    verified: bool,
    agent: str,
) -> None:
    """Begin a session; `expires_at` is its end whatever happens. Sessions that are over are cleared away."""
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    connection.execute(
        insert(sessions).values(
            token_hash=token_hash,
            account_id=account_id,
            verified=verified,
            created_at=now,
            seen_at=now,
            expires_at=expires_at,
            agent=agent[:200],
        )
    )
    if verified:
        connection.execute(update(accounts).where(accounts.c.id == account_id).values(seen_at=now))


def find(connection: Connection, token_hash: str, now: datetime, idle: timedelta) -> SignedIn | None:
    """The session of this token; None if it is over, was idle for too long, or its account is disabled."""
    mine = sessions.c
    row = connection.execute(
        select(
            accounts,
            mine.verified,
            mine.created_at.label("opened_at"),
            mine.seen_at.label("active_at"),
            mine.expires_at,
        )
        .join(accounts, accounts.c.id == mine.account_id)
        .where(mine.token_hash == token_hash, mine.expires_at > now, mine.seen_at > now - idle)
        .where(accounts.c.disabled_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    return SignedIn(token_hash, account_of(row), row.verified, row.opened_at, row.active_at, row.expires_at)


def touch(connection: Connection, token_hash: str, now: datetime) -> None:
    """Somebody is still at work here."""
    connection.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=now))


def close(connection: Connection, token_hash: str) -> None:
    """End one session; harmless if there is none."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def close_all(connection: Connection, account_id: int) -> None:
    """End all sessions of an account."""
    connection.execute(delete(sessions).where(sessions.c.account_id == account_id))
