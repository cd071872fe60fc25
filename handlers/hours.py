"""Office hours: weekly spans, public holidays and make-up working days 调休. Pure functions of a given time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Self

from handlers import public_calendar

Span = tuple[time, time]
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_LONGEST_BREAK = 366  # days; no holiday is longer, but somebody may close days by mistake


@dataclass(frozen=True)
class OfficeHours:
    """When people are at work, in the bureau's time zone.

    `spans` are those of working days. `week` (0 is Monday) has other spans for single weekdays: a short Friday, none on
    Wednesdays, duty on Saturdays, which rests on public holidays. `overrides` say for single days whether they are
    worked, before the public calendar is asked.
    """

    zone: tzinfo
    spans: Sequence[Span]
    overrides: Mapping[date, bool] = field(default_factory=dict)
    week: Mapping[int, Sequence[Span]] = field(default_factory=dict)

    def with_days(self, overrides: Mapping[date, bool]) -> Self:
        """The same hours, where these days go before the overrides that there are."""
        return replace(self, overrides={**self.overrides, **overrides})

    def spans_on(self, day: date) -> Sequence[Span]:
        """When people are at work that day, in their order; empty where the bureau is closed all day."""
        if day in self.overrides:
            return self._working_day(day) or self.spans if self.overrides[day] else ()
        if public_calendar.is_working_day(day):
            return self._working_day(day)
        # Duty on a day that others have off.
        return () if public_calendar.is_in_holiday(day) else self.week.get(day.weekday(), ())

    def is_open(self, now: datetime) -> bool:
        """Whether somebody is at work now."""
        local = now.astimezone(self.zone)
        return any(start <= local.time() < end for start, end in self.spans_on(local.date()))

    def next_opening(self, now: datetime) -> datetime:
        """The next moment at which somebody comes to work; `now` itself while the office is open.

        Raises:
            ValueError: nobody works for a year.
        """
        if self.is_open(now):
            return now
        local = now.astimezone(self.zone)
        for ahead in range(_LONGEST_BREAK):
            day = local.date() + timedelta(days=ahead)
            for start, _ in self.spans_on(day):
                opening = datetime.combine(day, start, self.zone)
                if opening > local:
                    return opening
        raise ValueError("the office hours never open: look at [desk] and at the days that the console closes")

    def after_working(self, now: datetime, work: timedelta) -> datetime:
        """The moment at which `work` of office time has passed since `now`."""
        at, left = self.next_opening(now), work
        while True:
            local = at.astimezone(self.zone)
            end = next(end for start, end in self.spans_on(local.date()) if start <= local.time() < end)
            closing = datetime.combine(local.date(), end, self.zone)
            if closing - local >= left:
                return local + left
            left -= closing - local
            at = self.next_opening(closing)

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """How much office time lies between two moments; none where `end` is not after `start`."""
        begin, finish = start.astimezone(self.zone), end.astimezone(self.zone)
        total = timedelta()
        for ahead in range((finish.date() - begin.date()).days + 1):
            day = begin.date() + timedelta(days=ahead)
            for opens, closes in self.spans_on(day):
                came = max(begin, datetime.combine(day, opens, self.zone))
                went = min(finish, datetime.combine(day, closes, self.zone))
                total += max(went - came, timedelta())
        return total

    def full_day(self) -> timedelta:
        """The office time of an ordinary working day."""
        lengths = (
            timedelta(hours=end.hour - start.hour, minutes=end.minute - start.minute) for start, end in self.spans
        )
        return sum(lengths, timedelta())

    def shown(self) -> str:
        """The hours in words, such as 工作日 9:00–12:00、14:00–18:00；周六 9:00–12:00."""
        days = [
            f"{WEEKDAYS[weekday]} {_in_words(spans)}" if spans else f"{WEEKDAYS[weekday]}休息"
            for weekday, spans in sorted(self.week.items())
        ]
        return "；".join([f"工作日 {_in_words(self.spans)}", *days])

    def moment(self, at: datetime, now: datetime) -> str:
        """A time as people say it: 今天 14:00, 明天 9:00, 11月24日（周二）9:00."""
        local, today = at.astimezone(self.zone), now.astimezone(self.zone).date()
        clock = _clock(local.time())
        days = (local.date() - today).days
        if days in (0, 1):
            return f"{'今天' if days == 0 else '明天'} {clock}"
        return f"{local.month}月{local.day}日（{WEEKDAYS[local.weekday()]}）{clock}"

    def _working_day(self, day: date) -> Sequence[Span]:
        # A make-up day stands in for a whole working day, whatever the duty of other Saturdays is.
        return self.spans if public_calendar.is_weekend(day) else self.week.get(day.weekday(), self.spans)


def _in_words(spans: Sequence[Span]) -> str:
    return "、".join(f"{_clock(start)}–{_clock(end)}" for start, end in spans)


def _clock(at: time) -> str:
    return f"{at.hour}:{at.minute:02d}"
