"""安全模式 set or ended by staff; what it does is told in `handlers.safety`."""

from sqlalchemy import Connection

from handlers.desk.claim import visible
from handlers.desk.refused import Refused
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from storage import safety


async def protect(tools: Tools, staff: Staff, conversation_id: int, on: bool) -> Refused | None:
    """Set or end the safe mode of a conversation that this member may see; None when it stands so."""
    found = await visible(tools, staff, conversation_id)
    if isinstance(found, Refused):
        return found

    def work(connection: Connection) -> bool:
        changed = safety.set_safe_mode(connection, conversation_id, on, tools.clock())
        if changed:
            action = "conversation.safe_mode_on" if on else "conversation.safe_mode_off"
            noted(connection, tools, staff, action, f"conversation:{conversation_id}")
        return changed

    if await tools.database.write(work):
        tools.said(found.key)
        tools.changed()
    return None
