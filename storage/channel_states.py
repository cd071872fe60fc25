"""What is remembered of each platform account: its cursor, its "not before", its waiting pull."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.inbox import accept
from storage.records import Accepted, NewMessage
from storage.schema import channel_states

_INSERT = {
    "sqlite": sqlite.insert(channel_states).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(channel_states).on_conflict_do_nothing(),
}


def want_pull(connection: Connection, channel: str, account: str, token: str | None, now: datetime) -> None:
    """Ask for a pull of this account's messages. Asking again before it was served changes only the token."""
    _ensure(connection, channel, account, now)
    values = {"pull_wanted": channel_states.c.pull_wanted + 1, "updated_at": now}
    if token is not None:
        values |= {"pull_token": token, "pull_token_at": now}
    connection.execute(update(channel_states).where(*_is(channel, account)).values(**values))


def claim_pull(
    connection: Connection, channel: str, account: str, now: datetime, lease: timedelta
) -> tuple[int, str | None, datetime | None, str | None] | None:
    """Lease the account's pull: (ticket, token, its time, cursor); None if another worker is at it or none waits."""
    row = connection.execute(
        update(channel_states)
        .where(*_is(channel, account), channel_states.c.pull_wanted > channel_states.c.pull_served)
        .where(or_(channel_states.c.pull_lease_until.is_(None), channel_states.c.pull_lease_until <= now))
        .values(pull_lease_until=now + lease)
        .returning(channel_states)
    ).one_or_none()
    if row is None:
        return None
    return row.pull_wanted, row.pull_token, row.pull_token_at, row.cursor


def store_page(
    connection: Connection,
    channel: str,
    account: str,
    messages: list[NewMessage],
    cursor: str,
    now: datetime,
    lease: timedelta,
) -> list[Accepted]:
    """Store one pulled page and the cursor behind it in one transaction: neither can be there without the other."""
    accepted = accept(connection, messages) if messages else []
    _ensure(connection, channel, account, now)
    connection.execute(
        update(channel_states)
        .where(*_is(channel, account))
        .values(cursor=cursor, updated_at=now, pull_lease_until=now + lease)
    )
    return accepted


def finish_pull(connection: Connection, channel: str, account: str, ticket: int, now: datetime) -> None:
    """The pull that was wanted up to `ticket` is done; a bell that rang meanwhile stays wanted."""
    connection.execute(
        update(channel_states)
        .where(*_is(channel, account), channel_states.c.pull_served < ticket)
        .values(pull_served=ticket, pull_lease_until=None, updated_at=now)
    )


def give_up_pull(connection: Connection, channel: str, account: str, until: datetime) -> None:
    """The pull failed: leave it wanted and let nobody try before `until`."""
    connection.execute(update(channel_states).where(*_is(channel, account)).values(pull_lease_until=until))


def read_cursor(connection: Connection, channel: str, account: str) -> str | None:
    """Where reading goes on; None before the first page."""
    return connection.scalar(select(channel_states.c.cursor).where(*_is(channel, account)))


def wanted_pulls(connection: Connection, channel: str, now: datetime) -> list[str]:
    """Accounts of a channel with a pull that waits and that nobody is at."""
    rows = connection.execute(
        select(channel_states.c.account)
        .where(channel_states.c.channel == channel)
        .where(channel_states.c.pull_wanted > channel_states.c.pull_served)
        .where(or_(channel_states.c.pull_lease_until.is_(None), channel_states.c.pull_lease_until <= now))
    )
    return [str(row.account) for row in rows]


def hold_back(connection: Connection, channel: str, account: str, until: datetime, now: datetime) -> None:
    """The platform refused for being too fast: nothing of this account goes before `until`."""
    _ensure(connection, channel, account, now)
    connection.execute(update(channel_states).where(*_is(channel, account)).values(not_before=until))


def held_back_until(connection: Connection, channel: str, account: str) -> datetime | None:
    """Until when the account must keep still; None if it may speak."""
    return connection.scalar(select(channel_states.c.not_before).where(*_is(channel, account)))


def _ensure(connection: Connection, channel: str, account: str, now: datetime) -> None:
    connection.execute(
        _INSERT[connection.dialect.name],
        {"channel": channel, "account": account, "pull_wanted": 0, "pull_served": 0, "updated_at": now},
    )


def _is(channel: str, account: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return channel_states.c.channel == channel, channel_states.c.account == account
