"""What the doctor and the metrics ask of the database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, func, select

from storage.schema import consultations, handovers, inbox, outbox


@dataclass(frozen=True, slots=True)
class Health:
    """Counts of work: waiting, set aside, given up. `oldest_*` is None where nothing waits."""

    inbox_waiting: int
    inbox_failed: int
    oldest_waiting: datetime | None
    outbox_due: int
    outbox_dead: int
    outbox_dropped: int
    consultations: int
    handovers_waiting: int


def read_health(connection: Connection) -> Health:
    """Count the work that waits or was given up."""
    inbox_states = _by_state(connection, inbox)
    outbox_states = _by_state(connection, outbox)
    return Health(
        inbox_waiting=inbox_states.get("new", 0),
        inbox_failed=inbox_states.get("failed", 0),
        oldest_waiting=connection.scalar(select(func.min(inbox.c.received_at)).where(inbox.c.state == "new")),
        outbox_due=outbox_states.get("due", 0),
        outbox_dead=outbox_states.get("dead", 0),
        outbox_dropped=outbox_states.get("dropped", 0),
        consultations=connection.scalar(
            select(func.count()).select_from(consultations).where(consultations.c.people > 0)
        )
        or 0,
        handovers_waiting=connection.scalar(
            select(func.count()).select_from(handovers).where(handovers.c.state == "waiting")
        )
        or 0,
    )


def newest_message(connection: Connection) -> datetime | None:
    """When the newest message came in."""
    newest: datetime | None = connection.scalar(select(func.max(inbox.c.received_at)))
    return newest


def _by_state(connection: Connection, table: Table) -> dict[str, int]:
    rows = connection.execute(select(table.c.state, func.count()).group_by(table.c.state))
    return {str(state): int(number) for state, number in rows}
