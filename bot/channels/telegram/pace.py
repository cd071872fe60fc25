"""How fast Telegram lets one chat be written to."""

from collections import OrderedDict, deque

# A message may overtake another on the line, so that the platform sees them closer together than they were sent.
_MARGIN = 0.05
# "In a single chat, avoid sending more than one message per second. We may allow short bursts" (Bot FAQ).
_PERSON = ((3, 3.0),)
# "In a group, bots are not be able to send more than 20 messages per minute" (Bot FAQ).
_GROUP = ((1, 1.0), (20, 60.0))
_MOST_REMEMBERED = 20


class Pace:
    """When each chat was written to. Times are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._written: OrderedDict[str, deque[float]] = OrderedDict()

    def reserve(self, chat: str, now: float, patience: float) -> float:
        """Seconds to wait before writing; the place is taken, unless that is longer than `patience`."""
        self._forget(now)
        written = self._written.get(chat, deque(maxlen=_MOST_REMEMBERED))
        rules = _GROUP if chat.startswith("-") else _PERSON
        earliest = max([now, *(written[-most] + span + _MARGIN for most, span in rules if len(written) >= most)])
        if earliest - now <= patience:
            written.append(earliest)
            self._written[chat] = written
            self._written.move_to_end(chat)
        return earliest - now

    def _forget(self, now: float) -> None:
        """Chats that nobody has written to for a while; the first is the one that is quiet the longest."""
        longest = max(span for _, span in _GROUP) + _MARGIN
        while self._written and next(iter(self._written.values()))[-1] < now - longest:
            self._written.popitem(last=False)
