"""While a person holds the conversation the bot says nothing; only danger is answered before this is asked."""

from dataclasses import replace

from handlers.desk.drafts import chats_of
from handlers.message import Kind, Message, Reply
from handlers.turn import UNHANDLED, Handled, Outcome, StaffNotice, Turn

_FORMS = {"picture": "图片", "voice": "语音", "film": "视频", "file": "文件"}


async def keep_silent(turn: Turn) -> Handled:
    """Keep what was said, and leave the answer to the person; one who works from a chat gets it there."""
    if turn.conversation.holder != "person":
        return UNHANDLED
    return Outcome(replies=(), dialog=turn.dialog, to_staff=await relayed(turn))


async def relayed(turn: Turn) -> tuple[StaffNotice, ...]:
    """The resident's words for the member of staff who holds the conversation and works from a chat."""
    via, holder_id, tools = turn.conversation.holder_via, turn.conversation.holder_id, turn.office.tools
    if tools is None or holder_id is None or via not in tools.staff_accounts:
        return ()
    staff = await turn.office.member(holder_id)
    if staff is None:
        return ()
    reply = Reply(_words(turn.message), title=f"来访 C{turn.conversation.id:06d}", purpose="relay")
    return tuple(StaffNotice(key, reply) for key in chats_of(tools, staff) if key.channel == via)


async def leave(turn: Turn) -> Handled:
    """The person left or blocked us: nothing is to be said."""
    if turn.message.kind is not Kind.LEAVE:
        return UNHANDLED
    return Outcome(replies=(), dialog=replace(turn.dialog, options=()))


def _words(message: Message) -> str:
    if message.media is not None:
        return f"（对方发来{_FORMS.get(message.media.form, '文件')}，请到接待台看）{message.text}"
    return message.text or "（对方发来的内容这里显示不了，请到接待台看）"
