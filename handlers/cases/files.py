"""Files of a case for those who work on it: opened, added, taken out. Nobody else gets at them."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import Connection

from handlers import attachments
from handlers.desk.claim import visible
from handlers.desk.refused import NOT_FOUND, Refused, Why
from handlers.desk.staff import Permission, Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from handlers.files import STORED
from storage import attachments as rows
from storage import cases
from storage.attachments import AttachmentRow
from storage.case_records import CaseChange, CaseRow
from storage.desk_records import AttachmentDraft

_GONE = Refused(Why.NOT_FOUND, "这个文件已经不在了。")


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file's bytes under the type that they really have; to be handed over as a download, never as a page."""

    name: str
    media_type: str
    data: bytes


async def open_file(tools: Tools, staff: Staff, file_id: int) -> OpenedFile | Refused:
    """A file of a case or conversation in scope; that it was opened is noted in the audit log."""
    row = await _visible(tools, staff, file_id)
    if isinstance(row, Refused):
        return row
    if row.state != "stored" or row.sha256 is None:
        return _GONE
    sha256 = row.sha256
    try:
        data = await asyncio.to_thread(attachments.opened, tools.files, tools.seal, sha256)
    except (OSError, ValueError):
        return _GONE
    await tools.database.write(lambda c: noted(c, tools, staff, "file.see", f"file:{file_id}", case=row.case_id))
    return OpenedFile(row.name, row.media_type, data)


async def add_file(tools: Tools, staff: Staff, case_id: int, name: str, data: bytes) -> AttachmentRow | Refused:
    """Put a file to a case, such as a receipt or a decision that was scanned."""
    case = await _case(tools, staff, case_id)
    if isinstance(case, Refused):
        return case
    try:
        judged = attachments.judge(data, name)
    except attachments.NotTaken as error:
        return Refused(Why.INPUT, str(error))
    sha256 = await asyncio.to_thread(attachments.keep, tools.files, tools.seal, data)
    draft = AttachmentDraft(f"{STORED}{sha256}", judged.name, judged.media_type, len(data), case.number, sha256)

    def work(connection: Connection) -> AttachmentRow | None:
        row = rows.add(connection, case_id, draft, (staff.id, staff.name), tools.clock())
        if row is not None:
            _note(connection, tools, staff, case, "add_file", judged.name)
            noted(connection, tools, staff, "file.add", f"file:{row.id}", case=case_id)
        return row

    added = await tools.database.write(work)
    tools.changed()
    return added if added is not None else Refused(Why.INPUT, "这个工单里已经有一模一样的文件了。")


async def remove_file(tools: Tools, staff: Staff, file_id: int, reason: str) -> Refused | None:
    """Take a file out of its case, with the reason in the history; by who works on it, or a supervisor."""
    row = await _visible(tools, staff, file_id)
    if isinstance(row, Refused):
        return row
    case = None if row.case_id is None else await tools.database.read(lambda c: cases.read(c, row.case_id or 0))
    mine = case is not None and case.assignee_id == staff.id
    if not mine and not staff.may(Permission.DIRECT):
        return Refused(Why.FORBIDDEN, "移除附件由承办人或主管来办。")
    if not reason.strip():
        return Refused(Why.INPUT, "没填移除的理由。")

    def work(connection: Connection) -> bool:
        gone = rows.remove(connection, file_id, f"{staff.name}：{reason.strip()}")
        if gone and case is not None:
            _note(connection, tools, staff, case, "remove_file", f"{row.name}：{reason.strip()}")
        if gone:
            noted(connection, tools, staff, "file.remove", f"file:{file_id}", case=row.case_id)
        return gone

    return None if await tools.database.write(work) else _GONE


async def _visible(tools: Tools, staff: Staff, file_id: int) -> AttachmentRow | Refused:
    row = await tools.database.read(lambda c: rows.read(c, file_id))
    if row is None:
        return NOT_FOUND
    if row.case_id is not None:
        case = await _case(tools, staff, row.case_id)
        return case if isinstance(case, Refused) else row
    talk = await visible(tools, staff, row.conversation_id) if row.conversation_id is not None else NOT_FOUND
    return talk if isinstance(talk, Refused) else row


async def _case(tools: Tools, staff: Staff, case_id: int) -> CaseRow | Refused:
    case = await tools.database.read(lambda c: cases.read(c, case_id))
    if case is None or not staff.may_see_case(case.unit, case.assignee_id):
        return NOT_FOUND
    return case


def _note(connection: Connection, tools: Tools, staff: Staff, case: CaseRow, action: str, text: str) -> None:
    step = CaseChange(
        case.id, case.version, case.state, case.state, action, tools.clock(), staff.name, staff.id, text=text
    )
    cases.add_event(connection, case, step)
