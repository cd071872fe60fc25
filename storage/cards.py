"""Cards that staff got about handovers, to be changed for everybody when one of them takes it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from storage.desk_records import Card
from storage.records import ConversationKey
from storage.schema import conversations, outbox


def withdraw(connection: Connection, handovers: Sequence[int], now: datetime) -> None:
    """Nobody needs to be called any more: what has not gone yet is dropped."""
    connection.execute(
        update(outbox)
        .where(outbox.c.handover_id.in_(handovers), outbox.c.purpose == "alert")
        .where(outbox.c.state == "due", outbox.c.attempts == 0)
        .values(state="dropped", finished_at=now, error="somebody has taken it")
    )


def about(connection: Connection, handovers: Sequence[int]) -> list[Card]:
    """The cards about these handovers that can be changed, oldest first."""
    rows = connection.execute(
        select(outbox, conversations.c.kind)
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .where(outbox.c.handover_id.in_(handovers), outbox.c.purpose == "alert")
        .where(outbox.c.update_code.is_not(None))
        .order_by(outbox.c.id)
    )
    return [
        Card(row.id, ConversationKey(row.channel, row.account, row.chat), row.kind, row.update_code) for row in rows
    ]
