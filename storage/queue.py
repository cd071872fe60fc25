"""The waiting queue in numbers: how many wait where, and whether anything in it changed since the last look."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.desk_views import QueueCounts
from storage.schema import conversations, handovers


@dataclass(frozen=True, slots=True)
class QueuePart:
    """Those who wait in one township on one channel. `traces` changes with who they are and what is known of them."""

    township: str | None
    channel: str
    urgent: bool
    safe_mode: bool
    waiting: int
    oldest: datetime
    traces: tuple[int, int]


@dataclass(frozen=True, slots=True)
class QueueState:
    """The whole queue at one moment; `unit` is a township or "" for all."""

    parts: tuple[QueuePart, ...] = ()

    def counts(self, unit: str) -> QueueCounts:
        """How many wait in a scope, how many of them in danger, since when the first."""
        mine = list(self._of(unit))
        return QueueCounts(
            waiting=sum(part.waiting for part in mine),
            urgent=sum(part.waiting for part in mine if part.urgent),
            oldest=min((part.oldest for part in mine), default=None),
        )

    def version(self, unit: str) -> str:
        """Another word whenever the queue of a scope is another one."""
        mine = sorted(repr(part) for part in self._of(unit))
        return hashlib.sha256("\n".join(mine).encode()).hexdigest()[:16]

    def by_township(self, unit: str) -> Mapping[str, int]:
        """How many wait in each township, without those in safe mode, of whom no list tells where they are."""
        found: dict[str, int] = {}
        for part in self._of(unit):
            if not part.safe_mode and part.township:
                found[part.township] = found.get(part.township, 0) + part.waiting
        return found

    def by_channel(self, unit: str) -> Mapping[str, int]:
        """How many wait on each channel."""
        found: dict[str, int] = {}
        for part in self._of(unit):
            found[part.channel] = found.get(part.channel, 0) + part.waiting
        return found

    def _of(self, unit: str) -> Iterator[QueuePart]:
        return (part for part in self.parts if not unit or part.township == unit)


def state(connection: Connection) -> QueueState:
    """The queue as it is now, in one statement."""
    rows = connection.execute(
        select(
            handovers.c.township,
            conversations.c.channel,
            handovers.c.urgent,
            conversations.c.safe_mode,
            func.count().label("waiting"),
            func.min(handovers.c.created_at).label("oldest"),
            func.sum(handovers.c.id).label("ids"),
            func.sum(func.length(handovers.c.summary)).label("lengths"),
        )
        .join(conversations, conversations.c.id == handovers.c.conversation_id)
        .where(handovers.c.state == "waiting")
        .group_by(handovers.c.township, conversations.c.channel, handovers.c.urgent, conversations.c.safe_mode)
    )
    return QueueState(
        tuple(
            QueuePart(
                township=row.township,
                channel=row.channel,
                urgent=row.urgent,
                safe_mode=row.safe_mode,
                waiting=int(row.waiting),
                oldest=row.oldest,
                traces=(int(row.ids), int(row.lengths)),
            )
            for row in rows
        )
    )
