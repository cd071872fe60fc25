"""查进度: how a case stands, for the resident whose it is.

In the conversation's own person's cases by number or all of them. From another channel only with the number and the
telephone that was given, a few tries a day, and with the same words whether there is no such case or it is not theirs.
A case in safe mode is never shown elsewhere.
"""

import hmac
import re
from dataclasses import replace

from handlers.cases.kinds import KINDS, number_in
from handlers.cases.states import state_name
from handlers.desk.identity import phone_hash
from handlers.desk.tools import Tools
from handlers.intake.answers import phone
from handlers.message import Reply
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from knowledge.normalize import clean, plain
from storage import cases
from storage.case_records import CaseRow

TRIES = 3
_SHOWN = 5
_ASKED = "progress:"  # in Dialog.confirming, before the number whose telephone is awaited
_ALL = re.compile(
    r"^(?:我要|我想|帮我|给我|请)?(?:查|看|问|查询|查看|看看|查查)(?:一下|下)?(?:我的?)?"
    r"(?:办理|申请|案件|案子|工单|登记)?(?:的)?(?:进度|进展)"
    r"(?:了|吧|嘛|呢)?$"
)
_OF_ONE = re.compile(r"进度|进展|办到|办得|结果|查|怎么样|怎样|好了没|办好|批了|批没批|到哪")
_LONGEST_AROUND = 20
_TELL = "为了不让别人看到，请发登记时留的电话号码，我核对一下。"
_NEUTRAL = "没有查到：编号或电话对不上。请核对以后再试；记不清的，打 12348（免费）或到登记的地方问。"
_NO_MORE_TRIES = "今天查得够多了，请明天再试；急的话打 12348（免费），或到登记的地方问。"


async def handle(turn: Turn) -> Handled:
    """One case by its number, or all of one's own."""
    tools = turn.office.tools
    if tools is None or not (turn.is_text or turn.message.payload == "progress"):
        return UNHANDLED
    text = turn.message.text
    number = number_in(text)
    if number and _asks_for(text):
        return await _one(turn, tools, number)
    if turn.message.payload == "progress" or _ALL.match(plain(text)):
        return await _all(turn, tools)
    return UNHANDLED


async def with_phone(turn: Turn) -> Handled:
    """The telephone that was asked for: compared, never shown."""
    tools = turn.office.tools
    given = phone(turn.message.text) if turn.is_text else None
    if tools is None or given is None or not turn.dialog.confirming.startswith(_ASKED):
        return UNHANDLED
    tries = _tries(turn)
    if tries >= TRIES:
        return _says(turn, _NO_MORE_TRIES)
    number = turn.dialog.confirming.removeprefix(_ASKED)
    case = await tools.database.read(lambda c: cases.by_number(c, number))
    hashed = phone_hash(tools.seal, given) or ""
    shown = case is not None and not case.safe_mode and hmac.compare_digest(case.phone_hash or "-", hashed)
    counted = replace(turn, dialog=replace(turn.dialog, tries=f"{_today(turn)}:{tries + 1}"))
    if case is None or not shown:
        left = TRIES - tries - 1
        return _says(counted, f"{_NEUTRAL}今天还能试 {left} 次。" if left else f"{_NEUTRAL}今天不能再试了。", number)
    return _says(counted, *_told(turn, case, ""))


async def own_case(turn: Turn, tools: Tools, number: str) -> CaseRow | None:
    """The case of this number if it is the person's own."""
    case = await tools.database.read(lambda c: cases.by_number(c, number))
    return case if case is not None and case.person_key == turn.person_key else None


def line(turn: Turn, case: CaseRow) -> str:
    """A case in two lines: number and kind, how it stands and by when."""
    due = f"，最迟 {turn.office.hours.moment(case.due_at, turn.now)} 前有说法" if case.due_at is not None else ""
    return f"{case.number}　{KINDS[case.kind].name}\n{state_name(case.kind, case.state)}{due}"


async def _one(turn: Turn, tools: Tools, number: str) -> Outcome:
    case = await own_case(turn, tools, number)
    if case is None:
        if _tries(turn) >= TRIES:
            return _says(turn, _NO_MORE_TRIES)
        return _says(turn, _TELL, number)
    missing = await tools.database.read(lambda c: cases.newest_told(c, case.id, "ask_supplement"))
    return _says(turn, *_told(turn, case, missing))


async def _all(turn: Turn, tools: Tools) -> Outcome:
    own = await tools.database.read(lambda c: cases.of_person(c, turn.person_key, _SHOWN))
    if not own:
        text = "这里没有您提交的申请。在别处提交的，发“查进度”加编号，比如“查进度 FY2026-YY-000123”。"
        return _says(turn, text)
    if len(own) == 1:
        return await _one(turn, tools, own[0].number)
    lines = [line(turn, case) for case in own]
    return _says(turn, "\n".join(["您提交的：", *lines, "看其中一件，发“查进度”加编号。"]))


def _told(turn: Turn, case: CaseRow, missing: str) -> tuple[str, str, str]:
    """The words, no number that is still asked for, and the title."""
    hours, now = turn.office.hours, turn.now
    since = case.submitted_at.astimezone(hours.zone)
    lines = [f"{since.month}月{since.day}日提交，现在：{state_name(case.kind, case.state)}。"]
    if case.due_at is not None:
        lines.append(f"最迟 {hours.moment(case.due_at, now)} 前给您说法。")
    if case.state == "need_supplement":
        lines += [f"还缺：{missing}"] if missing else []
        lines.append(f"补好了发“补充材料 {case.number}”。")
    if case.assignee_name and case.state not in ("submitted", "need_supplement", "rejected"):
        lines.append(f"承办人：{case.assignee_name}")
    if case.recipient and case.state == "transferred":
        lines.append(f"已转给：{case.recipient}")
    if case.result and case.state in ("closed", "visited", "rated", "archived"):
        lines.append(f"结果：{case.result}\n答复：{case.answer}")
    lines.append("等不及就打 12348（免费）。")
    return "\n".join(lines), "", f"{KINDS[case.kind].name}　{case.number}"


def _says(turn: Turn, text: str, number: str = "", title: str = "") -> Outcome:
    confirming = f"{_ASKED}{number}" if number else ""
    return Outcome((Reply(text, title=title),), replace(turn.dialog, options=(), confirming=confirming, greeted=True))


def _asks_for(text: str) -> bool:
    """The number alone, or with a word that asks how it goes; in a longer story the number is only mentioned."""
    said = clean(text)
    return len(said) <= _LONGEST_AROUND + 2 * len("FY2026-YY-000123") and (
        bool(_OF_ONE.search(said)) or len(plain(said)) <= len("fy2026yyd000000000000")
    )


def _today(turn: Turn) -> str:
    return turn.now.astimezone(turn.office.hours.zone).date().isoformat()


def _tries(turn: Turn) -> int:
    day, _, count = turn.dialog.tries.partition(":")
    return int(count) if day == _today(turn) and count.isdigit() else 0
