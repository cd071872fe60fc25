"""What a turn does to cases and their files, within the transaction that ends it."""

from sqlalchemy import Connection

from storage import attachments, cases
from storage.records import Conversation
from storage.turn_result import TurnResult


def write_cases(connection: Connection, turn: TurnResult, conversation: Conversation) -> int | None:
    """Open the case that was confirmed and return its row id; take the resident's own step; keep the files that came;
    note that a closed case was graded.

    Raises:
        Changed: staff took a step in the case meanwhile.
    """
    attachments.note(connection, turn.attachments, conversation.id, turn.inbox_id, turn.now)
    if turn.case_change is not None:
        cases.change_in_turn(connection, turn.case_change)
    if turn.rating is not None and turn.rating.object_kind == "case" and turn.rating.grade is not None:
        cases.mark_rated(connection, turn.rating.object_id, conversation.id, turn.rating.grade, turn.now)
    return cases.submit(connection, turn.case, turn, conversation) if turn.case is not None else None
