"""Service records by number or by words of their masked summaries, within somebody's scope."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, false, func, or_, select

from storage.schema import consultations, conversations


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A service record as a line of a list; safe mode hides more of it in the page."""

    id: int
    number: str
    conversation_id: int | None
    opened_at: datetime
    channel: str
    township: str
    title: str
    summary: str
    status: str
    responder: str
    safe_mode: bool


def records(connection: Connection, words: str, unit: str, account_id: int, limit: int) -> list[FoundRecord]:
    """Newest first. Those of safe mode are found by their number alone.

    `unit` "" is the whole county; else its township, with what the account answered anywhere.
    """
    safe = func.coalesce(conversations.c.safe_mode, false())
    by_words = or_(
        consultations.c.summary.icontains(words, autoescape=True),
        consultations.c.title.icontains(words, autoescape=True),
    )
    query = (
        select(consultations, safe.label("protected"))
        .outerjoin(conversations, conversations.c.id == consultations.c.conversation_id)
        .where(consultations.c.people > 0, consultations.c.number.is_not(None))
        .where(or_(consultations.c.number.icontains(words, autoescape=True), and_(by_words, safe.is_(False))))
        .order_by(consultations.c.id.desc())
        .limit(limit)
    )
    if unit:
        query = query.where(or_(consultations.c.township == unit, consultations.c.responder_id == account_id))
    return [
        FoundRecord(
            id=row.id,
            number=row.number,
            conversation_id=row.conversation_id,
            opened_at=row.opened_at,
            channel=row.channel,
            township=row.township,
            title=row.title,
            summary=row.summary,
            status=row.status,
            responder=row.responder,
            safe_mode=bool(row.protected),
        )
        for row in connection.execute(query)
    ]
