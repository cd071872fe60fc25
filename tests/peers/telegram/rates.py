"""Telegram's sending limits, watched instead of enforced: a test asserts that nothing was recorded."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from .faults import Fault

# A sender that waits a full second may still arrive a few milliseconds early.
_TOLERANCE = 0.05


@dataclass(frozen=True)
class Limits:
    """https://core.telegram.org/bots/faq: about 1 message/s per chat, 30/s overall, 20/min per group."""

    per_chat: int = 1
    overall: int = 30
    per_group_minute: int = 20


@dataclass(frozen=True)
class Violation:
    """One message too many. ``rule``: "chat", "overall", "group", or "retry_after" for one inside a halt."""

    rule: Literal["chat", "overall", "group", "retry_after"]
    chat_id: int | None
    method: str
    at: float


@dataclass
class RateWatch:
    """Counts messages in sliding windows while ``strict`` is on."""

    strict: bool = False
    limits: Limits = Limits()
    clock: Callable[[], float] = time.monotonic
    violations: list[Violation] = field(default_factory=list)
    _sent: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _halts: list[tuple[Fault, float]] = field(default_factory=list)

    def halt(self, fault: Fault) -> None:
        """The server has just asked to wait."""
        self._halts.append((fault, self.clock() + (fault.retry_after or 0)))

    def attempted(self, method: str, chat_id: int | None) -> None:
        """A call has come, whatever the server will make of it."""
        at = self.clock()
        self._halts = [(fault, until) for fault, until in self._halts if until > at]
        halted = (until - _TOLERANCE > at and fault.concerns(method, chat_id) for fault, until in self._halts)
        if self.strict and any(halted):
            self.violations.append(Violation("retry_after", chat_id, method, at))

    def sent(self, method: str, chat_id: int | None) -> None:
        """A message has reached its chat."""
        if not self.strict:
            return
        at = self.clock()
        if self._over(f"chat {chat_id}", at, 1.0, self.limits.per_chat):
            self.violations.append(Violation("chat", chat_id, method, at))
        if chat_id is not None and chat_id < 0 and self._over(f"{chat_id}", at, 60.0, self.limits.per_group_minute):
            self.violations.append(Violation("group", chat_id, method, at))
        if self._over("overall", at, 1.0, self.limits.overall):
            self.violations.append(Violation("overall", chat_id, method, at))

    def _over(self, key: str, at: float, window: float, most: int) -> bool:
        times = self._sent[key]
        while times and times[0] <= at - window + _TOLERANCE:
            times.popleft()
        times.append(at)
        return len(times) > most
