"""How the desk's matters are shown in lists: how long somebody waits, on which channel, why, and about what."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.console.visit import Visit
from handlers import sla
from handlers.desk.neutral import place_of, summary_of
from handlers.ledger import CHANNELS
from storage.desk_views import QueueItem

Badge = tuple[str, str]  # words, and the kind of badge: "", good, warn, bad, info
REASONS = {
    "word": "要找人工",
    "button": "点了转人工",
    "failures": "两次没答上",
    "urgent": "说到危险",
    "stepped_in": "主动接待",
}
PLACES = {"console": "工作台", "wecom_app": "企业微信", "telegram": "Telegram", "client": "微信客服"}
_COLOURS = {100: "bad", 80: "warn", 50: "info", 0: ""}
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Line:
    """A handover as lists show it. `waited` is how long, `clock` how its promise stands, None once it is answered."""

    id: int
    number: str
    conversation_id: int
    urgent: bool
    state: str
    channel: str
    place: str
    field: str
    reason: str
    summary: str
    waited: str
    clock: Badge | None
    created_at: datetime
    closed_at: datetime | None
    by: str
    outcome: str


def line(visit: Visit, item: QueueItem) -> Line:
    """A handover in words; in safe mode without the matter and the place."""
    tools = visit.console.tools
    return Line(
        id=item.id,
        number=item.number,
        conversation_id=item.conversation_id,
        urgent=item.urgent,
        state=item.state,
        channel=channel(item.channel),
        place=place_of(item.township, safe_mode=item.safe_mode) or "乡镇不详",
        field="已保护" if item.safe_mode else tools.knowledge.field(item.domain) if item.domain else "待归类",
        reason="" if item.safe_mode else REASONS.get(item.reason, "转人工"),
        summary=short(summary_of(item.summary, safe_mode=item.safe_mode)),
        waited=span(visit.now - item.created_at),
        clock=clock(visit, item),
        created_at=item.created_at,
        closed_at=item.closed_at,
        by=item.claimed_name or "",
        outcome=item.outcome or "",
    )


def clock(visit: Visit, item: QueueItem) -> Badge | None:
    """How the promise of a handover stands, as long as nobody has answered."""
    if item.state == "closed" or item.first_reply_at is not None or item.reason == "stepped_in":
        return None
    hours = visit.console.tools.hours()
    standing = sla.of_handover(hours, item.created_at, item.promised_at, visit.now, urgent=item.urgent)
    return standing.told(), _COLOURS[standing.level]


def channel(name: str) -> str:
    """A channel by its name in Chinese."""
    return CHANNELS.get(name, name)


def span(time: timedelta) -> str:
    """How long something lasts: 不到 1 分钟, 12 分钟, 3 小时 20 分, 2 天 4 小时."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 1:
        return "不到 1 分钟"
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} 天 {hours} 小时" if hours else f"{days} 天"
    if hours:
        return f"{hours} 小时 {left} 分" if left else f"{hours} 小时"
    return f"{left} 分钟"


def short(text: str, longest: int = _LONGEST) -> str:
    """A text as one line of a list."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
