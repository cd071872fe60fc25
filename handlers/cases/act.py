"""One step of a case by a member of staff: checked, written with its history and audit, told to the resident."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from handlers.cases import inputs, tell
from handlers.cases.effects import Around, Effect, Impossible, effect
from handlers.cases.kinds import KINDS, number_in
from handlers.cases.limits import Clock, moved
from handlers.cases.states import Move, Need, Who, move_of, moves_from, state_name
from handlers.desk.accounts import staff_of
from handlers.desk.refused import NOT_FOUND, Refused, Why
from handlers.desk.staff import Permission, Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from storage import accounts, cases, ratings
from storage.case_records import CaseChange, CaseRow
from storage.records import Conversation

ONCE = "once"
_LONGEST_ONCE = 34
_STALE = Refused(Why.STALE, "刚才有同事改过这个工单，请刷新后再办。")
_BY_ITSELF = "评价由当事人给，不能代填。"


@dataclass(frozen=True, slots=True)
class Acted:
    """The case after the step; `words` say whether the resident was told, and if not, why and what to do."""

    case: CaseRow
    words: str


async def act(
    tools: Tools, staff: Staff, case_id: int, version: int, action: str, form: Mapping[str, str]
) -> Acted | Refused:
    """Take one step of the table in `handlers.cases.states`.

    `version` is the case's when the member of staff looked at it. `form` has the fields of `Need` that the step wants,
    `column.<header>` for columns of the ledger, recovered and avoided in yuan, opinion for a follow-up call; and once,
    a random word of the page, which tells a second click from a second page of the same member.
    """
    case = await tools.database.read(lambda c: cases.read(c, case_id))
    if case is None or not staff.may_see_case(case.unit, case.assignee_id):
        return NOT_FOUND
    move = move_of(case.state, action)
    if case.version != version:
        return await _again(tools, staff, case, version, action, form.get(ONCE, ""))
    refused = _may_not(staff, case, move)
    if refused is not None or move is None:
        return refused or _no_such_way(case)
    around = await tools.database.read(lambda c: _around(c, tools, staff, case, form))
    try:
        typed = inputs.read(KINDS[case.kind], move, form, _kept(case), case.details, _amounts(case))
        done = effect(action, case, typed, around, form)
    except (inputs.BadInput, Impossible) as error:
        return Refused(Why.INPUT, str(error))
    if form.get(ONCE):
        done = replace(done, detail={**done.detail, ONCE: form[ONCE][:_LONGEST_ONCE]})
    result = await tools.database.write(lambda c: _write(c, tools, staff, case, move, done, around))
    if result is None:
        return await _again(tools, staff, case, version, action, form.get(ONCE, ""))
    changed, words, conversation = result
    if conversation is not None:
        tools.said(conversation.key)
    tools.changed()
    return Acted(changed, words)


def possible(staff: Staff, case: CaseRow) -> tuple[Move, ...]:
    """The steps that this member of staff may take now, for the page's buttons."""
    return tuple(move for move in moves_from(case.state) if _may_not(staff, case, move) is None)


def _may_not(staff: Staff, case: CaseRow, move: Move | None) -> Refused | None:
    if move is None:
        return None
    if move.who is Who.RATING:
        return Refused(Why.FORBIDDEN, _BY_ITSELF)
    if not staff.may(move.permission):
        return Refused(Why.FORBIDDEN, f"“{move.name}”要由主管来办。")
    mine = case.assignee_id == staff.id or staff.may(Permission.DIRECT)
    if move.who is Who.ASSIGNEE and not mine:
        return Refused(
            Why.FORBIDDEN, f"“{move.name}”由承办人来办，现在的承办人是 {case.assignee_name or '（还没有）'}。"
        )
    return None


def _no_such_way(case: CaseRow) -> Refused:
    return Refused(Why.STATE, f"工单现在是“{state_name(case.kind, case.state)}”，不能这样办。刷新看看。")


