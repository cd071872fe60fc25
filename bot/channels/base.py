"""What every channel keeps: messages in through `Accept`, replies out through `send`.

DeliveryError                a reply did not go out
 ├─ TryLater                 not now: `after` seconds; `everybody`: the platform slows down the whole account
 ├─ Refused                  never: this reply cannot be sent, the reason is kept with it
 │   └─ TooLate              never, and nobody need look into it: its time is over
 ├─ Unreachable              never to this person: blocked, gone
 └─ HeldByPerson             never: people have the conversation on the platform's side
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from starlette.routing import BaseRoute

from bot.channels.fetched import Fetched
from handlers.message import Message, Reply
from storage.records import Accepted, ConversationKey, OutboxRow

Accept = Callable[[Message], Awaitable[Accepted]]


class DeliveryError(Exception):
    """Base of what `send` raises; its text is kept with the reply and names no secret."""


class TryLater(DeliveryError):
    """The platform is busy, too fast was too fast, or nobody knows whether it arrived."""

    def __init__(self, reason: str, after: float | None = None, *, everybody: bool = False) -> None:
        super().__init__(reason)
        self.after = after
        self.everybody = everybody


class Refused(DeliveryError):
    """The platform will never take this reply."""


class TooLate(Refused):
    """The time in which the platform took this reply is over, as may happen every day."""


class Unreachable(DeliveryError):
    """The platform will take nothing for this person any more."""


class HeldByPerson(DeliveryError):
    """The conversation is with people in the platform's own client, where we may say nothing.

    `member` is who serves, by the platform's name of the member; None while the person waits there for somebody.
    """

    def __init__(self, reason: str, member: str | None) -> None:
        super().__init__(reason)
        self.member = member


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a reply that went out.

    `platform_id` is the platform's id for it; with `update_code` it may be changed later (a card). `holder` is who
    serves the person in the platform's own client from now on, by the platform's name of the member, so that the reply
    was not said; `holder_code` is a one-shot right to tell the person who that is. `spent` is whether it took one from
    the window's budget.
    """

    platform_id: str | None = None
    update_code: str | None = None
    holder: str | None = None
    holder_code: str | None = None
    spent: bool = True


@dataclass(frozen=True, slots=True)
class Rate:
    """How many replies a second an account may send, and how many at once after a pause."""

    per_second: float
    burst: int


@runtime_checkable
class StaffGroups(Protocol):
    """A channel that reaches groups of staff, which are told of new handovers."""

    @property
    def chats(self) -> Sequence[ConversationKey]:
        """The groups of the settings."""
        ...


class Channel(Protocol):
    """One wire. Its name is the `channel` of its messages; `rate` is None where replies are fetched, not sent."""

    name: str
    rate: Rate | None

    def fit(self, reply: Reply) -> Reply:
        """The reply as far as it goes into one message of this channel; what is left over goes before its `more`."""
        ...

    async def send(self, row: OutboxRow, reply: Reply) -> Sent:
        """Send one reply under the row's idempotency key.

        Raises:
            DeliveryError: by what is to be done about it.
        """
        ...

    async def fetch(self, source: str) -> Fetched:
        """A file that a resident sent, by the `source` that the channel put into `Message.media`.

        Raises:
            FetchError: by what is to be done about it.
        """
        ...

    def routes(self) -> Sequence[BaseRoute]:
        """The HTTP routes of this channel."""
        ...

    async def start(self) -> None:
        """Begin to listen; called once the inbox works."""
        ...

    async def stop(self) -> None:
        """Stop listening; what was accepted stays in the inbox, and replies may still be sent."""
        ...

    async def close(self) -> None:
        """Let go of all connections; called last."""
        ...
