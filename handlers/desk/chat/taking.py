"""接待: taking somebody on from a chat."""

from dataclasses import dataclass, replace

from handlers.desk.alerts import CLAIM
from handlers.desk.chat.lately import lately
from handlers.desk.claim import claim, visible
from handlers.desk.neutral import visit
from handlers.desk.refused import Refused
from handlers.desk.staff import Permission, Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from handlers.ledger import CHANNELS
from handlers.message import Reply
from handlers.turn import StaffNotice
from storage import desk_views
from storage.desk_views import QueueItem
from storage.records import Conversation, ConversationKey

_LONGEST_ID = 18
_NO_SUCH = "没有这一件，可能是很久以前的卡片。发“待接”看现在等着的。"
_NOW_HERE = "现在您打的字都发给这位。办完发“结束”，怎么用发“帮助”。"
_PROTECTED = "这位用安全模式：不要主动打电话、发短信给对方，别在对方不便时追问。"


@dataclass(frozen=True, slots=True)
class Taking:
    """What the member of staff is told. `conversation_id` is what they answer for from this chat now, 0 for nothing.

    `about` is the handover whose resident's words stand in the reply.
    """

    reply: Reply
    conversation_id: int = 0
    about: int | None = None

    def notice(self, chat: ConversationKey) -> StaffNotice:
        """The same as a message of its own, which is forgotten with the resident."""
        return StaffNotice(chat, replace(self.reply, purpose="relay"), about=self.about)


async def take(tools: Tools, staff: Staff, via: str, payload: str) -> Taking:
    """接待 on a card: the matter is theirs, or they hear whose it is. A second tap changes nothing."""
    number = payload.removeprefix(CLAIM)
    known = number.isascii() and number.isdigit() and len(number) <= _LONGEST_ID
    item = await tools.database.read(lambda c: desk_views.handover(c, int(number))) if known else None
    if item is None or not staff.may(Permission.SERVE):
        return Taking(Reply(_NO_SUCH))
    found = await visible(tools, staff, item.conversation_id)
    if isinstance(found, Refused):
        return Taking(Reply(found.words))
    if item.state == "closed":
        return Taking(Reply(f"{item.number} 已经办结了（{item.claimed_name or '同事'}）。发“待接”看现在等着的。"))
    return await begin(tools, staff, via, item.conversation_id, item)


async def begin(tools: Tools, staff: Staff, via: str, conversation_id: int, item: QueueItem | None) -> Taking:
    """Answer for a conversation from this chat, whether it is new to them or was answered from elsewhere."""
    said = await tools.database.read(lambda c: lately(c, conversation_id))  # before they introduce themselves
    taken = await claim(tools, staff, conversation_id, via)
    if isinstance(taken, Refused):
        return Taking(Reply(f"{item.number}：{taken.words}" if item else taken.words))
    name = item.number if item else visit(conversation_id)
    if taken.in_client:
        return Taking(Reply(taken.words, title=f"{name} 在您手上"))
    if not taken.fresh:
        about = f"conversation:{conversation_id}"
        await tools.database.write(lambda c: noted(c, tools, staff, "conversation.view", about, via=via))
    parts = [
        taken.words,
        taken.warning,
        _about(item, taken.conversation),
        said and f"前面说的：\n{said}",
        _PROTECTED if taken.conversation.safe_mode else "",
        _NOW_HERE,
    ]
    page = f"{tools.public_url}/console/conversations/{conversation_id}" if tools.public_url else ""
    text = "\n\n".join(part for part in parts if part)
    return Taking(Reply(text, title=f"{name} 在您手上", link=page), conversation_id, item.id if item else None)


def _about(item: QueueItem | None, conversation: Conversation) -> str:
    place = conversation.township or "乡镇不详"
    channel = CHANNELS.get(conversation.key.channel, conversation.key.channel)
    return f"{channel} · {place}" + (f"\n事由：{item.summary}" if item and item.summary else "")
