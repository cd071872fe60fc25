"""Every call that came, in its order."""

import time
from dataclasses import dataclass, field
from typing import Any

from .arguments import Arguments


@dataclass
class Call:
    """One call. ``status`` is the answer; None while it is under way and when the connection was torn down first."""

    method: str
    params: dict[str, Any]
    files: dict[str, str]
    at: float = field(default_factory=time.monotonic)
    status: int | None = None
    description: str = ""


@dataclass
class Journal:
    """The calls, and the answers to pressed buttons."""

    calls: list[Call] = field(default_factory=list)

    def open(self, method: str, arguments: Arguments) -> Call:
        files = {name: upload.name for name, upload in arguments.uploads.items()}
        call = Call(method, arguments.readable(), files)
        self.calls.append(call)
        return call

    def of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method.lower() == method.lower()]
