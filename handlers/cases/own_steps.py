"""What residents do with their own cases: 撤回申请, 补充材料. Nobody else's case is touched, or told to exist."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from handlers.cases.kinds import KINDS, number_in
from handlers.cases.limits import Clock, moved
from handlers.cases.progress import line, own_case
from handlers.cases.states import move_of
from handlers.desk.tools import Tools
from handlers.files import still_adding, supplementing
from handlers.handover import asks_in_a_word
from handlers.intake.commands import Command, command
from handlers.mask import mask
from handlers.message import Button, Reply
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from knowledge.match import Urgent
from knowledge.normalize import plain
from storage import cases
from storage.case_records import CaseChange, CaseRow

_WITHDRAW = re.compile(
    r"^(?:我要|我想|我想要|帮我|请)?撤回(?:我的|这个|那个)?(?:法律援助|行政)?"
    r"(?:申请|登记|工单|诉求|投诉|预约|调解|复议|公证)?(?:了|吧|嘛)?(?:[a-z]{2}20\d{2}.*)?$"
)
_ADD = re.compile(
    r"^(?:我要|我想|我来|我)?(?:补充|补交|补|添加)(?:一下|点)?(?:材料|资料|证据|情况|说明)(?:了|吧|嘛)?(?:[a-z]{2}20\d{2}.*)?$"
)
_DONE = re.compile(r"^(?:补完了|补好了|补齐了|发完了|没有了|就这些|好了|完了|都发了|交齐了)(?:嘛|吧|哈)?$")
_TAP = "case:withdraw:"
_NOT_YOURS = "没有查到您的这个编号。请核对编号；是在别处提交的，请到那里办，或打 12348（免费）。"
_MOST_TO_CHOOSE = 5
_LONGEST = 1000


async def withdraw(turn: Turn) -> Handled:
    """撤回申请, with a number or without; confirmed by a second tap."""
    tools = turn.office.tools
    if tools is None:
        return UNHANDLED
    if turn.message.payload.startswith(_TAP):
        return await _withdrawn(turn, tools, turn.message.payload.removeprefix(_TAP))
    if not turn.is_text or not _WITHDRAW.match(plain(turn.message.text)):
        return UNHANDLED
    chosen = await _chosen(turn, tools, "withdraw")
    if not isinstance(chosen, CaseRow):
        return chosen
    buttons = (Button("确认撤回", f"{_TAP}{chosen.id}:yes"), Button("不撤回", f"{_TAP}{chosen.id}:no"))
    text = f"{line(turn, chosen)}\n要撤回吗？撤回后不再办，以后可以重新申请。"
    return Outcome((Reply(text, buttons=buttons),), replace(turn.dialog, options=buttons, confirming=""))


async def add(turn: Turn) -> Handled:
    """补充材料: what follows, words and files, belongs to the case until 补完了."""
    tools = turn.office.tools
    if tools is None or not turn.is_text or not _ADD.match(plain(turn.message.text)):
        return UNHANDLED
    chosen = await _chosen(turn, tools, "add")
    if not isinstance(chosen, CaseRow):
        return chosen
    text = f"{line(turn, chosen)}\n请把要补的写在这里，或者拍照发来，可以分几次发。都发完了，发“补完了”。"
    dialog = replace(turn.dialog, options=(), confirming=supplementing(chosen.number, turn.now))
    return Outcome((Reply(text),), dialog)


async def added(turn: Turn) -> Handled:
    """Words for the case that is being added to, or the end of it."""
    tools, number = turn.office.tools, still_adding(turn.dialog.confirming, turn.now)
    if tools is None or not number or not turn.is_text or not plain(turn.message.text):
        return UNHANDLED
    text = turn.message.text
    said = command(text)
    if asks_in_a_word(text) or isinstance(turn.decision, Urgent):
        return UNHANDLED
    case = await own_case(turn, tools, number)
    ends = bool(_DONE.match(plain(text))) or (said is not None and said.command is Command.CANCEL)
    if case is None or move_of(case.state, "add") is None:
        return Outcome((Reply("这一件已经不能再补了。"),), replace(turn.dialog, confirming=""))
    return _ended(turn, case) if ends else _noted(turn, case)


def _noted(turn: Turn, case: CaseRow) -> Outcome:
    step = _step(turn, case, "add", text=mask(turn.message.text)[:_LONGEST])
    dialog = replace(turn.dialog, confirming=supplementing(case.number, turn.now))
    return Outcome((Reply(f"记进 {case.number} 了。还有就接着发，完了发“补完了”。"),), dialog, case_change=step)


def _ended(turn: Turn, case: CaseRow) -> Outcome:
    dialog = replace(turn.dialog, confirming="")
    if case.state != "need_supplement":
        return Outcome((Reply(f"好，都放进 {case.number} 了，办的人会看到。"),), dialog)
    step = _step(turn, case, "supplement", text="当事人说材料补完了")
    due: datetime | None = step.values["due_at"]
    until = f"最迟 {turn.office.hours.moment(due, turn.now)} 前给您说法。" if due is not None else ""
    return Outcome((Reply(f"好，{case.number} 的材料收到了，接着审查。{until}"),), dialog, case_change=step)


async def _withdrawn(turn: Turn, tools: Tools, tap: str) -> Outcome:
    number, _, word = tap.partition(":")
    dialog = replace(turn.dialog, options=())
    if word == "no":
        return Outcome((Reply("好，没有撤回，照常办。"),), dialog)
    case = await tools.database.read(lambda c: cases.read(c, int(number))) if _is_id(number) else None
    if case is None or case.person_key != turn.person_key:
        return Outcome((Reply(_NOT_YOURS),), dialog)
    if move_of(case.state, "withdraw") is None:
        return Outcome((Reply(f"{line(turn, case)}\n已经不用撤回了。"),), dialog)
    step = _step(turn, case, "withdraw", text="当事人撤回", closed_at=turn.now)
    text = f"{case.number} 已经撤回。以后还要办，重新申请就行。"
    return Outcome((Reply(text, title=KINDS[case.kind].name),), dialog, case_change=step)


async def _chosen(turn: Turn, tools: Tools, action: str) -> CaseRow | Outcome:
    """The case that is meant; else what to say: which one, or that there is none."""
    number = number_in(turn.message.text)
    if number:
        case = await own_case(turn, tools, number)
        if case is None:
            return Outcome((Reply(_NOT_YOURS),), turn.dialog)
        possible = move_of(case.state, action) is not None
        return case if possible else Outcome((Reply(f"{line(turn, case)}\n现在不用这样办了。"),), turn.dialog)
    own = await tools.database.read(lambda c: cases.of_person(c, turn.person_key, 20))
    open_ones = [case for case in own if move_of(case.state, action) is not None][:_MOST_TO_CHOOSE]
    if len(open_ones) == 1:
        return open_ones[0]
    if not open_ones:
        return Outcome(
            (Reply("这里没有您正在办的申请。是在别处提交的，请到那里办，或打 12348（免费）。"),), turn.dialog
        )
    words = "撤回申请" if action == "withdraw" else "补充材料"
    lines = [line(turn, case) for case in open_ones]
    text = "\n".join(["您有几件在办：", *lines, f"要哪一件，发“{words}”加编号，比如“{words} {open_ones[0].number}”。"])
    return Outcome((Reply(text),), turn.dialog)


def _step(turn: Turn, case: CaseRow, action: str, text: str, **values: Any) -> CaseChange:
    """The resident's own step, with the limit that follows from it."""
    move = move_of(case.state, action)
    after = (move.target if move is not None else None) or case.state
    before = Clock(case.due_from, case.due_at, case.clock_stopped_at)
    clock = moved(before, case.kind, case.state, after, case.details, turn.now, turn.office.hours)
    limit = {"due_from": clock.due_from, "due_at": clock.due_at, "clock_stopped_at": clock.stopped_at}
    return CaseChange(
        case_id=case.id,
        version=case.version,
        before=case.state,
        after=after,
        action=action,
        at=turn.now,
        actor=cases.RESIDENT,
        text=text,
        values={**values, **limit},
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < len("9223372036854775807")
