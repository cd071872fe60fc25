"""好差评: the register, how many answered, and the bad grades that have to be followed up with a result."""

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.console import Console
from bot.console.desk_words import channel
from bot.console.settled import settled
from bot.console.visit import Visit
from handlers.desk.bad_grade import close_follow_up
from handlers.desk.refused import Refused
from handlers.desk.staff import Permission
from handlers.mask import mask
from storage import rating_register
from storage.rating_records import GRADES, RatingCounts, RatingLine

PAGE = 50
LONGEST_RESULT = 2000
_MONTHS = 13
_FOLLOW_UPS = {"open": "待跟进", "closed": "跟进完的"}
_BADGES = {5: "good", 4: "good", 3: "info", 2: "bad", 1: "bad"}


def routes(console: Console) -> list[BaseRoute]:
    """The register, and closing a follow-up."""
    return [
        guard.page(console, "/ratings", show, Permission.REGISTERS),
        guard.action(console, "/ratings/{rating}/follow-up", close, Permission.DIRECT),
    ]


async def show(visit: Visit) -> Response:
    """The register of a month, or what has to be followed up, whenever it was."""
    follow_up = visit.text("follow_up", 8)
    follow_up = follow_up if follow_up in _FOLLOW_UPS else ""
    grade, month = visit.number("grade"), "" if follow_up else visit.text("month", 7)
    grade = grade if grade in GRADES else None
    since, until = _month(visit, month)
    if follow_up:
        since = until = None
    before = visit.number("before")

    def read(connection: Connection) -> tuple[list[RatingLine], RatingCounts]:
        scope: dict[str, Any] = {"unit": visit.staff.unit, "staff_id": visit.staff.id, "since": since, "until": until}
        grades = (grade,) if grade else ()
        lines = rating_register.listed(
            connection, **scope, grades=grades, follow_up=follow_up, before_id=before, limit=PAGE + 1
        )
        return lines, rating_register.counts(connection, **scope)

    lines, counts = await visit.read(read)
    await visit.record("rating.seen", f"rating:{follow_up or (since.strftime('%Y-%m') if since else 'all')}")
    narrowed = {"follow_up": follow_up, "grade": str(grade or ""), "month": month}
    kept = {name: value for name, value in narrowed.items() if value}
    return visit.render(
        "ratings.html",
        lines=[_line(visit, one) for one in lines[:PAGE]],
        counts=counts,
        open=await visit.read(lambda c: _open(c, visit)),
        shares=_shares(counts),
        follow_up=follow_up,
        grade=grade or "",
        months=_months(visit),
        month=month or _spelled(visit.now.astimezone(visit.console.zone).date()),
        grades=[("", "全部"), *((str(key), name) for key, name in GRADES.items())],
        next="?" + urlencode({**kept, "before": lines[PAGE - 1].rating.id}) if len(lines) > PAGE else "",
        first="?" + urlencode(kept) if before else "",
        longest=LONGEST_RESULT,
        directs=visit.staff.may(Permission.DIRECT),
        serves=visit.staff.may(Permission.SERVE),
    )


async def close(visit: Visit) -> Response:
    """The follow-up of a bad grade is over: what was found, what was done."""
    number, result = visit.number("rating") or 0, visit.text("result", LONGEST_RESULT + 1)
    closed = await close_follow_up(visit.console.tools, visit.staff, number, result)
    refused = closed if isinstance(closed, Refused) else None
    return settled(visit, refused, "这条差评跟进完了，结果记下了。", back="/ratings?follow_up=open")


def _open(connection: Connection, visit: Visit) -> int:
    counts = rating_register.counts(connection, unit=visit.staff.unit, staff_id=visit.staff.id)
    return counts.follow_ups_open


def _line(visit: Visit, one: RatingLine) -> dict[str, Any]:
    rating, staff = one.rating, visit.staff
    links = staff.may(Permission.SERVE) and staff.covers(one.unit)
    if rating.object_kind == "case":
        link = f"/cases/{rating.object_id}" if links else ""
    else:
        link = f"/conversations/{rating.conversation_id}" if links and rating.conversation_id else ""
    return {
        "id": rating.id,
        "number": one.number,
        "kind": {"handover": "接待", "case": "工单", "consultation": "咨询"}[rating.object_kind],
        "link": link,
        "grade": GRADES.get(rating.grade or 0, ""),
        "badge": _BADGES.get(rating.grade or 0, ""),
        # Of a protected matter the number alone: who looks over a shoulder reads nothing.
        "reason": "" if one.safe_mode else mask(rating.reason or ""),
        "asked_at": rating.asked_at,
        "graded_at": rating.graded_at,
        "staff": one.staff,
        "unit": one.unit,
        "channel": channel(one.channel),
        "follow_up": rating.follow_up,
        "may_close": rating.follow_up == "open" and staff.may(Permission.DIRECT) and staff.covers(one.unit),
        "result": "" if one.safe_mode else one.follow_up_result,
        "by": one.follow_up_by,
        "at": one.follow_up_at,
    }


def _shares(counts: RatingCounts) -> dict[str, str]:
    """The two rates that have to be told together: who is content, and how many answered at all."""
    return {
        "good": f"{counts.good / counts.graded:.1%}" if counts.graded else "—",
        "answered": f"{counts.graded / counts.asked:.1%}" if counts.asked else "—",
    }


def _month(visit: Visit, text: str) -> tuple[datetime | None, datetime | None]:
    zone = visit.console.zone
    try:
        first = date.fromisoformat(f"{text}-01") if text else visit.now.astimezone(zone).date().replace(day=1)
    except ValueError:
        first = visit.now.astimezone(zone).date().replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1) if first.year < date.max.year else date.max
    return datetime.combine(first, time(), zone), datetime.combine(after, time(), zone)


def _months(visit: Visit) -> list[tuple[str, str]]:
    day = visit.now.astimezone(visit.console.zone).date().replace(day=1)
    found = []
    for _ in range(_MONTHS):
        found.append((_spelled(day), f"{day.year} 年 {day.month} 月"))
        day = (day - timedelta(days=1)).replace(day=1)
    return found


def _spelled(day: date) -> str:
    return f"{day:%Y-%m}"
