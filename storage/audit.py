"""The audit log: who did or saw what. Lines are only ever added."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, or_, select

from storage.account_records import AuditRow
from storage.desk_records import AuditEntry
from storage.schema import accounts, audit


def write_audit(connection: Connection, entry: AuditEntry) -> None:
    """Add a line; its text is cut to what the columns hold."""
    connection.execute(
        insert(audit).values(
            at=entry.at,
            account_id=entry.account_id,
            actor=entry.actor[:64],
            action=entry.action,
            object=entry.object[:64],
            unit=entry.unit,
            detail=entry.detail or {},
        )
    )


def entries(
    connection: Connection,
    *,
    actor: str = "",
    object_: str = "",
    since: datetime | None = None,
    before_id: int | None = None,
    unit: str = "",
    limit: int = 50,
) -> list[AuditRow]:
    """The newest lines first: of a person by name or login, about an object (`kind:id`, or a kind), of one day, of what
    the people of a unit did; "" for everybody's.
    """
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if actor:
        theirs = select(accounts.c.id).where(or_(accounts.c.login == actor.lower(), accounts.c.name == actor))
        query = query.where(or_(audit.c.actor == actor, audit.c.account_id.in_(theirs)))
    if unit:
        query = query.where(audit.c.account_id.in_(select(accounts.c.id).where(accounts.c.unit == unit)))
    if object_:
        of_kind = audit.c.object.startswith(f"{object_}:", autoescape=True)
        query = query.where(audit.c.object == object_ if ":" in object_ else of_kind)
    if since is not None:
        query = query.where(audit.c.at >= since, audit.c.at < since + timedelta(days=1))
    if before_id is not None:
        query = query.where(audit.c.id < before_id)
    return [
        AuditRow(row.id, row.at, row.account_id, row.actor, row.action, row.object, row.unit, row.detail)
        for row in connection.execute(query)
    ]
