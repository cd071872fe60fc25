"""What a member of staff says to a resident through us, within what the platform allows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from handlers.desk.claim import visible
from handlers.desk.drafts import to_resident
from handlers.desk.refused import NOT_YOURS, Refused, Why
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.message import Reply
from storage import conversations, desk, desk_views
from storage.records import Conversation

_IN_CLIENT = Refused(Why.PLATFORM, "这个会话在企业微信“微信客服”里接待，请到那里答复；这里会同步记录。")


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may still be said: `left` messages until `until`; None where the platform sets no limit."""

    left: int | None
    until: datetime | None

    def closed(self, now: datetime) -> bool:
        """Whether nothing may be said before the resident writes again."""
        return self.left == 0 or (self.until is not None and self.until <= now)

    def words(self, now: datetime) -> str:
        """As staff see it: 还可发 3 条，剩 6 小时; "" without a limit."""
        if self.left is None or self.until is None:
            return ""
        if self.closed(now):
            return "微信不让再发了，等对方发来下一条才能答复；急事请打电话。"
        minutes = int((self.until - now).total_seconds() // 60)
        span = f"{minutes // 60} 小时" if minutes >= 60 else f"{minutes} 分钟"  # noqa: PLR2004 - an hour
        return f"还可发 {self.left} 条，剩 {span}"


@dataclass(frozen=True, slots=True)
class SaidIt:
    """It is in the outbox; what became of it shows in the history. `budget` is what is left after it."""

    conversation: Conversation
    budget: Budget


async def say(tools: Tools, staff: Staff, conversation_id: int, text: str, name: str) -> SaidIt | Refused:
    """Say `text` to the resident. `name` identifies this act, so that a double click says it once."""
    found = await visible(tools, staff, conversation_id)
    if isinstance(found, Refused):
        return found
    refused = _cannot(staff, found) or _unsayable(tools, staff, found, text)
    if refused is not None:
        return refused
    result = await tools.database.write(lambda c: _write(c, tools, staff, found, text.strip(), name))
    if isinstance(result, SaidIt):
        tools.said(found.key)
    return result


def budget(connection: Connection, conversation: Conversation) -> Budget:
    """What may still be said, with what waits in the outbox taken off."""
    if conversation.window_left is None:
        return Budget(None, None)
    waits = desk_views.unspent(connection, conversation.id)
    return Budget(max(0, conversation.window_left - waits), conversation.window_until)


def _write(
    connection: Connection, tools: Tools, staff: Staff, found: Conversation, text: str, name: str
) -> SaidIt | Refused:
    now = tools.clock()
    left = budget(connection, found)
    draft = to_resident(tools, found, _reply(staff, text), "staff", staff.id, name)
    if desk_views.is_said(connection, draft.key):
        return SaidIt(found, left)
    if left.closed(now):
        return Refused(Why.WINDOW, left.words(now))
    if not desk.spoke(connection, found.id, staff.id, now):
        return NOT_YOURS
    conversations.speak(connection, found, draft, now)
    return SaidIt(found, Budget(None if left.left is None else left.left - 1, left.until))


def _reply(staff: Staff, text: str) -> Reply:
    return Reply(text, author=staff.name, purpose="staff")


def _cannot(staff: Staff, found: Conversation) -> Refused | None:
    if found.holder != "person" or found.holder_id != staff.id:
        return NOT_YOURS
    if found.holder_via == desk.IN_CLIENT:
        return _IN_CLIENT
    if found.unreachable is not None:
        return Refused(Why.PLATFORM, "对方已经离开或屏蔽了我们，发不过去。留了电话的，请打电话。")
    return None


def _unsayable(tools: Tools, staff: Staff, found: Conversation, text: str) -> Refused | None:
    if not text.strip():
        return Refused(Why.INPUT, "还没有写内容。")
    reply = _reply(staff, text.strip())
    wire = tools.wires.get(found.key.channel)
    if wire is not None and wire.fit(reply).more:
        fits = len(wire.fit(reply).text)
        return Refused(Why.INPUT, f"太长了，一条最多大约 {fits} 个字，请分几条发。")
    return None
