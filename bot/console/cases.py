"""The register of cases 工单: narrowed, page by page; auditors see it without what residents told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import case_new, case_page, case_steps, case_words, files, guard
from bot.console.case_words import Badge
from bot.console.console import Console
from bot.console.refusal import Refusal
from bot.console.visit import Visit
from bot.console.words import township
from handlers.cases.kinds import KINDS
from handlers.cases.states import ENDED, STATE_NAMES
from handlers.desk.identity import phone_hash
from handlers.desk.neutral import place_of, title_of
from handlers.desk.staff import COUNTY, Permission
from handlers.mask import mask
from storage import case_lists
from storage.case_records import CaseFilter, CaseItem, CaseScope, Position

PAGE = 30
SOON = timedelta(days=3)
_OPEN, _ALL = "open", "all"
_NARROWING = ("state", "kind", "unit", "who", "due", "from", "to", "q")
_OPEN_STATES = tuple(state for state in STATE_NAMES if state not in ENDED)


@dataclass(frozen=True, slots=True)
class Line:
    """A case as the list shows it."""

    item: CaseItem
    title: str
    place: str
    state: Badge
    limit: Badge | None


def routes(console: Console) -> list[BaseRoute]:
    """The register, and the pages of a case."""
    console.add_filters(size=case_words.size)
    return [
        guard.page(console, "/cases", show, Permission.REGISTERS),
        *case_new.routes(console),
        *case_page.routes(console),
        *case_steps.routes(console),
        *files.routes(console),
    ]


async def show(visit: Visit) -> Response:
    """The register."""
    scope = CaseScope(visit.staff.unit, visit.staff.id)
    wanted, state = _wanted(visit), _state(visit)
    counts = await visit.read(lambda c: case_lists.by_state(c, scope, wanted))
    after = visit.text("after", 64)
    if state in ENDED or state == _ALL:
        before_id = int(after) if after.isascii() and after.isdigit() else None
        items = await visit.read(lambda c: case_lists.newest(c, scope, wanted, before_id, PAGE + 1))
        goes_on = str(items[PAGE - 1].id) if len(items) > PAGE else ""
    else:
        position = _position(after)
        items = await visit.read(lambda c: case_lists.by_limit(c, scope, wanted, position, PAGE + 1))
        goes_on = _spelled(case_lists.position(items[PAGE - 1])) if len(items) > PAGE else ""
    typed = {name: visit.text(name, 40) for name in _NARROWING}
    return visit.render(
        "cases.html",
        lines=_lines(visit, items[:PAGE]),
        opens=visit.staff.may(Permission.SERVE),
        typed=typed,
        is_narrowed=any(value for name, value in typed.items() if name != "state"),
        tabs=_tabs(visit, counts, state),
        kinds=[("", "全部事项"), *((kind.id, kind.name) for kind in KINDS.values())],
        units=_units(visit),
        goes_on=_query({**typed, "after": goes_on}) if goes_on else "",
        first=_query(typed),
        widened=_query({"state": typed["state"]}),
        is_first=not after,
    )


def _wanted(visit: Visit) -> CaseFilter:
    state, who, due, words = _state(visit), visit.text("who"), visit.text("due"), visit.text("q", 40)
    opens = visit.staff.may(Permission.SERVE)
    phone = phone_hash(visit.console.tools.seal, words) if opens and words else None
    kind, unit = visit.text("kind"), visit.text("unit", 32)
    return CaseFilter(
        kinds=(kind,) if kind in KINDS else (),
        states=_OPEN_STATES if state == _OPEN else () if state == _ALL else (state,),
        assignee_id=visit.staff.id if who == "me" else None,
        unassigned=who == "nobody",
        overdue_at=visit.now if due == "over" else visit.now + SOON if due == "soon" else None,
        due_after=visit.now if due == "soon" else None,
        words=words if opens and not phone else "",
        number="" if opens else words,
        phone_hash=phone,
        unit=None if not unit else COUNTY if unit == "county" else unit,
        since=_midnight(visit, "from", 0),
        until=_midnight(visit, "to", 1),
    )


def _state(visit: Visit) -> str:
    state = visit.text("state") or _OPEN
    return state if state in STATE_NAMES or state in (_OPEN, _ALL) else _OPEN


def _midnight(visit: Visit, name: str, ahead: int) -> datetime | None:
    """The beginning of the day that was named, or of one after it.

    Raises:
        Refusal: it is no day.
    """
    given = visit.text(name, 10)
    if not given:
        return None
    try:
        day = date.fromisoformat(given) + timedelta(days=ahead)
    except (ValueError, OverflowError) as error:
        raise Refusal(422, "日期要写成 2026-03-05 这样。", title="日期不对", back="/cases") from error
    return datetime.combine(day, time(), visit.console.zone)


def _lines(visit: Visit, items: Sequence[CaseItem]) -> list[Line]:
    hours, now, opens = visit.console.tools.hours(), visit.now, visit.staff.may(Permission.SERVE)
    return [
        Line(
            item,
            _title(item) if opens else case_words.kind(item.kind),
            place_of(item.township, safe_mode=item.safe_mode),
            case_words.state(item),
            case_words.limit(item, hours, now),
        )
        for item in items
    ]


def _title(item: CaseItem) -> str:
    """As the resident told the matter: not for those who see no matter."""
    return mask(title_of(item.title, safe_mode=item.safe_mode, number=item.number))


def _tabs(visit: Visit, counts: dict[str, int], state: str) -> list[tuple[str, str, int, bool]]:
    """Label, address, number and whether it is the one that is shown; states in which there is nothing are left out."""
    narrowing = {name: visit.text(name, 40) for name in _NARROWING if name != "state"}
    numbers = {
        _OPEN: sum(number for name, number in counts.items() if name not in ENDED),
        **{name: counts.get(name, 0) for name in STATE_NAMES},
        _ALL: sum(counts.values()),
    }
    labels = {_OPEN: "没办完的", **STATE_NAMES, "need_supplement": "等补材料", _ALL: "全部"}
    return [
        (labels[name], _query({**narrowing, "state": name}), number, name == state)
        for name, number in numbers.items()
        if number or name in (state, _OPEN, _ALL)
    ]


def _query(values: Mapping[str, str]) -> str:
    """What narrows the list, as it stands in an address."""
    return "?" + urlencode({name: value for name, value in values.items() if value})


def _units(visit: Visit) -> list[tuple[str, str]]:
    """Whose cases can be asked for; nothing to choose for those who see one unit's."""
    if visit.staff.unit != COUNTY:
        return []
    places = [place.name for place in visit.console.tools.knowledge.townships]
    return [("", "全县"), ("county", township(COUNTY)), *((name, name) for name in places)]


def _spelled(position: Position) -> str:
    urgent, due_at, row_id = position
    return f"{int(urgent)}_{due_at.isoformat()}_{row_id}"


def _position(text: str) -> Position | None:
    urgent, _, rest = text.partition("_")
    moment, _, row_id = rest.partition("_")
    try:
        due_at = datetime.fromisoformat(moment)
        return (urgent == "1", due_at, int(row_id)) if due_at.tzinfo is not None else None
    except ValueError:
        return None
