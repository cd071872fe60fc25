"""催办: at 50, 80 and 100 % of a promise or a limit those who have to act are reminded, from 80 % on supervisors."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from handlers import sla
from handlers.cases.kinds import KINDS
from handlers.cases.limits import limit_of
from handlers.cases.states import state_name
from handlers.desk.alerts import CLAIM
from handlers.desk.crew import called_at, crew
from handlers.desk.drafts import chats_of, to_staff
from handlers.desk.duty import supervisors
from handlers.desk.neutral import place_of
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.message import Button, Reply
from storage import conversations, desk_clocks
from storage.desk_clocks import RunningLimit, RunningPromise

BATCH = 500  # that are looked at in one run
MOST = 50  # that are acted on: the others' turn comes a minute later, and nobody waits long for the database
ESCALATES = 80
_TITLES = {50: "时间过半", 80: "快到时间了", 100: "已经超时"}


@dataclass(frozen=True, slots=True)
class _Reminder:
    """What is said of one matter at one level, and to whom. `name` tells it from all others."""

    name: tuple[object, ...]
    level: int
    text: str
    page: str
    township: str | None
    owner: int | None
    waiting: int | None = None  # the handover that they can take by it


def remind_of_promises(connection: Connection, tools: Tools) -> int:
    """Remind of handovers without an answer; how many reminders went. Each level of each goes once, in office hours,
    or at any time where somebody may be in danger.
    """
    able = crew(connection)
    went = 0
    for promise in desk_clocks.running_promises(connection, BATCH):
        reminder = _of_promise(tools, promise)
        if reminder and desk_clocks.raise_promise(connection, promise.id, reminder.level):
            _send(connection, tools, able, reminder)
            went += 1
        if went == MOST:
            break
    return went


def remind_of_limits(connection: Connection, tools: Tools) -> int:
    """Remind of cases whose limit comes near; how many reminders went. Each level of each limit goes once, in office
    hours.
    """
    if not tools.hours().is_open(tools.clock()):
        return 0
    able = crew(connection)
    went = 0
    for limit in desk_clocks.running_limits(connection, BATCH):
        reminder = _of_limit(tools, limit)
        if reminder and desk_clocks.raise_limit(connection, limit.id, limit.due_at, reminder.level):
            _send(connection, tools, able, reminder)
            went += 1
        if went == MOST:
            break
    return went


def _of_promise(tools: Tools, promise: RunningPromise) -> _Reminder | None:
    hours, now = tools.hours(), tools.clock()
    if not promise.urgent and not hours.is_open(now):
        return None
    standing = sla.of_handover(hours, promise.created_at, promise.promised_at, now, urgent=promise.urgent)
    if standing.level <= promise.level:
        return None
    place = place_of(promise.township, safe_mode=promise.safe_mode) or "乡镇不详"
    how = "还没有人接待" if promise.state == "waiting" else "接了还没有回复"
    danger = "可能有危险，请马上处理。" if promise.urgent else ""
    return _Reminder(
        name=("promise", promise.number),
        level=standing.level,
        text=f"登记 {promise.number}（{place}）{how}，{standing.told()}。{danger}",
        page=f"/console/conversations/{promise.conversation_id}",
        township=promise.township,
        owner=promise.claimed_by,
        waiting=promise.id if promise.state == "waiting" else None,
    )


def _of_limit(tools: Tools, limit: RunningLimit) -> _Reminder | None:
    rule = limit_of(limit.kind, limit.state, limit.details)
    working = rule is not None and rule.working
    standing = sla.of_case(tools.hours(), limit.due_from, limit.due_at, None, tools.clock(), working=working)
    if standing is None or standing.level <= limit.level:
        return None
    what = "" if limit.safe_mode else f"（{KINDS[limit.kind].name}，{state_name(limit.kind, limit.state)}）"
    return _Reminder(
        name=("limit", limit.number, limit.due_at.timestamp()),
        level=standing.level,
        text=f"工单 {limit.number}{what}{standing.told()}。",
        page=f"/console/cases/{limit.id}",
        township=limit.unit or None,
        owner=limit.assignee_id,
    )


def _send(connection: Connection, tools: Tools, able: list[Staff], reminder: _Reminder) -> None:
    reply = Reply(
        reminder.text,
        title=f"催办：{_TITLES[reminder.level]}",
        buttons=() if reminder.waiting is None else (Button("接待", f"{CLAIM}{reminder.waiting}"),),
        purpose="alert",
        link=f"{tools.public_url}{reminder.page}" if tools.public_url else "",
    )
    name = ("reminder", *reminder.name, reminder.level)
    for member in _reminded(connection, tools, able, reminder):
        for message in to_staff(tools, chats_of(tools, member), reply, *name, about=reminder.waiting):
            conversations.tell_staff(connection, message, tools.clock())


def _reminded(connection: Connection, tools: Tools, able: list[Staff], reminder: _Reminder) -> Iterable[Staff]:
    """Whose matter it is, else who is called for it; and from the second level on the supervisors. Nobody twice."""
    owner = [member for member in able if member.id == reminder.owner]
    told = owner or called_at(connection, tools, able, reminder.township, tools.clock())
    if reminder.level >= ESCALATES:
        told = [*told, *supervisors(able, reminder.township, reminder.level)]
    return {member.id: member for member in told}.values()
