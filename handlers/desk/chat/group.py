"""The staff's group: cards are tapped there, and everything else is said in private."""

from handlers.desk.alerts import CLAIM
from handlers.desk.chat.taking import take
from handlers.desk.drafts import chats_of
from handlers.desk.staff import Permission, Staff
from handlers.desk.tools import Tools
from handlers.message import Reply
from handlers.turn import Outcome, Turn
from storage import conversations
from storage.records import ConversationKey

_NO_ACCOUNT = "刚才点“接待”的同事还没有绑定接待账号，接不了。请私聊我发 /whoami，把编号交给管理员。"
_NO_CHAT = "{name} 接了一件，但我没法私聊您：请先点开我的头像发 /start，再发“我的接待”。"


async def in_group(turn: Turn, tools: Tools, staff: Staff | None) -> Outcome:
    """Only claims are heard. In the group itself only the card changes, so that nothing of the matter is read there."""
    if not turn.message.payload.startswith(CLAIM):
        return _silent(turn)
    if staff is None or not staff.may(Permission.SERVE):
        return Outcome(replies=(Reply(_NO_ACCOUNT),), dialog=turn.dialog)
    taken = await take(tools, staff, turn.message.channel, turn.message.payload)
    chat = next((key for key in chats_of(tools, staff) if key.channel == turn.message.channel), None)
    if chat is None:
        return _silent(turn)
    told = () if await _reachable(tools, chat) else (Reply(_NO_CHAT.format(name=staff.name)),)
    return Outcome(replies=told if taken.conversation_id else (), dialog=turn.dialog, to_staff=(taken.notice(chat),))


def _silent(turn: Turn) -> Outcome:
    return Outcome(replies=(), dialog=turn.dialog)


async def _reachable(tools: Tools, chat: ConversationKey) -> bool:
    """Whether the member of staff has opened the private chat, which they have to do first, and has not blocked us."""
    found = await tools.database.read(lambda c: conversations.read_conversation(c, chat))
    return found is not None and found.unreachable is None
