"""The knot between parts that need each other: channels accept into the inbox, which speaks through channels."""

from bot.channels.base import Channel, StaffGroups
from bot.channels.web import WebChannel
from bot.inbox import Inbox
from bot.live import Live
from bot.outbox import Outbox
from handlers.desk.in_client import InClient
from handlers.message import Message
from storage.records import Accepted, ConversationKey, OutboxRow


class Wires:
    """Made first and connected last."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self.live = Live()
        self._inbox: Inbox | None = None
        self._outbox: Outbox | None = None
        self._in_client: InClient | None = None

    def connect(self, inbox: Inbox, outbox: Outbox, in_client: InClient) -> None:
        """Tie the knot; before it nothing comes in and nothing goes out."""
        self._inbox, self._outbox, self._in_client = inbox, outbox, in_client

    def add(self, channel: Channel) -> None:
        """A channel that runs."""
        self.channels[channel.name] = channel

    def said(self, key: ConversationKey) -> None:
        """Something is new in a conversation: sender, pages and streams look."""
        self.live.changed()
        if self._outbox is not None:
            self._outbox.wake()
        web = self.channels.get(WebChannel.name)
        if isinstance(web, WebChannel):
            web.said(key)

    def wake(self, key: ConversationKey) -> None:
        """There is something to do in this conversation."""
        self._connected().wake(key)

    async def accept(self, message: Message) -> Accepted:
        """Store a message durably."""
        return await self._connected().accept(message)

    async def answered(self, inbox_id: int, seconds: float) -> list[OutboxRow]:
        """Wait for the replies to a message, and read them."""
        return await self._connected().answered(inbox_id, seconds)

    def in_client(self) -> InClient:
        """What follows when staff work in a platform's client."""
        if self._in_client is None:
            raise RuntimeError("the parts are not connected yet")
        return self._in_client

    def groups(self) -> list[ConversationKey]:
        """The staff groups that all channels reach."""
        return [chat for one in self.channels.values() if isinstance(one, StaffGroups) for chat in one.chats]

    def _connected(self) -> Inbox:
        if self._inbox is None:
            raise RuntimeError("the parts are not connected yet")
        return self._inbox
