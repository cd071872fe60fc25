"""Staff are told of a new handover: the people on duty by a card each, the groups without any word of the matter."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from handlers.desk.crew import called_at, crew
from handlers.desk.drafts import chats_of, to_staff
from handlers.desk.neutral import place_of, summary_of
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.ledger import CHANNELS
from handlers.message import Button, Reply
from storage import conversations, desk, desk_views
from storage.desk_records import StaffMessage
from storage.desk_views import QueueItem

BATCH = 50
CLAIM = "claim:"
_REASONS = {"word": "要找人工", "button": "点了转人工", "failures": "两次没答上", "urgent": "说到危险"}


async def alert_new(tools: Tools) -> int:
    """Alert for every handover that nobody was told of yet; returns how many. Each is told once, by one replica."""
    items = await tools.database.read(lambda c: desk_views.unalerted(c, BATCH))
    told = 0
    for item in items:
        told += await _alert(tools, item)
    return told


def card(tools: Tools, item: QueueItem, *, for_group: bool) -> Reply:
    """The card of a handover. A group hears nothing of what was said, and of one in safe mode not even what it is."""
    field = "（已保护）" if item.safe_mode else tools.knowledge.field(item.domain) if item.domain else "待归类"
    lines = [
        f"编号：{item.number}",
        f"渠道：{CHANNELS.get(item.channel, item.channel)}",
        f"乡镇：{place_of(item.township, safe_mode=item.safe_mode) or '不详'}",
        f"领域：{field}",
        f"原因：{_REASONS.get(item.reason, '转人工')}",
    ]
    if not for_group and item.summary:
        lines.append(summary_of(item.summary, safe_mode=item.safe_mode))
    return Reply(
        "\n".join(lines),
        title="紧急：有人可能有危险，请马上接待" if item.urgent else "有人等您接待",
        buttons=(Button("接待", f"{CLAIM}{item.id}"),),
        purpose="alert",
        link=f"{tools.public_url}/console/conversations/{item.conversation_id}" if tools.public_url else "",
    )


async def _alert(tools: Tools, item: QueueItem) -> bool:
    now = tools.clock()
    # A telephone does not ring at night for what can wait; in the morning those are called who are on duty then.
    at = now if item.urgent else tools.hours().next_opening(now)
    called = await tools.database.read(lambda c: called_at(c, tools, crew(c), item.township, at))
    messages = [
        replace(message, draft=replace(message.draft, not_before=at, priority=0 if item.urgent else 2))
        for message in _messages(tools, item, called, now)
    ]

    def work(connection: Connection) -> bool:
        if not desk.mark_alerted(connection, item.id, now):
            return False
        for message in messages:
            conversations.tell_staff(connection, message, now)
        return True

    alerted = await tools.database.write(work)
    for message in messages if alerted else ():
        tools.said(message.key)
    return alerted


def _messages(tools: Tools, item: QueueItem, called: Sequence[Staff], now: datetime) -> list[StaffMessage]:
    chats = [chat for staff in called for chat in chats_of(tools, staff)]
    # Given back, it is alerted anew: the time makes it another alert.
    name = ("alert", item.number, now.timestamp())
    private = to_staff(tools, chats, card(tools, item, for_group=False), *name, about=item.id)
    group = to_staff(tools, tools.groups(), card(tools, item, for_group=True), *name, kind="group", about=item.id)
    return [*private, *group]
