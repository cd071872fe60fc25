"""A member of staff answers from a chat and the platform does not take their words: they hear of it there.

In the console the conversation itself shows what became of every line.
"""

from sqlalchemy import Connection

from handlers.desk.accounts import staff_of
from handlers.desk.drafts import chats_of, to_staff
from handlers.desk.neutral import visit
from handlers.desk.tools import Tools
from handlers.message import Reply
from storage import accounts, conversations, desk_views
from storage.records import OutboxRow

_LONGEST = 30
_GONE = "对方离开或屏蔽了我们，发不过去了。留了电话的，请打电话。"
_REFUSED = "平台没有收。可以换个说法再发，或者打电话。"


def tell_undelivered(connection: Connection, tools: Tools, row: OutboxRow, *, gone: bool) -> None:
    """Tell whoever holds the conversation, in the transaction that gives the row up; nothing for words of others."""
    conversation = conversations.read_by_id(connection, row.conversation_id)
    if row.purpose != "staff" or conversation is None or conversation.holder_id is None:
        return
    account = accounts.active(connection, conversation.holder_id)
    chats = chats_of(tools, staff_of(account)) if account is not None else []
    items = desk_views.handovers_of(connection, conversation.id)
    said = str(row.body.get("text", ""))
    short = said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"
    name = items[0].number if items else visit(conversation.id)
    reply = Reply(f"没有送到：{_GONE if gone else _REFUSED}\n原话：{short}", title=name, purpose="relay")
    from_here = [chat for chat in chats if chat.channel == conversation.holder_via]
    for message in to_staff(tools, from_here, reply, "undelivered", row.key):
        conversations.tell_staff(connection, message, tools.clock())
