"""Faults on demand: what goes wrong, for which call, how often."""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["refuse", "slow", "reset_before", "reset_after"]

EVERY_METHOD = "*"


@dataclass
class Fault:
    """One thing that goes wrong.

    ``refuse`` answers with ``status`` (and ``retry_after`` for 429) and does not do the work; ``slow`` does the
    work and answers ``seconds`` later; ``reset_before`` and ``reset_after`` tear the connection down before or
    after the work. ``times`` None means until faults are cleared. ``method`` "" means every method but
    getUpdates, so that a fault meant for sending is not eaten by polling; "*" means really every method.
    ``raw`` is an answer body that is not JSON, such as a gateway's HTML page.
    """

    kind: Kind
    times: int | None = 1
    chat_id: int | None = None
    method: str = ""
    status: int = 0
    description: str = ""
    retry_after: int | None = None
    seconds: float = 0.0
    raw: str = ""

    def concerns(self, method: str, chat_id: int | None) -> bool:
        if self.chat_id is not None and self.chat_id != chat_id:
            return False
        wanted = self.method.lower()
        if not wanted:
            return method.lower() != "getupdates"
        return wanted in {EVERY_METHOD, method.lower()}


@dataclass
class Faults:
    """Faults waiting for their call, oldest first."""

    waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.waiting.append(fault)

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault that befalls this call, if any."""
        fault = next((item for item in self.waiting if item.concerns(method, chat_id)), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.waiting.remove(fault)
        return fault

    def clear(self) -> None:
        self.waiting.clear()
