"""Staff work in a platform's own client (微信客服): the desk's records follow, in the transaction that learns of it.

The platform decides there who serves whom, so nothing is compared and nobody is refused.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from handlers.desk.accounts import staff_of
from handlers.desk.cards import settle_cards
from handlers.desk.drafts import to_resident
from handlers.desk.farewell import farewell
from handlers.desk.tools import Tools
from handlers.desk.words import SOMEBODY, greeting
from handlers.message import Reply
from storage import accounts, conversations, desk
from storage.records import ConversationKey

_NAME_CODE = timedelta(hours=48)


@dataclass(frozen=True)
class InClient:
    """What follows there; `member` is the platform's id of a member."""

    tools: Tools

    def taken(
        self, connection: Connection, chat: ConversationKey, member: str, code: str | None, now: datetime
    ) -> None:
        """`member` serves the resident from now on; the one-shot `code` is a right to say who that is."""
        self._settle(connection, desk.taken_in_client(connection, chat, member, now), member)
        if code is not None:
            self._introduce(connection, chat, member, code, now)

    def said(self, connection: Connection, chat: ConversationKey, member: str, now: datetime) -> None:
        """`member` wrote to the resident."""
        self._settle(connection, desk.said_in_client(connection, chat, member, now), member)

    def ended(
        self, connection: Connection, chat: ConversationKey, code: str | None, until: datetime | None, now: datetime
    ) -> None:
        """The session is over and the bot answers again; with `code` one message may be said before `until`."""
        closed = desk.ended_in_client(connection, chat, now)
        conversation = conversations.read_conversation(connection, chat)
        if code is None or conversation is None or not closed:
            return
        reply = farewell(connection, self.tools, conversation, closed, now)
        draft = to_resident(self.tools, conversation, reply, "ended in client", code, token=code)
        conversations.speak(connection, conversation, replace(draft, expires_at=until), now)

    def tell(self, chat: ConversationKey) -> None:
        """The transaction is committed: pages and the outbox look again."""
        self.tools.said(chat)
        self.tools.changed()

    def _settle(self, connection: Connection, handovers: tuple[int, ...], member: str) -> None:
        if handovers:
            account = accounts.by_wecom_userid(connection, member)
            settle_cards(connection, self.tools, handovers, f"{account.name if account else member} 已接待")

    def _introduce(self, connection: Connection, chat: ConversationKey, member: str, code: str, now: datetime) -> None:
        conversation = conversations.read_conversation(connection, chat)
        if conversation is None:
            return
        account = accounts.by_wecom_userid(connection, member)
        # Of one without an account only the platform's id is known, which says nothing to a resident.
        reply = greeting(self.tools, staff_of(account)) if account else Reply(SOMEBODY, purpose="staff")
        draft = to_resident(self.tools, conversation, reply, "taken in client", code, token=code)
        conversations.speak(connection, conversation, replace(draft, expires_at=now + _NAME_CODE), now)
