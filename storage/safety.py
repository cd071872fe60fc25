"""Safe mode 安全模式: a resident whose telephone others may look at. Nothing is sent unasked, lists show no matter."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from storage.records import ConversationKey
from storage.schema import cases, conversations


def set_safe_mode(connection: Connection, conversation_id: int, on: bool, now: datetime) -> bool:
    """Set or end the safe mode of a conversation and of its cases; False where it stood so already."""
    changed = connection.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id, conversations.c.safe_mode.is_not(on))
        .values(safe_mode=on, updated_at=now)
        .returning(conversations.c.id)
    ).one_or_none()
    if changed is None:
        return False
    protect_cases(connection, conversation_id, on)
    return True


def protect_cases(connection: Connection, conversation_id: int, on: bool) -> None:
    """Let the cases of a conversation follow its safe mode."""
    connection.execute(update(cases).where(cases.c.conversation_id == conversation_id).values(safe_mode=on))


def is_safe(connection: Connection, key: ConversationKey) -> bool:
    """Whether the conversation at `key` is in safe mode."""
    return bool(
        connection.scalar(
            select(conversations.c.safe_mode).where(
                conversations.c.channel == key.channel,
                conversations.c.account == key.account,
                conversations.c.chat == key.chat,
            )
        )
    )
