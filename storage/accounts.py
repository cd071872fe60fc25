"""Accounts of staff: made, found, changed. Signing in is in `storage.sign_in`, leaving in `storage.hand_back`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.account_records import Account, Credentials, HandedBack, NewAccount, account_of, credentials_of
from storage.hand_back import hand_back
from storage.schema import accounts
from storage.sessions import close_all

_INSERT = {
    "sqlite": sqlite.insert(accounts).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(accounts).on_conflict_do_nothing(),
}


class LastAdministrator(Exception):
    """Without this account nobody could make or mend accounts any more; nothing was changed."""


def create(connection: Connection, draft: NewAccount, now: datetime) -> Account | None:
    """A new account; None if its login, WeCom name or Telegram number is somebody's already (see `taken`)."""
    statement = _INSERT[connection.dialect.name].returning(*accounts.c)
    row = connection.execute(
        statement,
        {
            "login": draft.login,
            "name": draft.name,
            "roles": list(draft.roles),
            "unit": draft.unit,
            "password": draft.password,
            "must_change": draft.must_change,
            "wecom_userid": draft.wecom_userid,
            "telegram_id": draft.telegram_id,
            "failures": 0,
            "created_at": now,
        },
    ).one_or_none()
    return None if row is None else account_of(row)


def create_first(connection: Connection, draft: NewAccount, now: datetime) -> Account | None:
    """The account of a fresh installation; None where there is any account already."""
    if connection.scalar(select(func.count()).select_from(accounts)):
        return None
    return create(connection, draft, now)


def taken(
    connection: Connection,
    *,
    login: str | None = None,
    wecom_userid: str | None = None,
    telegram_id: str | None = None,
    besides: int | None = None,
) -> str | None:
    """The column, of those given, whose value another account than `besides` has; None if all are free."""
    given = {"login": login, "wecom_userid": wecom_userid, "telegram_id": telegram_id}
    for name, value in given.items():
        if value is None:
            continue
        owner = connection.scalar(select(accounts.c.id).where(accounts.c[name] == value))
        if owner is not None and owner != besides:
            return name
    return None


def everybody(connection: Connection) -> list[Account]:
    """All accounts: those that may act first, then the disabled ones, each by login."""
    disabled = accounts.c.disabled_at.is_not(None)
    rows = connection.execute(select(accounts).order_by(disabled, accounts.c.login))
    return [account_of(row) for row in rows]


def by_id(connection: Connection, account_id: int) -> Account | None:
    """The account of this number, disabled or not."""
    return _one(connection, accounts.c.id == account_id)


def by_login(connection: Connection, login: str) -> Account | None:
    """The account of this login, disabled or not; upper and lower case are the same."""
    return _one(connection, accounts.c.login == login.strip().lower())


def by_wecom_userid(connection: Connection, userid: str) -> Account | None:
    """The account that may act and belongs to this member of WeCom; upper and lower case are the same."""
    return _one(connection, accounts.c.wecom_userid == userid.lower(), accounts.c.disabled_at.is_(None))


def by_telegram_id(connection: Connection, telegram_id: str) -> Account | None:
    """The account that may act and belongs to this user of Telegram."""
    return _one(connection, accounts.c.telegram_id == telegram_id, accounts.c.disabled_at.is_(None))


def of_chat(connection: Connection, channel: str, sender: str) -> Account | None:
    """The account that may act and is bound to this sender of a channel; None where the channel binds nobody."""
    if channel == "wecom_app":
        return by_wecom_userid(connection, sender)
    return by_telegram_id(connection, sender) if channel == "telegram" else None


def active(connection: Connection, account_id: int) -> Account | None:
    """The account of this number, if it may act."""
    return _one(connection, accounts.c.id == account_id, accounts.c.disabled_at.is_(None))


def credentials(connection: Connection, account_id: int) -> Credentials | None:
    """What this account's sign-in is compared with."""
    row = connection.execute(select(accounts).where(accounts.c.id == account_id)).one_or_none()
    return None if row is None else credentials_of(row)


def change(
    connection: Connection,
    account_id: int,
    *,
    name: str,
    roles: Sequence[str],
    unit: str,
    wecom_userid: str | None,
    telegram_id: str | None,
) -> Account:
    """Give an account another name, other roles, another unit or other bindings.

    Raises:
        LastAdministrator: the role is taken from the last one who has it.
        sqlalchemy.exc.IntegrityError: the WeCom name or Telegram number is somebody's already (see `taken`).
    """
    if "administrator" not in roles:
        _keep_an_administrator(connection, account_id)
    values = {"name": name, "roles": list(roles), "unit": unit}
    return _update(connection, account_id, **values, wecom_userid=wecom_userid, telegram_id=telegram_id)


def reset_password(connection: Connection, account_id: int, password: str) -> Account:
    """Another argon2 hash, for one sign-in, after which it has to be changed; the second factor is switched off."""
    set_totp(connection, account_id, None, None)
    return set_password(connection, account_id, password, must_change=True)


def set_password(connection: Connection, account_id: int, password: str, *, must_change: bool = False) -> Account:
    """Another argon2 hash: failures are forgotten, and all sessions end."""
    close_all(connection, account_id)
    return _update(connection, account_id, password=password, must_change=must_change, failures=0, locked_until=None)


def rehash(connection: Connection, account_id: int, before: str, after: str) -> None:
    """The same password under newer parameters, unless it was changed meanwhile."""
    connection.execute(
        update(accounts).where(accounts.c.id == account_id, accounts.c.password == before).values(password=after)
    )


def set_totp(connection: Connection, account_id: int, sealed: str | None, step: int | None) -> Account:
    """Switch the second factor on, with the step of the code that proved it, or off with None."""
    return _update(connection, account_id, totp_sealed=sealed, totp_step=step)


def disable(connection: Connection, account_id: int, now: datetime, by: int | None, actor: str) -> HandedBack:
    """Let somebody do nothing any more: sessions end, and what they had in hand goes back to the queue.

    Returns what was handed back. `by` and `actor` stand in the history of the cases.

    Raises:
        LastAdministrator: they are the last one.
    """
    _keep_an_administrator(connection, account_id)
    close_all(connection, account_id)
    _update(connection, account_id, disabled_at=now)
    return hand_back(connection, account_id, now, by, actor)


def enable(connection: Connection, account_id: int) -> Account:
    """Let somebody act again; failures are forgotten."""
    return _update(connection, account_id, disabled_at=None, failures=0, locked_until=None)


def _one(connection: Connection, *conditions: ColumnElement[bool]) -> Account | None:
    row = connection.execute(select(accounts).where(*conditions)).one_or_none()
    return None if row is None else account_of(row)


def _update(connection: Connection, account_id: int, **values: Any) -> Account:
    row = connection.execute(
        update(accounts).where(accounts.c.id == account_id).values(**values).returning(*accounts.c)
    ).one()
    return account_of(row)


def _keep_an_administrator(connection: Connection, leaving: int) -> None:
    # Locked, so that two administrators who disable each other at once do not both succeed on PostgreSQL.
    rows = connection.execute(
        select(accounts.c.id, accounts.c.roles)
        .where(accounts.c.disabled_at.is_(None))
        .order_by(accounts.c.id)
        .with_for_update()
    ).all()
    able = {row.id for row in rows if "administrator" in row.roles}
    if able == {leaving}:
        raise LastAdministrator
