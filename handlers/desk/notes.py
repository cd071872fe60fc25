"""内部备注: what staff write down for each other; residents never see it."""

from sqlalchemy import Connection

from handlers.desk.claim import visible
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from storage import notes

LONGEST = 2000


async def note(tools: Tools, staff: Staff, conversation_id: int, text: str) -> Refused | None:
    """Add a note to a conversation that this member may see; None when it is written."""
    found = await visible(tools, staff, conversation_id)
    if isinstance(found, Refused):
        return found
    words = text.strip()
    if not words or len(words) > LONGEST:
        return Refused(Why.INPUT, f"备注要写 1 到 {LONGEST} 个字。")

    def work(connection: Connection) -> None:
        notes.add(connection, words, staff.id, staff.name, tools.clock(), conversation_id=conversation_id)
        noted(connection, tools, staff, "conversation.note", f"conversation:{conversation_id}")

    await tools.database.write(work)
    tools.changed()
    return None
