"""Attempts to sign in: counted before they are judged, so that many at once are no more than as many one by one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, case, or_, select, update

from storage.account_records import Credentials, credentials_of
from storage.schema import accounts


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt is judged by: `credentials` is None where nobody has this login.

    `locked_until` is set where the attempt may not even be judged.
    """

    credentials: Credentials | None
    locked_until: datetime | None = None


def begin(connection: Connection, login: str, now: datetime, most: int, pause: timedelta) -> Attempt:
    """Count an attempt as failed until `forgive` says otherwise; the `most`th locks the account for `pause`.

    Nobody is told that an account is disabled: it is as unknown.
    """
    mine = and_(accounts.c.login == login, accounts.c.disabled_at.is_(None))
    free = or_(accounts.c.locked_until.is_(None), accounts.c.locked_until <= now)
    counted = case((accounts.c.locked_until.is_not(None), 1), else_=accounts.c.failures + 1)  # a lock that ended
    row = connection.execute(
        update(accounts)
        .where(mine, free)
        .values(failures=counted, locked_until=case((counted >= most, now + pause), else_=None))
        .returning(*accounts.c)
    ).one_or_none()
    if row is not None:
        return Attempt(credentials_of(row))
    locked_until = connection.scalar(select(accounts.c.locked_until).where(mine))
    return Attempt(None, locked_until)


def forgive(connection: Connection, account_id: int) -> None:
    """The attempt was good: nothing is held against the account any more."""
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(failures=0, locked_until=None))


def use_totp_step(connection: Connection, account_id: int, step: int) -> bool:
    """Whether the code of this step is used for the first time; an older one than the newest used is none."""
    unused = or_(accounts.c.totp_step.is_(None), accounts.c.totp_step < step)
    row = connection.execute(
        update(accounts).where(accounts.c.id == account_id, unused).values(totp_step=step).returning(accounts.c.id)
    ).one_or_none()
    return row is not None
