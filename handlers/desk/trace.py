"""留痕: every act of staff leaves a line in the audit log, without personal data."""

from typing import Any

from sqlalchemy import Connection

from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from storage.audit import write_audit
from storage.desk_records import AuditEntry


def noted(connection: Connection, tools: Tools, staff: Staff, action: str, about: str, **detail: Any) -> None:
    """Note in the same transaction what a member of staff did; `about` is kind:id."""
    entry = AuditEntry(tools.clock(), staff.id, staff.name, action, about, staff.unit, detail or None)
    write_audit(connection, entry)
