"""Times and places as people read them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.desk.staff import COUNTY

COUNTY_NAME = "县中心"


def moment(at: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """今天 09:05, 11月3日 09:05, or with the year where it is another; "" for None."""
    if at is None:
        return ""
    there, today = at.astimezone(zone), now.astimezone(zone)
    if there.date() == today.date():
        return f"今天 {there:%H:%M}"
    year = "" if there.year == today.year else f"{there.year}年"
    return f"{year}{there.month}月{there.day}日 {there:%H:%M}"


def day(at: datetime | None, zone: ZoneInfo) -> str:
    """2026-11-03, in the bureau's zone; "" for None."""
    return "" if at is None else f"{at.astimezone(zone):%Y-%m-%d}"


def township(unit: str | None) -> str:
    """The workstation's name; the county centre and what belongs to no township are 县中心."""
    return COUNTY_NAME if unit in (None, COUNTY) else str(unit)
