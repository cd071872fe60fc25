"""The public calendar of China: statutory holidays and make-up working days 调休.

What the `holidays` package knows. For a year whose State Council notice is not in it, the package answers with the
statutory days alone, without a warning: `is_published` notices that.
"""

from datetime import date, timedelta
from functools import lru_cache

import holidays

SATURDAY = 5
_DAY = timedelta(days=1)
_MOVED = "休息日"  # how the package calls a working day that changed places with a weekend


@lru_cache(maxsize=8)
def _china(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year, language="zh_CN")


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Whether people with ordinary hours work that day, make-up days included."""
    return bool(_china(day.year).is_working_day(day))


def is_weekend(day: date) -> bool:
    """Saturday or Sunday, worked or not."""
    return day.weekday() >= SATURDAY


def is_in_holiday(day: date) -> bool:
    """Whether a day off belongs to a public holiday: the unbroken days off around it hold a holiday.

    The package names only the statutory days; the weekend in the middle of the National Day week belongs to it.
    """
    return not is_working_day(day) and (_off_with_holiday(day, _DAY) or _off_with_holiday(day, -_DAY))


def _off_with_holiday(day: date, step: timedelta) -> bool:
    while not is_working_day(day):
        if day in _china(day.year):
            return True
        day += step
    return False


def name_of(day: date) -> str:
    """The Chinese name of a statutory holiday; "" for other days, also those off that only belong to its week."""
    name = str(_china(day.year).get(day, ""))
    return "" if name.startswith(_MOVED) else name.partition("（")[0]


@lru_cache(maxsize=8)
def is_published(year: int) -> bool:
    """Whether the package has this year's make-up days: every notice since 2001 has moved some."""
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    return any(is_weekend(day) and is_working_day(day) for day in days if day.year == year)
