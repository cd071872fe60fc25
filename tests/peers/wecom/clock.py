"""The peer's own time, so that 20 seconds, 48 hours and 3 days pass at a test's word (wecom.md 9.11)."""

import threading
import time


class VirtualClock:
    """Epoch seconds that begin at real time and move on by real time, by `advance`, or both.

    With ``ticking=False`` time stands still between calls of `advance` and `set`.
    """

    def __init__(self, start: float | None = None, *, ticking: bool = True) -> None:
        self._lock = threading.Lock()
        self._ticking = ticking
        self._base = time.time() if start is None else start
        self._origin = time.monotonic()

    def _now(self) -> float:
        return self._base + (time.monotonic() - self._origin if self._ticking else 0.0)

    def now(self) -> float:
        """The present moment in epoch seconds."""
        with self._lock:
            return self._now()

    def advance(self, seconds: float) -> float:
        """Let `seconds` pass at once; the new moment is returned."""
        if seconds < 0:
            raise ValueError("time does not run backwards; use set()")
        with self._lock:
            self._base += seconds
            return self._now()

    def set(self, epoch: float) -> None:
        """Jump to a moment, also one in the past."""
        with self._lock:
            self._base = epoch
            self._origin = time.monotonic()
