"""Cards that staff got about handovers, to be changed for everybody when one of them takes it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from storage.desk_records import Card
from storage.records import ConversationKey
from storage.schema import conversations, handovers, outbox


def withdraw(connection: Connection, handover_ids: Sequence[int], now: datetime) -> None:
    """Nobody needs to be called any more: what has not gone yet is dropped."""
    connection.execute(
        update(outbox)
        .where(outbox.c.handover_id.in_(handover_ids), outbox.c.purpose == "alert")
        .where(outbox.c.state == "due", outbox.c.attempts == 0)
        .values(state="dropped", finished_at=now, error="somebody has taken it")
    )


def about(connection: Connection, handover_ids: Sequence[int]) -> list[Card]:
    """The cards about these handovers that can be changed, oldest first."""
    rows = connection.execute(
        select(outbox, conversations.c.kind, handovers.c.number)
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .join(handovers, handovers.c.id == outbox.c.handover_id)
        .where(outbox.c.handover_id.in_(handover_ids), outbox.c.purpose == "alert")
        .where(outbox.c.update_code.is_not(None))
        .order_by(outbox.c.id)
    )
    return [
        Card(row.id, ConversationKey(row.channel, row.account, row.chat), row.kind, row.update_code, row.number)
        for row in rows
    ]
