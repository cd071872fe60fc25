"""Accounts for the tests of storage: short to make, and what happens to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from storage import accounts, sessions, sign_in
from storage.account_records import Account, HandedBack, NewAccount
from storage.database import Database
from tests.storage_tools import DAY, MINUTE, NOW


def draft(login: str, *roles: str, **more: Any) -> NewAccount:
    return NewAccount(login, login.title(), roles or ("desk",), "", f"hash of {login}", **more)


def make(database: Database, login: str, *roles: str, **more: Any) -> Account:
    account = database.write_now(lambda c: accounts.create(c, draft(login, *roles, **more), NOW))
    assert account is not None
    return account


def change(database: Database, account: Account, **changes: Any) -> Account:
    asked: dict[str, Any] = {"name": account.name, "roles": account.roles, "unit": account.unit}
    asked |= {"wecom_userid": account.wecom_userid, "telegram_id": account.telegram_id, **changes}
    return database.write_now(lambda c: accounts.change(c, account.id, **asked))


def disable(database: Database, login: str) -> HandedBack:
    return database.write_now(lambda connection: leave(connection, login))


def leave(connection: Connection, login: str) -> HandedBack:
    account = accounts.by_login(connection, login)
    assert account is not None
    return accounts.disable(connection, account.id, NOW, None, "局长")


def attempt(database: Database, login: str, now: datetime = NOW) -> sign_in.Attempt:
    return database.write_now(lambda c: sign_in.begin(c, login, now, 5, 15 * MINUTE))


def open_session(database: Database, token: str, account: Account) -> None:
    database.write_now(
        lambda c: sessions.open_session(c, token, account.id, NOW, NOW + DAY / 2, verified=True, agent="test")
    )
