"""A case as a member of staff sees it: with its people, its history, its files, and what may be done next."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from handlers.cases.act import possible
from handlers.cases.limits import Limit, limit_of
from handlers.cases.people import People, opened
from handlers.cases.states import Move
from handlers.desk.refused import NOT_FOUND, Refused
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from storage import attachments, cases
from storage.attachments import AttachmentRow
from storage.case_records import CaseEvent, CaseRow


@dataclass(frozen=True, slots=True)
class Looked:
    """Everything of a case. `limit` covers its present state, None where none does; `moves` are open to this member.

    `merged_into` is the number of the case that it became part of, "" where it did not.
    """

    case: CaseRow
    people: People
    events: tuple[CaseEvent, ...]
    files: tuple[AttachmentRow, ...]
    moves: tuple[Move, ...]
    limit: Limit | None
    merged_into: str


async def look(tools: Tools, staff: Staff, case_id: int) -> Looked | Refused:
    """Open a case; that this member saw its personal data is noted in the audit log."""
    found = await tools.database.read(lambda c: _read(c, tools, staff, case_id))
    if isinstance(found, Looked):
        number = found.case.number
        await tools.database.write(lambda c: noted(c, tools, staff, "case.see", f"case:{case_id}", number=number))
    return found


def _read(connection: Connection, tools: Tools, staff: Staff, case_id: int) -> Looked | Refused:
    case = cases.read(connection, case_id)
    if case is None or not staff.may_see_case(case.unit, case.assignee_id):
        return NOT_FOUND
    target = cases.read(connection, case.merged_into) if case.merged_into is not None else None
    details: Mapping[str, object] = case.details
    return Looked(
        case=case,
        people=opened(tools.seal, case),
        events=tuple(cases.events(connection, case_id)),
        files=tuple(attachments.of_case(connection, case_id)),
        moves=possible(staff, case),
        limit=limit_of(case.kind, case.state, details),
        merged_into=target.number if target is not None else "",
    )
