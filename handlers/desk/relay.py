"""What a resident says, for the member of staff who answers from a chat."""

from sqlalchemy import Connection

from handlers.desk.chat.at_work import in_focus, name_of
from handlers.desk.chat.lately import seen
from handlers.desk.chat.seeing import switch
from handlers.desk.drafts import chats_of
from handlers.desk.neutral import visit
from handlers.dialog import Dialog
from handlers.message import Kind, Message, Reply
from handlers.turn import StaffNotice, Turn
from storage import conversations, desk_views
from storage.desk_views import Reception
from storage.records import ConversationKey

# Elsewhere buttons are numbers, which only the answer to their own words may bear.
_WITH_BUTTONS = ("telegram",)
_GONE = "（对方离开或屏蔽了我们，发不过去了。留了电话的请打电话，没有的可以发“结束”。）"
_TAPPED = "（对方点了前面答复里的一个按钮）"
_UNSEEN = "（对方发来的内容这里显示不了，请到工作台看）"


async def relayed(turn: Turn) -> tuple[StaffNotice, ...]:
    """The words under the number of the matter; whoever has several in hand sees which one is in focus."""
    via, holder_id, tools = turn.conversation.holder_via, turn.conversation.holder_id, turn.office.tools
    if tools is None or holder_id is None or via not in tools.staff_accounts:
        return ()
    staff = await turn.office.member(holder_id)
    chat = next((key for key in chats_of(tools, staff) if key.channel == via), None) if staff else None
    if chat is None:
        return ()
    hand, focus = await tools.database.read(lambda c: _standing(c, turn, chat, holder_id))
    this = next((one for one in hand if one.conversation.id == turn.conversation.id), None)
    about = this.handover.id if this and this.handover else None
    return (StaffNotice(chat, _reply(turn, chat, hand, this, focus), about=about),)


def _standing(
    connection: Connection, turn: Turn, chat: ConversationKey, holder_id: int
) -> tuple[list[Reception], Reception | None]:
    """What they answer for from that chat, and whom their next words go to."""
    held = [one for one in desk_views.held_by(connection, holder_id) if one.conversation.holder_via == chat.channel]
    found = conversations.read_conversation(connection, chat)
    dialog = Dialog.from_json(found.dialog) if found else Dialog()
    return held, in_focus(held, dialog, turn.now)


def _reply(
    turn: Turn, chat: ConversationKey, hand: list[Reception], this: Reception | None, focus: Reception | None
) -> Reply:
    name = name_of(this) if this else visit(turn.conversation.id)
    words = _words(turn.message)
    if this is None or this is focus:
        return Reply(words, title=name if len(hand) < 2 else f"{name}（正在聊）", purpose="relay")  # noqa: PLR2004
    now = f"您正在聊的是 {name_of(focus)}。" if focus else ""
    hint = f"{words}\n\n{now}要回这位，先发“看 {name}”。"
    buttons = (switch(this),) if chat.channel in _WITH_BUTTONS else ()
    return Reply(hint, title=f"{name}（另一位）", buttons=buttons, purpose="relay")


def _words(message: Message) -> str:
    if message.kind is Kind.LEAVE:
        return _GONE
    changed = "（修改）" if message.edited else ""
    if message.media is not None:
        return f"{changed}{seen(message.body())}\n（图片、语音、文件请到工作台看）"
    if message.kind is Kind.BUTTON and not message.text:
        return _TAPPED
    return f"{changed}{message.text}" if message.text else _UNSEEN
