"""Office hours: weekly spans, public holidays and make-up working days 调休. Pure functions of a given time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

import holidays

Span = tuple[time, time]
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_LONGEST_BREAK = 30  # days; no holiday is longer


@lru_cache(maxsize=8)
def _china(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year)


@dataclass(frozen=True)
class OfficeHours:
    """When people are at work, in the bureau's time zone.

    `spans` are the day's spans for working days; `overrides` say for single days whether they are worked, before the
    public calendar is asked.
    """

    zone: tzinfo
    spans: Sequence[Span]
    overrides: Mapping[date, bool] = field(default_factory=dict)

    def is_working_day(self, day: date) -> bool:
        """Whether the bureau works that day: the county's own word, else the public calendar with make-up days."""
        if day in self.overrides:
            return self.overrides[day]
        return bool(_china(day.year).is_working_day(day))

    def is_open(self, now: datetime) -> bool:
        """Whether somebody is at work now."""
        local = now.astimezone(self.zone)
        return self.is_working_day(local.date()) and any(start <= local.time() < end for start, end in self.spans)

    def next_opening(self, now: datetime) -> datetime:
        """The next moment at which somebody comes to work; `now` itself while the office is open."""
        if self.is_open(now):
            return now
        local = now.astimezone(self.zone)
        for ahead in range(_LONGEST_BREAK):
            day = local.date() + timedelta(days=ahead)
            if not self.is_working_day(day):
                continue
            for start, _ in self.spans:
                opening = datetime.combine(day, start, self.zone)
                if opening > local:
                    return opening
        raise ValueError("the office hours in the settings never open")

    def after_working(self, now: datetime, work: timedelta) -> datetime:
        """The moment at which `work` of office time has passed since `now`."""
        at, left = self.next_opening(now), work
        while True:
            local = at.astimezone(self.zone)
            end = next(end for start, end in self.spans if start <= local.time() < end)
            closing = datetime.combine(local.date(), end, self.zone)
            if closing - local >= left:
                return local + left
            left -= closing - local
            at = self.next_opening(closing)

    def shown(self) -> str:
        """The hours in words, such as 工作日 9:00–12:00、14:00–18:00."""
        return "工作日 " + "、".join(f"{_clock(start)}–{_clock(end)}" for start, end in self.spans)

    def moment(self, at: datetime, now: datetime) -> str:
        """A time as people say it: 今天 14:00, 明天 9:00, 11月24日（周二）9:00."""
        local, today = at.astimezone(self.zone), now.astimezone(self.zone).date()
        clock = _clock(local.time())
        days = (local.date() - today).days
        if days in (0, 1):
            return f"{'今天' if days == 0 else '明天'} {clock}"
        return f"{local.month}月{local.day}日（{WEEKDAYS[local.weekday()]}）{clock}"


def _clock(at: time) -> str:
    return f"{at.hour}:{at.minute:02d}"
