"""待接: who waits, each with a button."""

from datetime import datetime

from handlers.desk.alerts import CLAIM
from handlers.desk.chat.at_work import AtWork
from handlers.desk.neutral import place_of, summary_of
from handlers.message import Button
from handlers.turn import Outcome
from storage import desk_views
from storage.desk_views import QueueItem

_SHOWN = 5
_LONGEST_SUMMARY = 40


async def queue(at: AtWork) -> Outcome:
    """The first of those who wait, the endangered before all others."""
    unit = at.staff.unit
    counts, items = await at.tools.database.read(
        lambda c: (desk_views.queue_counts(c, unit), desk_views.waiting(c, unit, None, _SHOWN))
    )
    if not items:
        return at.answer("现在没有人在等。")
    lines = [_line(item, at.turn.now) for item in items]
    if counts.waiting > len(items):
        lines.append(f"还有 {counts.waiting - len(items)} 件，在工作台看全部。")
    urgent = f"，紧急 {counts.urgent} 件" if counts.urgent else ""
    buttons = tuple(Button(f"接 {item.number}", f"{CLAIM}{item.id}") for item in items)
    return at.answer("\n".join(lines), *buttons, title=f"等着的 {counts.waiting} 件{urgent}")


def _line(item: QueueItem, now: datetime) -> str:
    place = place_of(item.township, safe_mode=item.safe_mode) or "乡镇不详"
    summary = summary_of(item.summary, safe_mode=item.safe_mode)
    short = summary if len(summary) <= _LONGEST_SUMMARY else summary[: _LONGEST_SUMMARY - 1] + "…"
    mark = "【急】" if item.urgent else ""
    return f"{mark}{item.number} {place}，等了{_span(now, item.created_at)}\n{short}".rstrip()


def _span(now: datetime, since: datetime) -> str:
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f" {minutes} 分钟"
    return f" {minutes // 60} 小时" if minutes < 60 * 48 else f" {minutes // 1440} 天"
