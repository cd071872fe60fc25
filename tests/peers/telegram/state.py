"""Everything one server holds; it belongs to the server's event loop alone."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .arguments import Arguments
from .faults import Faults
from .journal import Journal
from .rates import RateWatch
from .updates import UpdateQueue
from .webhook import WebhookSender
from .world import World

Json = dict[str, Any]


@dataclass
class Press:
    """A pressed button that waits for its answer."""

    query_id: str
    user_id: int
    message_id: int
    data: str
    at: float
    answer: Json | None = None


@dataclass(frozen=True)
class Described:
    """A result for which the server also has words."""

    result: Any
    description: str


@dataclass
class State:
    """One bot's server."""

    token: str
    world: World
    queue: UpdateQueue
    sender: WebhookSender
    faults: Faults = field(default_factory=Faults)
    rates: RateWatch = field(default_factory=RateWatch)
    journal: Journal = field(default_factory=Journal)
    presses: dict[str, Press] = field(default_factory=dict)
    press_lifetime: float = 15 * 60.0
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    press_ids: Iterator[int] = field(default_factory=lambda: itertools.count(5_000_000_000_000_001))

    def expired(self, press: Press) -> bool:
        return time.monotonic() - press.at > self.press_lifetime

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the server lives."""
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            return


Method = Callable[[State, Arguments], Awaitable[Any]]