async def _again(tools: Tools, staff: Staff, case: CaseRow, version: int, action: str, once: str) -> Acted | Refused:
    """The same step a second time, as a double click sends it, has been taken; any other is out of date."""
    now_is = await tools.database.read(lambda c: cases.read(c, case.id)) or case
    history = await tools.database.read(lambda c: cases.events(c, case.id))
    wanted = (staff.id, action, once[:_LONGEST_ONCE])
    same = history and (history[-1].account_id, history[-1].action, history[-1].detail.get(ONCE, "")) == wanted
    if same and now_is.version == version + 1:
        return Acted(now_is, "这一步已经办过了，没有重复。")
    return _STALE


def _kept(case: CaseRow) -> dict[Need, str]:
    return {Need.RESULT: case.result or "", Need.ANSWER: case.answer or ""}


def _amounts(case: CaseRow) -> set[str]:
    known = {"recovered": case.recovered_fen, "avoided": case.avoided_fen}
    return {name for name, fen in known.items() if fen is not None}


def _around(connection: Connection, tools: Tools, staff: Staff, case: CaseRow, form: Mapping[str, str]) -> Around:
    named = form.get(Need.ASSIGNEE.value, "").strip()
    account = accounts.active(connection, int(named)) if named.isascii() and named.isdigit() else None
    target = number_in(form.get(Need.TARGET.value, ""))
    rating = ratings.of_object(connection, "case", case.id)
    history = cases.events(connection, case.id)
    visits = [event for event in history if event.action == "visit"]
    closed_at = case.closed_at or tools.clock()
    return Around(
        now=tools.clock(),
        staff=staff,
        assignee=staff_of(account) if account is not None else None,
        target=cases.by_number(connection, target) if target else None,
        visit=str(visits[-1].detail.get("opinion", "")) if visits else "",
        grade=rating.grade if rating is not None else None,
        supplemented=any(event.action == "add" and event.at >= closed_at for event in history),
    )


def _write(
    connection: Connection, tools: Tools, staff: Staff, case: CaseRow, move: Move, done: Effect, around: Around
) -> tuple[CaseRow, str, Conversation | None] | None:
    after = move.target or case.state
    step = CaseChange(
        case_id=case.id,
        version=case.version,
        before=case.state,
        after=after,
        action=move.action,
        at=around.now,
        actor=staff.name,
        account_id=staff.id,
        text=done.text,
        detail=done.detail,
        values={**done.values, **_clock(tools, case, after, done, around)},
    )
    changed = cases.change(connection, step)
    if changed is None:
        return None
    if move.action == "merge" and around.target is not None:
        _note_merge(connection, step, case, around.target)
    noted(connection, tools, staff, f"case.{move.action}", f"case:{case.id}", number=case.number, after=after)
    reply = tell.reply_for(move.action, changed, done, tools.hours(), around.now)
    if reply is None:
        return changed, "办好了。", None
    asks = move.action in ("close", "close_transferred")
    words, conversation = tell.tell(connection, tools, staff, changed, reply, asks_for_rating=asks)
    return changed, words, conversation


def _clock(tools: Tools, case: CaseRow, after: str, done: Effect, around: Around) -> dict[str, Any]:
    """The columns of the limit after the step; reminders begin anew with a new limit."""
    before = Clock(case.due_from, case.due_at, case.clock_stopped_at)
    details = done.values.get("details", case.details)
    now_is = moved(before, case.kind, case.state, after, details, around.now, tools.hours())
    values: dict[str, Any] = {
        "due_from": now_is.due_from,
        "due_at": now_is.due_at,
        "clock_stopped_at": now_is.stopped_at,
    }
    if now_is.due_from != before.due_from and before.stopped_at is None:
        values["sla_level"] = 0
    return values


def _note_merge(connection: Connection, step: CaseChange, case: CaseRow, target: CaseRow) -> None:
    merged = replace(step, action="merge_in", text=f"{case.number} 并入本工单", detail={"from": case.number})
    cases.add_event(connection, target, merged)
