"""How much of a promise's time is used up 时限: pure functions of two moments, the office hours, and now.

A handover's promise runs in office time, day and night where somebody may be in danger. A case's limit runs in days or
in working days (`handlers.cases.limits`), which stand still while it waits for papers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.hours import OfficeHours

LEVELS = (50, 80, 100)  # percent of the time at which somebody is reminded
_NOTHING = timedelta()
_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a clock stands. `share` is 1 when the time is over; `left` is negative from then on.

    `left` and `share` count office time where `working`, and all time else. `due` is None while the clock stands still.
    """

    share: float
    due: datetime | None
    left: timedelta
    working: bool
    full_day: timedelta  # how long a day of this clock is
    paused: bool = False

    @property
    def level(self) -> int:
        """The highest of `LEVELS` that is reached, 0 before the first; a clock that stands still reaches none."""
        reached = (level for level in LEVELS if self.share >= level / 100)
        return 0 if self.paused else max(reached, default=0)

    def told(self) -> str:
        """In words: 还剩 1 小时 20 分（上班时间）, 已超过 2 个工作日, 时间已到, 计时暂停."""
        if self.paused:
            return "计时暂停"
        if self.share < 1:
            # Rounded up: nobody reads of no time at all while there is some.
            return f"还剩 {self._in_words(-(-self.left // _MINUTE) * _MINUTE)}"
        return "时间已到" if -self.left < _MINUTE else f"已超过 {self._in_words(-self.left)}"

    def _in_words(self, span: timedelta) -> str:
        days, rest = divmod(span, self.full_day)
        hours, rest = divmod(rest, _HOUR)
        parts = [f"{days} {'个工作日' if self.working else '天'}"] if days else []
        parts += [f"{hours} 小时"] if hours else []
        # With days to go, minutes are noise.
        parts += [f"{rest // _MINUTE} 分"] if not days and (rest >= _MINUTE or not parts) else []
        return " ".join(parts) + ("（上班时间）" if self.working and not days else "")


def of_handover(
    hours: OfficeHours, created_at: datetime, promised_at: datetime, now: datetime, *, urgent: bool
) -> Standing:
    """The clock of a request for a person. Where somebody is in danger the night counts like the day."""
    return _standing(hours, created_at, promised_at, now, working=not urgent)


def of_case(
    hours: OfficeHours,
    due_from: datetime | None,
    due_at: datetime | None,
    stopped_at: datetime | None,
    now: datetime,
    *,
    working: bool,
) -> Standing | None:
    """The clock of a case's state as its row keeps it; None where none runs. Pauses that are over have moved `due_from`
    and `due_at` on, so that they count nowhere.
    """
    if stopped_at is not None:
        return Standing(0, None, _NOTHING, working, _day(hours, working=working), paused=True)
    if due_from is None or due_at is None:
        return None
    return _standing(hours, due_from, due_at, now, working=working)


def _standing(hours: OfficeHours, start: datetime, due: datetime, now: datetime, *, working: bool) -> Standing:
    def between(first: datetime, second: datetime) -> timedelta:
        return hours.working_time(first, second) if working else max(second - first, _NOTHING)

    total = between(start, due)
    left = between(now, due) if now < due else -between(due, now)
    over = now >= due
    share = 1.0 if over else min(between(start, now) / total, 1.0) if total else 0.0
    return Standing(share, due, left, working, _day(hours, working=working))


def _day(hours: OfficeHours, *, working: bool) -> timedelta:
    return hours.full_day() if working else _DAY
