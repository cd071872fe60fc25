"""Days and months as people say them: 今年三月, 上个月, 上周三, 半年前, 2026年3月5日, 3.5."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from handlers.money import han_number

_HAN = "零〇一二两三四五六七八九十廿"
_N = rf"(\d{{1,4}}|[{_HAN}]{{1,4}})"
_YEARS: Mapping[str, int] = {"今年": 0, "去年": -1, "上年": -1, "前年": -2, "大前年": -3, "明年": 1, "后年": 2}
_DAYS: Mapping[str, int] = {
    "大前天": -3,
    "前天": -2,
    "前日": -2,
    "昨天": -1,
    "昨日": -1,
    "今天": 0,
    "今日": 0,
    "今早": 0,
    "明天": 1,
    "明日": 1,
    "后天": 2,
    "大后天": 3,
}
_STEPS: Mapping[str, int] = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1}
_WEEKDAYS = "一二三四五六日"
_PARTS: Mapping[str, int] = {"初": 1, "上旬": 5, "中旬": 15, "下旬": 25, "底": 28, "头": 1, "尾": 28}
_IN_MONTH = rf"(?:{_N}\s*[日号]?)?({'|'.join(_PARTS)})?"
_MONTH = rf"{_N}\s*月份?{_IN_MONTH}"
_YEAR = rf"{'|'.join(_YEARS)}|(?:\d{{2,4}}|[零〇一二三四五六七八九]{{2,4}})\s*年"
_AROUND = re.compile(r"^(?:大概|大约|好像|可能|应该|就是|是在|是|在|约|于|从|我|收到的?|知道的?|\s)*")
_AFTER = re.compile(
    r"(?:左右|上下|前后|的时候|那天|那阵|吧|嘛|啊|呢|了|的|收到|知道|早上|上午|中午|下午|晚上|\d{1,2}点半?|\d{1,2}:\d\d|[。,\s])*$"
)
_EARLIEST, _LATEST = 1950, 2100


def day_or_month(text: str, today: date, *, future: bool = False) -> str | None:
    """The day that the whole text names as 2026-03-05, or the month as 2026-03; None where it names none.

    Without a year the nearest that has passed is meant, or with `future` the next. What lies on the wrong side of today
    is no answer.
    """
    said = unicodedata.normalize("NFKC", text).strip().lower()
    said = _AFTER.sub("", _AROUND.sub("", said))
    for pattern, read in _FORMS:
        found = pattern.fullmatch(said)
        if found is not None:
            value = read(found, today, future)
            return value if value is not None and _is_possible(value, today, future) else None
    return None


def first_day(value: str) -> date:
    """The earliest day that a value of `day_or_month` can mean."""
    return date.fromisoformat(value if len(value) > len("2026-03") else f"{value}-01")


def shown(value: str) -> str:
    """A value of `day_or_month` as people write it: 2026年3月5日, 2026年3月."""
    year, month, *day = value.split("-")
    return f"{year}年{int(month)}月" + (f"{int(day[0])}日" if day else "")


def _is_possible(value: str, today: date, future: bool) -> bool:
    if future:
        return value >= (today.isoformat() if len(value) > len("2026-03") else today.isoformat()[:7])
    return f"{_EARLIEST}-01" <= value[:7] and value <= (today.isoformat() if len(value) > 7 else today.isoformat()[:7])  # noqa: PLR2004 - the length of a month


def _number(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    if text.startswith("廿"):
        rest = _number(text[1:]) if len(text) > 1 else 0
        return None if rest is None else 20 + rest
    found = han_number(text)
    return None if found is None or found != int(found) else int(found)


_YEAR_DIGITS = str.maketrans("零〇一二三四五六七八九", "00123456789")


def _year(text: str) -> int | None:
    if text in _YEARS:
        return None
    digits = text.rstrip("年 ").translate(_YEAR_DIGITS)
    if not digits.isdigit():
        return None
    year = int(digits)
    return year + 2000 if year < 100 else year  # noqa: PLR2004 - 26年 is 2026年


def _day(year: int, month: int | None, day: int | None) -> str | None:
    try:
        return date(year, month or 0, day or 0).isoformat()
    except ValueError:
        return None


def _month(year: int, month: int | None) -> str | None:
    possible = month is not None and 1 <= month <= 12 and _EARLIEST <= year <= _LATEST  # noqa: PLR2004 - months
    return f"{year:04d}-{month:02d}" if possible else None


def _whole(found: re.Match[str], _: date, __: bool) -> str | None:
    year, month, day = (int(part) for part in found.groups())
    return _day(year, month, day)


def _month_of_year(found: re.Match[str], today: date, _: bool) -> str | None:
    year = today.year + _YEARS[found[1]] if found[1] in _YEARS else _year(found[1])
    month, part = _number(found[2]), found[4]
    if year is None or month is None:
        return None
    if found[3]:
        return _day(year, month, _number(found[3]))
    return _day(year, month, _PARTS[part]) if part else _month(year, month)


def _without_year(found: re.Match[str], today: date, future: bool) -> str | None:
    month, day = _number(found[1]), _number(found[2]) if found[2] else None
    part = _PARTS.get(found[3] or "") if found.re.groups > 2 else None  # noqa: PLR2004 - the form with 初, 底
    day = day if day is not None else part
    years = (today.year, today.year + 1) if future else (today.year, today.year - 1)
    for year in years:
        value = _day(year, month, day) if day is not None else _month(year, month)
        if value is not None and _is_possible(value, today, future):
            return value
    return None


def _relative_month(found: re.Match[str], today: date, _: bool) -> str | None:
    months = today.year * 12 + today.month - 1 + _STEPS[found[1]]
    year, month = months // 12, months % 12 + 1
    if found[2]:
        return _day(year, month, _number(found[2]))
    return _day(year, month, _PARTS[found[3]]) if found[3] else _month(year, month)


def _relative_week(found: re.Match[str], today: date, future: bool) -> str | None:
    weekday = _WEEKDAYS.index(found[2].replace("天", "日").replace("7", "日"))
    monday = today - timedelta(days=today.weekday())
    if found[1]:
        return (monday + timedelta(weeks=_STEPS[found[1]], days=weekday)).isoformat()
    day = monday + timedelta(days=weekday)
    if future and day < today:
        day += timedelta(weeks=1)
    if not future and day > today:
        day -= timedelta(weeks=1)
    return day.isoformat()


def _ago(found: re.Match[str], today: date, _: bool) -> str | None:
    count = 0.5 if found[1] == "半" else _number(found[1])
    if count is None or count > 600:  # noqa: PLR2004 - nobody counts further back in words
        return None
    unit = found[2]
    if "年" in unit or "月" in unit:
        months = today.year * 12 + today.month - 1 - int(count * (12 if "年" in unit else 1))
        return _month(months // 12, months % 12 + 1)
    days = int(count * (7 if unit in ("周", "个星期", "星期", "个礼拜", "礼拜") else 1))
    return (today - timedelta(days=days)).isoformat()


def _ahead(found: re.Match[str], today: date, _: bool) -> str | None:
    count = _number(found[1])
    return None if count is None or count > 600 else (today + timedelta(days=count)).isoformat()  # noqa: PLR2004 - as in _ago


_Read = Callable[[re.Match[str], date, bool], str | None]
_FORMS: tuple[tuple[re.Pattern[str], _Read], ...] = (
    (re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"), _whole),
    (re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})"), _whole),
    (re.compile(rf"({_YEAR})的?\s*{_MONTH}"), _month_of_year),
    (re.compile(r"(\d{4})\s*[-/.]\s*(\d{1,2})"), lambda found, _, __: _month(int(found[1]), int(found[2]))),
    (re.compile("|".join(_DAYS)), lambda found, today, _: (today + timedelta(_DAYS[found[0]])).isoformat()),
    (re.compile(rf"(上上|上|这|本|下)个?月的?{_IN_MONTH}"), _relative_month),
    (re.compile(r"(上上|上|这|本|下)?个?(?:周|星期|礼拜)([一二三四五六日天7])"), _relative_week),
    (re.compile(rf"({_N[1:-1]}|半)(个?多?月|天|年|周|个星期|星期|个礼拜|礼拜)(?:以前|之前|前)"), _ago),
    (re.compile(rf"(?:过)?{_N}天(?:以后|之后|后)"), _ahead),
    (re.compile(_MONTH), _without_year),
    (re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[日号]?"), _without_year),
)
