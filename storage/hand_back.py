"""What somebody has in hand, and how it goes back to the queue when they leave."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from storage import desk
from storage.account_records import HandedBack, Held
from storage.schema import case_events, cases, conversations

ENDED = ("rejected", "closed", "visited", "rated", "archived", "withdrawn", "merged")


def held_by(connection: Connection, account_id: int) -> Held:
    """How much an account has in hand."""
    talks = select(func.count()).where(conversations.c.holder_id == account_id, conversations.c.holder == "person")
    work = select(func.count()).where(cases.c.assignee_id == account_id, cases.c.state.not_in(ENDED))
    return Held(connection.scalar(talks) or 0, connection.scalar(work) or 0)


def hand_back(connection: Connection, account_id: int, now: datetime, by: int | None, actor: str) -> HandedBack:
    """Their conversations wait again, with all that was promised to the resident; their open cases are nobody's.

    `by` and `actor` stand in the history of the cases.
    """
    held = connection.scalars(
        select(conversations.c.id)
        .where(conversations.c.holder_id == account_id, conversations.c.holder == "person")
        .order_by(conversations.c.id)
        .with_for_update()
    ).all()
    talks = {talk: max(desk.give_back(connection, talk, account_id, now), default=0) for talk in held}
    work = connection.execute(
        update(cases)
        .where(cases.c.assignee_id == account_id, cases.c.state.not_in(ENDED))
        .values(assignee_id=None, assignee_name=None, version=cases.c.version + 1, updated_at=now)
        .returning(cases.c.id, cases.c.state)
    ).all()
    for row in work:
        connection.execute(
            insert(case_events).values(
                case_id=row.id,
                at=now,
                account_id=by,
                actor=actor,
                action="unassign",
                before=row.state,
                after=row.state,
                text="承办人停用，退回待分派",
                detail={"account": account_id},
            )
        )
    return HandedBack(talks, tuple(row.id for row in work))
