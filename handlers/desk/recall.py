"""收回: a supervisor puts a reception of somebody who does not answer back into the queue."""

from sqlalchemy import Connection

from handlers.desk.accounts import staff_of
from handlers.desk.claim import visible
from handlers.desk.drafts import chats_of, to_resident, to_staff
from handlers.desk.neutral import visit
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import Permission, Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from handlers.desk.words import TAKEN_BACK
from handlers.message import Reply
from storage import accounts, conversations, desk, desk_clocks
from storage.records import Conversation

_CHANGED = Refused(Why.STATE, "刚才已经变了，刷新一下看看现在是谁在接待。")


async def recall(tools: Tools, staff: Staff, conversation_id: int) -> Conversation | Refused:
    """Take a reception back from whoever holds it; the resident and the holder are told."""
    found = await visible(tools, staff, conversation_id)
    if isinstance(found, Refused):
        return found
    refused = _may_not(staff, found)
    if refused is not None:
        return refused

    def work(connection: Connection) -> bool:
        now = tools.clock()
        if not desk.give_back(connection, conversation_id, found.holder_id, now):
            return False
        if not found.safe_mode:
            words = Reply(TAKEN_BACK, purpose="handover")
            draft = to_resident(tools, found, words, "recalled", conversation_id, now.timestamp())
            conversations.speak(connection, found, draft, now)
            desk_clocks.note_told(connection, conversation_id, now)
        _tell_holder(connection, tools, staff, found)
        about = f"conversation:{conversation_id}"
        noted(connection, tools, staff, "conversation.recall", about, account=found.holder_id)
        return True

    if not await tools.database.write(work):
        return _CHANGED
    tools.said(found.key)
    tools.changed()
    return found


def _may_not(staff: Staff, found: Conversation) -> Refused | None:
    if not staff.may(Permission.DIRECT):
        return Refused(Why.FORBIDDEN, "收回别人的接待要由主管来办。")
    if found.holder != "person":
        return Refused(Why.STATE, "现在没有人在接待，不用收回。")
    if found.holder_via == desk.IN_CLIENT:
        who = found.holder_name or "同事"
        return Refused(
            Why.PLATFORM, f"{who} 在企业微信“微信客服”里接待，这里收不回来；请转给同事，或者让 {who} 在那里结束。"
        )
    return None


def _tell_holder(connection: Connection, tools: Tools, staff: Staff, found: Conversation) -> None:
    account = accounts.by_id(connection, found.holder_id) if found.holder_id is not None else None
    if account is None:
        return
    now = tools.clock()
    link = f"{tools.public_url}/console/conversations/{found.id}" if tools.public_url else ""
    words = f"{staff.name} 把您接待的 {visit(found.id)} 收回，放进了队列。"
    reply = Reply(words, title="接待已收回", purpose="alert", link=link)
    for message in to_staff(tools, chats_of(tools, staff_of(account)), reply, "recalled", found.id, now.timestamp()):
        conversations.tell_staff(connection, message, now)
