"""内部备注 on a case: what those who work on it write down for each other; residents never see it."""

from datetime import timedelta

from sqlalchemy import Connection

from handlers.desk.notes import LONGEST
from handlers.desk.refused import NOT_FOUND, Refused, Why
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from storage import cases, notes

_TWICE = timedelta(minutes=5)


async def note(tools: Tools, staff: Staff, case_id: int, text: str) -> Refused | None:
    """Add a note to a case that this member may see; None when it is there. The same click twice leaves one."""
    words = text.strip()

    def work(connection: Connection) -> Refused | None:
        case = cases.read(connection, case_id)
        if case is None or not staff.may_see_case(case.unit, case.assignee_id):
            return NOT_FOUND
        if not 0 < len(words) <= LONGEST:
            return Refused(Why.INPUT, f"备注要写 1 到 {LONGEST} 个字。")
        now = tools.clock()
        last = next(iter(notes.of_case(connection, case_id)), None)
        if last is None or (last.account_id, last.text) != (staff.id, words) or now - last.at > _TWICE:
            notes.add(connection, words, staff.id, staff.name, now, case_id=case_id)
            noted(connection, tools, staff, "case.note", f"case:{case_id}", number=case.number)
        return None

    refused = await tools.database.write(work)
    if refused is None:
        tools.changed()
    return refused
