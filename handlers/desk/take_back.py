"""退回: a reception whose holder has fallen silent while the resident waits goes back into the queue."""

from datetime import timedelta

from sqlalchemy import Connection

from handlers.desk.accounts import staff_of
from handlers.desk.drafts import chats_of, to_resident, to_staff
from handlers.desk.neutral import visit
from handlers.desk.tools import Tools
from handlers.desk.words import TAKEN_BACK
from handlers.message import Reply
from storage import accounts, conversations, desk, desk_clocks
from storage.audit import write_audit
from storage.desk_clocks import SilentReception
from storage.desk_records import AuditEntry
from storage.records import ConversationKey

BATCH = 500  # that are looked at in one run
MOST = 50  # that are put back: the others' turn comes a minute later, and nobody waits long for the database
_ACTOR = "法问"


def take_back(connection: Connection, tools: Tools, minutes: int) -> list[ConversationKey]:
    """Put back what nobody has worked on for so many office minutes; the conversations that wait again.

    In office hours only: at night nobody is there to take them, and nobody is to be woken.
    """
    hours, now = tools.hours(), tools.clock()
    if not hours.is_open(now):
        return []
    allowed = timedelta(minutes=minutes)
    silent = desk_clocks.silent_receptions(connection, now - allowed, BATCH)
    found = [reception for reception in silent if hours.working_time(reception.since, now) >= allowed]
    return [one.conversation.key for one in found[:MOST] if _put_back(connection, tools, one, minutes)]


def _put_back(connection: Connection, tools: Tools, reception: SilentReception, minutes: int) -> bool:
    conversation, now = reception.conversation, tools.clock()
    if not desk.give_back(connection, conversation.id, reception.holder_id, now):
        return False
    about = f"conversation:{conversation.id}"
    detail = {"account": reception.holder_id, "minutes": minutes}
    unit = conversation.township or ""
    write_audit(connection, AuditEntry(now, None, _ACTOR, "conversation.take_back", about, unit, detail))
    if not conversation.safe_mode:
        # A word of the desk's; the platform may bring the resident back to where its servicers see them.
        draft = to_resident(
            tools, conversation, Reply(TAKEN_BACK, purpose="handover"), "taken back", conversation.id, now.timestamp()
        )
        conversations.speak(connection, conversation, draft, now)
        desk_clocks.note_told(connection, conversation.id, now)
    _tell_holder(connection, tools, reception, minutes)
    return True


def _tell_holder(connection: Connection, tools: Tools, reception: SilentReception, minutes: int) -> None:
    conversation, now = reception.conversation, tools.clock()
    account = accounts.by_id(connection, reception.holder_id)
    if account is None:
        return
    text = f"您接待的 {visit(conversation.id)} 等您回话超过 {minutes} 分钟，已经退回队列，由别的同事接着办。还能再接。"
    link = f"{tools.public_url}/console/conversations/{conversation.id}" if tools.public_url else ""
    reply = Reply(text, title="接待已退回队列", purpose="alert", link=link)
    chats = chats_of(tools, staff_of(account))
    for message in to_staff(tools, chats, reply, "taken back", conversation.id, now.timestamp()):
        conversations.tell_staff(connection, message, now)
