"""Where one arrives 我的接待: who waits for my answer, what I have to write down, what is due; or where one may go."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import case_words, guard
from bot.console.case_words import Badge
from bot.console.console import Console
from bot.console.desk_words import PLACES, channel, clock, line, short, span
from bot.console.visit import Visit
from handlers.cases.states import ENDED, STATE_NAMES
from handlers.desk.neutral import place_of, summary_of, title_of
from handlers.desk.neutral import visit as visit_name
from handlers.desk.staff import Permission
from storage import case_lists, desk_views, rating_register, receptions
from storage.case_records import CaseFilter, CaseItem, CaseScope
from storage.desk_views import Reception
from storage.receptions import InHand

_OPEN_STATES = tuple(state for state in STATE_NAMES if state not in ENDED)
_MOST = 20
_LATE, _SOON = 0.8, 0.4  # of the time after which a silent reception goes back into the queue
_REVIEW_DAYS = 30


@dataclass(frozen=True, slots=True)
class Mine:
    """One of my receptions. `waits` is how long the resident has waited for my answer, None where they do not."""

    id: int
    name: str
    number: str
    urgent: bool
    channel: str
    place: str
    summary: str
    via: str
    waits: Badge | None
    since: datetime
    clock: Badge | None


def routes(console: Console) -> list[BaseRoute]:
    """The console's root, and the same as it is now for a page that stands already."""
    return [
        guard.page(console, "/", home, None),
        guard.page(console, "/mine/now", now, Permission.SERVE, background=True),
    ]


async def home(visit: Visit) -> Response:
    """My work, or what one may do here."""
    if not visit.staff.may(Permission.SERVE):
        return visit.render("home.html", due_reviews=_due_reviews(visit))
    await visit.record("work.seen", f"account:{visit.staff.id}")
    return await now(visit)


async def now(visit: Visit) -> Response:
    """My work."""
    return visit.render("work.html", due_reviews=_due_reviews(visit), **await visit.read(lambda c: _work(c, visit)))


def _work(connection: Connection, visit: Visit) -> dict[str, Any]:
    staff = visit.staff
    directs = staff.may(Permission.DIRECT)
    scope = CaseScope(staff.unit, staff.id)
    mine = CaseFilter(states=_OPEN_STATES, assignee_id=staff.id)
    counted = rating_register.counts(connection, unit=staff.unit, staff_id=staff.id) if directs else None
    return {
        "receptions": [_mine(visit, one) for one in desk_views.held_by(connection, staff.id)],
        "without_outcome": [line(visit, item) for item in desk_views.without_outcome(connection, staff.id)],
        "cases": [_case(visit, item) for item in case_lists.by_limit(connection, scope, mine, None, _MOST)],
        "case_counts": case_lists.counts(connection, scope, visit.now),
        "counts": desk_views.queue_counts(connection, staff.unit),
        "others": [_other(visit, one) for one in receptions.in_hand(connection, staff.unit, staff.id, _MOST)]
        if directs
        else [],
        "follow_ups": counted.follow_ups_open if counted else 0,
    }


def _mine(visit: Visit, one: Reception) -> Mine:
    talk, item = one.conversation, one.handover
    waits = _waits(visit, one.resident_at) if one.awaits_answer and one.resident_at else None
    return Mine(
        id=talk.id,
        name=visit_name(talk.id),
        number=item.number if item else "",
        urgent=item.urgent if item else False,
        channel=channel(talk.key.channel),
        place=place_of(talk.township, safe_mode=talk.safe_mode) or "乡镇不详",
        summary=short(summary_of(item.summary if item else "", safe_mode=talk.safe_mode)),
        via=PLACES.get(talk.holder_via or "", ""),
        waits=waits,
        since=one.held_at,
        clock=clock(visit, item) if item else None,
    )


def _waits(visit: Visit, since: datetime | None) -> Badge | None:
    if since is None:
        return None
    waited = visit.now - since
    share = waited / timedelta(minutes=visit.console.settings.desk.take_back_minutes)
    return f"等您答 {span(waited)}", "bad" if share >= _LATE else "warn" if share >= _SOON else "info"


def _other(visit: Visit, one: InHand) -> dict[str, Any]:
    talk = one.conversation
    return {
        "id": talk.id,
        "name": visit_name(talk.id),
        "holder": talk.holder_name or "同事",
        "place": place_of(talk.township, safe_mode=talk.safe_mode) or "乡镇不详",
        "via": PLACES.get(talk.holder_via or "", ""),
        "quiet": span(visit.now - one.active_at),
        "waits": _waits(visit, one.resident_at) if one.awaits_answer else None,
    }


def _case(visit: Visit, item: CaseItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "number": item.number,
        "title": title_of(item.title, safe_mode=item.safe_mode, number=item.number),
        "urgent": item.urgent,
        "state": case_words.state(item),
        "limit": case_words.limit(item, visit.console.tools.hours(), visit.now),
    }


def _due_reviews(visit: Visit) -> int:
    """How many entries of the knowledge have to be read against the law within a month; only editors are told."""
    if not visit.staff.may(Permission.CANNED):
        return 0
    until = (visit.now.astimezone(visit.console.zone) + timedelta(days=_REVIEW_DAYS)).date()
    return sum(1 for entry in visit.console.tools.knowledge.entries.values() if entry.reviewed.due <= until)
