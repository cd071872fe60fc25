"""Whether the make-up days 调休 of the coming year are known, before promises are made that need them."""

from collections.abc import Mapping
from datetime import date

from handlers import public_calendar

_NOTICE_MONTH = 11  # the State Council's notice for the next year usually comes in November


def unpublished_year(today: date, entered: Mapping[date, bool]) -> int | None:
    """The year whose make-up days neither the program nor the bureau knows; from November on the next one counts.

    `entered` are the days of the settings and of the console: a worked weekend of that year among them shows that
    somebody has seen the notice.
    """
    years = (today.year, today.year + 1) if today.month >= _NOTICE_MONTH else (today.year,)
    seen = {day.year for day, working in entered.items() if working and public_calendar.is_weekend(day)}
    return next((year for year in years if year not in seen and not public_calendar.is_published(year)), None)


def warning(year: int) -> str:
    """What administrators read about it, with what to do."""
    return (
        f"{year} 年的调休安排程序里还没有，现在只按法定节假日算，答复里的时间可能不准。"
        f"国务院办公厅的通知一般在上一年 11 月公布：公布后在“工作日历”里登记要上班的周末和放假的日子，或升级程序。"
    )
