"""The waiting queue: who waits, the endangered first, live; one tap takes them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.console import Console
from bot.console.desk_words import Line, channel, line
from bot.console.settled import settled
from bot.console.streams import stream
from bot.console.visit import Visit
from bot.console.watch import Sight
from handlers.desk.claim import claim
from handlers.desk.neutral import visit as visit_name
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import COUNTY, Permission
from handlers.ledger import CHANNELS
from storage import desk_views
from storage.desk_views import Position, QueueItem
from storage.queue import QueueState

PAGE = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_ID = 18


def routes(console: Console) -> list[BaseRoute]:
    """The page, its rows alone, its events, and taking somebody."""
    return [
        guard.page(console, "/queue", show, Permission.SERVE),
        guard.page(console, "/queue/rows", rows, Permission.SERVE, background=True),
        guard.page(console, "/queue/events", events, Permission.SERVE, background=True),
        guard.action(console, "/queue/{conversation}/claim", take, Permission.SERVE),
    ]


async def show(visit: Visit) -> Response:
    """The page."""
    context = await _context(visit)
    await visit.record("queue.seen", "queue:" + (visit.staff.unit or "all"))
    return visit.render("queue.html", **context)


async def rows(visit: Visit) -> Response:
    """The list as it is now, for a page that stands already; what it showed and is taken is told with who has it."""
    return visit.render("queue_rows.html", **await _context(visit))


async def events(visit: Visit) -> Response:
    """Told at once when the queue is another one, or has other numbers."""
    unit = visit.staff.unit
    return stream(visit, lambda sight: numbers(sight, unit))


async def take(visit: Visit) -> Response:
    """One tap: the conversation is theirs, or they hear whose it is."""
    number = visit.number("conversation") or 0
    taken = await claim(visit.console.tools, visit.staff, number)
    if isinstance(taken, Refused):
        if taken.why in (Why.TAKEN, Why.PLATFORM):
            return visit.go("/queue", f"{visit_name(number)}：{taken.words}", "warn")
        return settled(visit, taken, back="/queue")
    return visit.go(f"/conversations/{number}", taken.words, "good" if taken.fresh else "info")


def numbers(sight: Sight, unit: str) -> Mapping[str, Any]:
    """What every page that shows the queue's number wants to hear."""
    counts = sight.queue.counts(unit)
    return {"queue": sight.queue.version(unit), "waiting": counts.waiting, "urgent": counts.urgent}


async def _context(visit: Visit) -> dict[str, Any]:
    # The numbers first: rows that are newer than they are fetched once more, older ones would stay.
    state = await visit.console.watch.queue()
    return await visit.read(lambda c: _list(c, visit, state))


def _list(connection: Connection, visit: Visit, state: QueueState) -> dict[str, Any]:
    unit, township, wire = visit.staff.unit, _township(visit), _channel(visit)
    after = _position(visit.text("after", 60))
    items = desk_views.waiting(connection, unit, after, PAGE + 1, township=township, channel=wire)
    shown = items[:PAGE]
    counts = state.counts(unit)
    return {
        "lines": [line(visit, item) for item in shown],
        "gone": _gone(connection, visit, {item.id for item in shown}),
        "counts": counts,
        "version_of_queue": state.version(unit),
        "townships": _townships(visit, state, township),
        "channels": _channels(state, unit, wire),
        "township_now": township,
        "channel_now": wire,
        "narrowed": bool(township or wire),
        "here": _address(township, wire, after),
        "first": _address(township, wire, None) if after else "",
        "next": _address(township, wire, shown[-1].position) if len(items) > PAGE else "",
    }


def _gone(connection: Connection, visit: Visit, still: set[int]) -> Sequence[Line]:
    """What the page shows and nobody waits for any more: who has taken it."""
    shown = [word for word in visit.text("shown", PAGE * 20).split(",") if word.isascii() and word.isdigit()]
    found: list[QueueItem] = []
    for word in shown[: 2 * PAGE]:
        item = desk_views.handover(connection, int(word)) if len(word) <= _LONGEST_ID else None
        # Within the scope alone: a number in the address is nobody's right to a name.
        if item is not None and item.id not in still and visit.staff.may_see_conversation(item.township, None):
            found.append(item)
    return [line(visit, item) for item in found if item.state != "waiting"]


def _township(visit: Visit) -> str:
    """The township to which the list is narrowed down; those of one workstation have nothing to choose."""
    names = {place.name for place in visit.console.tools.knowledge.townships}
    asked = visit.text("township", 32)
    return asked if asked in names and visit.staff.unit == COUNTY else ""


def _channel(visit: Visit) -> str:
    asked = visit.text("channel", 16)
    return asked if asked in CHANNELS else ""


def _townships(visit: Visit, state: QueueState, now: str) -> list[tuple[str, str]]:
    if visit.staff.unit != COUNTY:
        return []
    found = dict(state.by_township(COUNTY))
    if now:
        found.setdefault(now, 0)
    return [("", "全部乡镇"), *((name, f"{name}（{count}）") for name, count in sorted(found.items(), key=_most))]


def _channels(state: QueueState, unit: str, now: str) -> list[tuple[str, str]]:
    found = dict(state.by_channel(unit))
    if now:
        found.setdefault(now, 0)
    named = ((name, f"{channel(name)}（{count}）") for name, count in sorted(found.items(), key=_most))
    return [("", "全部渠道"), *named]


def _most(named: tuple[str, int]) -> tuple[int, str]:
    return -named[1], named[0]


def _address(township: str, wire: str, after: Position | None) -> str:
    given = {"township": township, "channel": wire, "after": _spelled(after) if after else ""}
    return "?" + urlencode({name: value for name, value in given.items() if value})


def _spelled(position: Position) -> str:
    urgent, created_at, row_id = position
    return f"{int(urgent)}.{(created_at - _EPOCH) // timedelta(microseconds=1)}.{row_id}"


def _position(text: str) -> Position | None:
    """The position that an address spells; None where it spells none."""
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= _LONGEST_ID for part in parts):  # noqa: PLR2004
        return None
    try:
        created_at = _EPOCH + timedelta(microseconds=int(parts[1]))
    except OverflowError:
        return None
    return parts[0] == "1", created_at, int(parts[2])
