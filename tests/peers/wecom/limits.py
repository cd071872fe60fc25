"""Counting of calls in a sliding window."""

from collections import defaultdict, deque


class Windows:
    """Remembers when things happened, by key, to answer whether one more is allowed."""

    def __init__(self) -> None:
        self._times: defaultdict[str, deque[float]] = defaultdict(deque)

    def count(self, key: str, seconds: float, now: float) -> int:
        """How often `key` happened in the last `seconds`."""
        times = self._times[key]
        return sum(1 for moment in times if moment > now - seconds)

    def add(self, key: str, now: float) -> None:
        """One more happened."""
        self._times[key].append(now)

    def allow(self, key: str, limit: int, seconds: float, now: float) -> bool:
        """Count one more, unless `limit` of them lie in the window already."""
        times = self._times[key]
        while times and times[0] <= now - seconds:
            times.popleft()
        if len(times) >= limit:
            return False
        times.append(now)
        return True
