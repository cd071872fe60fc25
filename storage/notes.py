"""Internal notes 备注 on conversations and cases."""

from datetime import datetime

from sqlalchemy import Connection, insert

from storage.schema import staff_notes


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
