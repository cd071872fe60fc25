"""Internal notes 备注 on conversations and cases."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from storage.schema import staff_notes


@dataclass(frozen=True, slots=True)
class Note:
    """What a member of staff wrote down for the others."""

    id: int
    account_id: int
    author: str
    text: str
    at: datetime


def add(
    connection: Connection,
    text: str,
    account_id: int,
    author: str,
    now: datetime,
    *,
    conversation_id: int | None = None,
    case_id: int | None = None,
) -> None:
    """Write a note of a member of staff on one of the two."""
    connection.execute(
        insert(staff_notes).values(
            conversation_id=conversation_id, case_id=case_id, account_id=account_id, author=author, text=text, at=now
        )
    )


def of_case(connection: Connection, case_id: int) -> list[Note]:
    """The notes on a case, newest first."""
    query = select(staff_notes).where(staff_notes.c.case_id == case_id).order_by(staff_notes.c.id.desc())
    return [Note(row.id, row.account_id, row.author, row.text, row.at) for row in connection.execute(query)]
