"""How cases are shown: their states, limits and ways in words and colours."""

from datetime import datetime

from handlers import sla
from handlers.cases.kinds import KINDS
from handlers.cases.limits import STOPPED, Limit, limit_of
from handlers.cases.open import WAYS
from handlers.cases.states import ENDED, FINISHED, action_name, state_name
from handlers.hours import OfficeHours
from handlers.ledger import CHANNELS
from storage.case_records import CaseItem, CaseRow

Badge = tuple[str, str]  # words, and the kind of badge: "", good, warn, bad, info
_LATE, _SOON = 100, 80  # percent of the time
_MEGA = 1024 * 1024


def state(case: CaseItem | CaseRow) -> Badge:
    """The state, in its colour."""
    words = state_words(case.kind, case.state)
    if case.state in ENDED:
        return words, "good" if case.state in FINISHED else ""
    return words, "warn" if case.state in ("submitted", "pending_review", "reopened") else "info"


def state_words(kind_id: str, name: str) -> str:
    """A state as staff call it."""
    return "等补材料" if name == "need_supplement" else state_name(kind_id, name)


def step_words(kind_id: str, action: str) -> str:
    """A step as staff call it; the decisions of legal aid have names of their own."""
    decisions = {"accept": "批准援助", "reject": "不予援助"} if kind_id == "legal_aid" else {}
    return decisions.get(action) or action_name(action)


def limit(case: CaseItem | CaseRow, hours: OfficeHours, now: datetime) -> Badge | None:
    """How the limit of the present state stands: 还剩 2 天, 已超过 1 个工作日; None where none runs."""
    runs = limit_of(case.kind, case.state, {})
    if runs is None:
        return None
    if case.state in STOPPED:
        return "计时暂停", ""
    standing = sla.of_case(hours, case.due_from, case.due_at, None, now, working=runs.working)
    if standing is None:
        return None
    colour = "bad" if standing.level >= _LATE else "warn" if standing.level >= _SOON else ""
    return standing.told(), colour


def law(found: Limit | None) -> str:
    """On what the limit rests: 7 天，法律援助法第43条."""
    if found is None:
        return ""
    return f"{found.days} {'个工作日' if found.working else '天'}，{found.source}"


def way(channel: str) -> str:
    """How a case came to us."""
    return CHANNELS.get(channel) or WAYS.get(channel, channel)


def kind(name: str) -> str:
    """The name of a kind of case."""
    return KINDS[name].name


def size(number: int) -> str:
    """The size of a file: 380 KB, 2.4 MB."""
    return f"{number / _MEGA:.1f} MB" if number >= _MEGA else f"{max(1, round(number / 1024))} KB"
