"""Row types of accounts, their sign-in, and the audit log: frozen. All times are aware."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from storage.records import Json


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff as lists show them; what proves who they are is in `Credentials`."""

    id: int
    login: str
    name: str
    roles: tuple[str, ...]
    unit: str
    must_change: bool
    has_totp: bool
    wecom_userid: str | None
    telegram_id: str | None
    locked_until: datetime | None
    disabled_at: datetime | None
    created_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is compared with: the argon2 hash and the sealed secret of the second factor."""

    account: Account
    password: str = field(repr=False)
    totp_sealed: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made; `password` is an argon2 hash. Login and WeCom name are lower case."""

    login: str
    name: str
    roles: tuple[str, ...]
    unit: str
    password: str = field(repr=False)
    must_change: bool = True
    wecom_userid: str | None = None
    telegram_id: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session with its account. `verified` is False while the second factor is missing."""

    token_hash: str = field(repr=False)
    account: Account
    verified: bool
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """How much somebody has in hand: conversations held, cases not yet closed."""

    conversations: int
    cases: int

    def __bool__(self) -> bool:
        return bool(self.conversations or self.cases)


@dataclass(frozen=True, slots=True)
class HandedBack:
    """What went back to the queue: conversations with the newest handover that waits in each, and cases, by id."""

    conversations: Mapping[int, int]
    cases: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the audit log as it is read back."""

    id: int
    at: datetime
    account_id: int | None
    actor: str
    action: str
    object: str
    unit: str
    detail: Json


def account_of(row: Row[Any]) -> Account:
    """A row of the table as an `Account`."""
    return Account(
        id=row.id,
        login=row.login,
        name=row.name,
        roles=tuple(row.roles),
        unit=row.unit,
        must_change=row.must_change,
        has_totp=row.totp_sealed is not None,
        wecom_userid=row.wecom_userid,
        telegram_id=row.telegram_id,
        locked_until=row.locked_until,
        disabled_at=row.disabled_at,
        created_at=row.created_at,
        seen_at=row.seen_at,
    )


def credentials_of(row: Row[Any]) -> Credentials:
    """A row of the table as `Credentials`."""
    return Credentials(account_of(row), row.password, row.totp_sealed)
