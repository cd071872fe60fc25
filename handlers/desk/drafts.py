"""What the desk puts into the outbox: to residents, and to members of staff in chats of theirs."""

from collections.abc import Iterable

from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.message import PRIORITY, Reply
from storage.desk_records import StaffMessage
from storage.records import Conversation, ConversationKey, OutboxDraft


def to_resident(
    tools: Tools, conversation: Conversation, reply: Reply, *name: object, token: str | None = None
) -> OutboxDraft:
    """A reply for the resident's channel. `name` tells it from all others and stays the same when the work is repeated;
    `token` is a one-shot right to say it.
    """
    wire = tools.wires.get(conversation.key.channel)
    fitted = wire.fit(reply) if wire is not None else reply
    return OutboxDraft(
        key=tools.key("resident", str(conversation.id), *map(str, name)),
        purpose=reply.purpose,
        priority=PRIORITY[reply.purpose],
        body=fitted.body(),
        not_before=tools.clock(),
        reply_token=token,
        pulled=wire is not None and wire.rate is None,
    )


def chats_of(tools: Tools, staff: Staff) -> list[ConversationKey]:
    """Where a member of staff can be written to, on channels that run."""
    known = {"wecom_app": staff.wecom_userid, "telegram": staff.telegram_id}
    return [
        ConversationKey(channel, tools.staff_accounts[channel], chat)
        for channel, chat in known.items()
        if chat and channel in tools.staff_accounts and channel in tools.wires
    ]


def to_staff(
    tools: Tools,
    keys: Iterable[ConversationKey],
    reply: Reply,
    *name: object,
    kind: str = "staff",
    about: int | None = None,
) -> list[StaffMessage]:
    """The same reply to several chats of staff; `about` is the handover whose card it is."""
    found = []
    for key in keys:
        wire = tools.wires.get(key.channel)
        if wire is None:
            continue
        draft = OutboxDraft(
            key=tools.key("staff", key.channel, key.chat, *map(str, name)),
            purpose=reply.purpose,
            priority=PRIORITY[reply.purpose],
            body=wire.fit(reply).body(),
            not_before=tools.clock(),
        )
        found.append(StaffMessage(key, kind, draft, about))
    return found
