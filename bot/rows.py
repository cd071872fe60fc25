"""Between a channel's message and its row in the inbox."""

from handlers.message import Message
from storage.records import ConversationKey, NewMessage, StoredMessage


def new_message(message: Message) -> NewMessage:
    """A message as the inbox stores it."""
    return NewMessage(
        key=ConversationKey(message.channel, message.account, message.chat),
        sender=message.sender,
        message_id=message.message_id,
        body=message.body(),
        sent_at=message.sent_at,
        received_at=message.received_at,
    )


def message_of(stored: StoredMessage) -> Message:
    """A message as handlers see it."""
    return Message.from_body(
        stored.body,
        channel=stored.key.channel,
        account=stored.key.account,
        chat=stored.key.chat,
        sender=stored.sender,
        message_id=stored.message_id,
        sent_at=stored.sent_at,
        received_at=stored.received_at,
    )
