"""Wakes what looks at the desk: pages that show the queue, and the work that tells staff of new handovers.

Only this process is told at once; what other replicas do is seen at the next look, a second or two later.
"""

import asyncio
import contextlib


class Live:
    """Something changed at the desk; whoever looks is woken. `changes` counts what changed in this process."""

    def __init__(self) -> None:
        self.changes = 0
        self._waiting: set[asyncio.Event] = set()

    def changed(self) -> None:
        """Wake everybody who waits."""
        self.changes += 1
        for event in self._waiting:
            event.set()

    async def wait(self, seconds: float) -> None:
        """Wait for the next change, at most so long."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            # Not `wait_for`: on Python 3.11 it may swallow a cancellation.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await event.wait()
        finally:
            self._waiting.discard(event)
