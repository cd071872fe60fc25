"""How often somebody may try to sign in: per address, per login, and failures of logins that nobody has."""

import time
from collections import OrderedDict
from datetime import datetime, timedelta

from bot.channels.base import Rate
from bot.outbox import TokenBucket

_MOST_KEPT = 10_000


class Limiter:
    """A token bucket for each key; the ones not used for longest are forgotten, which have refilled long ago."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def take(self, key: str) -> int:
        """Count one try; 0 if it may be made, else the seconds to wait."""
        now = time.monotonic()
        bucket = self._buckets.setdefault(key, TokenBucket(self._rate, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > _MOST_KEPT:
            self._buckets.popitem(last=False)
        if bucket.available(now) < 1:
            return max(1, round(bucket.wait()))
        bucket.take(1)
        return 0


class Strikes:
    """Failures of logins that nobody has, counted as accounts count theirs, so that a lock tells nothing."""

    def __init__(self, most: int, pause: timedelta) -> None:
        self._most = most
        self._pause = pause
        self._counts: OrderedDict[str, tuple[int, datetime | None]] = OrderedDict()

    def begin(self, login: str, now: datetime) -> datetime | None:
        """Count an attempt; until when this login is locked, if it was locked before."""
        count, until = self._counts.get(login, (0, None))
        if until is not None and until > now:
            return until
        count = 1 if until is not None else count + 1
        self._counts[login] = (count, now + self._pause if count >= self._most else None)
        self._counts.move_to_end(login)
        if len(self._counts) > _MOST_KEPT:
            self._counts.popitem(last=False)
        return None
