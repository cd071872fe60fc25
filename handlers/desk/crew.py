"""Everybody who may act, and who of them is called when."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from handlers.desk.accounts import staff_of
from handlers.desk.duty import on_call, units_of
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from storage import accounts, roster


def crew(connection: Connection) -> list[Staff]:
    """The members of staff whose accounts are not disabled."""
    return [staff_of(account) for account in accounts.everybody(connection) if account.disabled_at is None]


def called_at(
    connection: Connection, tools: Tools, able: Sequence[Staff], township: str | None, at: datetime
) -> list[Staff]:
    """Whom a matter of this township is brought to at this moment, by the roster of its day."""
    local = at.astimezone(tools.hours().zone)
    duties = [duty for unit in units_of(township) for duty in roster.of_day(connection, unit, local.date())]
    return on_call(able, duties, township, local)
