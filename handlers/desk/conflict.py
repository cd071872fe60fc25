"""利益冲突: both sides of one quarrel with the same member of staff, noticed by hashed telephone number or name.

Told to staff when they take something on, never to residents.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from handlers.desk.identity import party
from handlers.desk.neutral import visit
from handlers.desk.tools import Tools
from handlers.personal import Seal
from handlers.turn import Outcome, Turn
from knowledge.normalize import clean
from storage import parties
from storage.desk_records import PartyDraft
from storage.parties import Conflict

LOOKED_BACK = timedelta(days=365)
_GAP = "[- ]?"
_PHONE = re.compile(
    rf"(?<!\d)(?:(?:(?:\+|00)?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}|\(?0\d{{2,3}}\)?{_GAP}\d{{7,8}})(?!\d)"
)
_CLAUSE = re.compile(r"[。；;！!？?，,、\n]")
_OWN = re.compile(r"我的?(?:联系)?(?:电话|手机|号码|微信)|联系我|打给我|找我|回我|本人")
_OTHER = re.compile(
    r"老板|包工头|工头|对方|被告|他|她|那个人|那人|老公|丈夫|我?男人|前夫|男朋友|前男友|老婆|妻子|前妻|婆娘"
    r"|邻居|房东|租客|司机|公司|厂里|工地|经理|村长|书记|卖家|店家|骗子|亲戚|债主|欠我"
)
_RELATIONS = {
    "named_there": "那边提到的对方，可能就是这位来访人",
    "names_them": "这位来访人提到的对方，可能就是那边的来访人",
    "each_other": "两边互相提到了对方",
}
_KNOWN_BY = {"phone": "电话相同", "name": "只是姓名相同，请核对是不是同一人"}


def mentioned(text: str, seal: Seal) -> tuple[PartyDraft, ...]:
    """The telephone numbers in what a resident writes, each on the side to which the words before it put it.

    A number without such words is the resident's own: so people leave theirs.
    """
    shown = clean(text)
    drafts = (
        party(seal, _side(shown, found.start(), found.end()), "phone", found[0]) for found in _PHONE.finditer(shown)
    )
    return tuple(dict.fromkeys(draft for draft in drafts if draft is not None))


def note(turn: Turn, outcome: Outcome) -> Outcome:
    """The outcome, with the telephone numbers of both sides that the message names.

    Only where a person is concerned with the matter: of who just asks the bot nothing is kept.
    """
    tools, waits = turn.office.tools, outcome.handover is not None
    if tools is None or outcome.forget or not turn.is_text or (turn.conversation.holder == "bot" and not waits):
        return outcome
    asked = turn.dialog.asked if waits else ""
    named = dict.fromkeys((*outcome.parties, *mentioned(asked, tools.seal), *mentioned(turn.message.text, tools.seal)))
    return replace(outcome, parties=tuple(named))


async def find(
    tools: Tools, staff_id: int, *, conversation_id: int | None = None, case_id: int | None = None
) -> list[Conflict]:
    """The matters of a member of staff, of now and of the last twelve months, in which the other side seems to be."""
    since = tools.clock() - LOOKED_BACK
    return await tools.database.read(lambda c: parties.conflicts(c, staff_id, conversation_id, since, case_id=case_id))


def warning(conflicts: Sequence[Conflict]) -> str:
    """What the member of staff is told; "" where there is nothing to tell."""
    if not conflicts:
        return ""
    lines = [f"· {_where(one)}：{_RELATIONS[one.kind]}（{_KNOWN_BY[one.by]}）" for one in conflicts]
    return "\n".join(
        ["注意回避：您手里或一年内接待过的事，可能是同一纠纷的另一方。", *lines, "是的话，请转给同事，不要两边都办。"]
    )


def _where(one: Conflict) -> str:
    talk = visit(one.conversation_id) if one.conversation_id is not None else ""
    case = f"工单 {one.case_number}" if one.case_number else ""
    return "、".join(part for part in (talk, case) if part)


def _side(text: str, start: int, end: int) -> str:
    before = _CLAUSE.split(text[:start])[-1]
    after = _CLAUSE.split(text[end:])[0]
    if _OWN.search(before) or _OWN.search(after[:6]):
        return "own"
    return "other" if _OTHER.search(before) else "own"
