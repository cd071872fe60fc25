"""代为登记: a member of staff opens a case for the resident of a conversation, or for somebody at the window."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from handlers.cases import inputs
from handlers.cases.kinds import KINDS, BadValue, CaseKind, case_number
from handlers.cases.limits import begin
from handlers.cases.people import seal_other, sides
from handlers.desk.claim import visible
from handlers.desk.identity import normal_phone, phone_hash
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import COUNTY, Permission, Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from handlers.mask import mask, summary
from storage import cases, parties
from storage.case_records import CaseRow
from storage.desk_records import CaseDraft, PartyDraft
from storage.records import Conversation

# How somebody came who did not write to us; the words are those of the ledger.
WAYS: Mapping[str, str] = {"window": "窗口", "hotline": "12348热线", "visit": "上门"}
_LONGEST_STORY = 2000
_LONGEST_TITLE = 40


@dataclass(frozen=True, slots=True)
class Opened:
    """The case. `fresh` is False where the same form had opened it before."""

    case: CaseRow
    fresh: bool


async def open_case(
    tools: Tools, staff: Staff, conversation_id: int | None, kind: str, form: Mapping[str, str]
) -> Opened | Refused:
    """Open a case in somebody's name.

    `form`: once (a random word of the page, so that a double click opens one case), story, township ("" is unknown; the
    conversation's or the member's own where the form has none), name, phone,
    address, consent (是: the person agreed to have name and phone kept), other_name, other_phone, urgent (是), and
    `column.<header>`; without a conversation also way, one of `WAYS`.
    """
    if not staff.may(Permission.SERVE):
        return Refused(Why.FORBIDDEN, "您的角色不办工单。")
    wanted = KINDS.get(kind)
    if wanted is None:
        return Refused(Why.INPUT, "没有这一种工单。")
    found: Conversation | None = None
    if conversation_id is not None:
        seen = await visible(tools, staff, conversation_id)
        if isinstance(seen, Refused):
            return seen
        found = seen
    draft = _draft(tools, staff, wanted, form, found)
    if isinstance(draft, Refused):
        return draft
    way = form["way"] if form.get("way", "") in WAYS else "window"
    result = await tools.database.write(lambda c: _write(c, tools, staff, draft, found, way, _parties(tools, form)))
    tools.changed()
    return result


def _write(
    connection: Connection,
    tools: Tools,
    staff: Staff,
    draft: CaseDraft,
    conversation: Conversation | None,
    way: str,
    people: tuple[PartyDraft, ...],
) -> Opened:
    now = tools.clock()
    zone = tools.hours().zone

    def number(row_id: int) -> str:
        plain = case_number(draft.kind, now, tools.county.org, row_id, zone)
        head, _, serial = plain.rpartition("-")
        return f"{head}-D{serial}"  # of the desk: row numbers and those of messages must not meet

    person = tools.person(conversation.key, conversation.person) if conversation is not None else None
    by = (staff.id, staff.name)
    case, fresh = cases.open_by_staff(connection, draft, conversation, person, by, number, now, way)
    if fresh:
        parties.note(connection, conversation.id if conversation else None, case.id, people, now)
        noted(connection, tools, staff, "case.open", f"case:{case.id}", number=case.number)
    return Opened(case, fresh)


def _draft(
    tools: Tools, staff: Staff, kind: CaseKind, form: Mapping[str, str], conversation: Conversation | None
) -> CaseDraft | Refused:
    now, seal = tools.clock(), tools.seal
    told = {name: form.get(name, "").strip() for name in ("story", "township", "name", "phone", "address", "once")}
    known = conversation.township if conversation and conversation.township else staff.unit
    township = told["township"] if "township" in form else known
    problems = _problems(tools, told, township, form)
    details = _details(kind, form, problems)
    if problems:
        return Refused(Why.INPUT, "；".join(problems) + "。")
    story = mask(told["story"])
    clock = begin(kind.id, "submitted", details, now, tools.hours())
    return CaseDraft(
        number="",
        origin=f"desk:{told['once'][:34]}",
        kind=kind.id,
        title=f"{kind.name}：{summary(story, _LONGEST_TITLE)}",
        unit=(township or staff.unit) if kind.at_station else COUNTY,
        township=township or "不详",
        facts=({"key": "story", "label": "事情经过", "value": story},),
        name_sealed=seal.seal(told["name"]) if told["name"] else None,
        phone_sealed=seal.seal(told["phone"]) if told["phone"] else None,
        address_sealed=seal.seal(told["address"]) if told["address"] else None,
        other_sealed=seal_other(seal, form.get("other_name", "").strip(), form.get("other_phone", "").strip()),
        phone_hash=phone_hash(seal, told["phone"]) if told["phone"] else None,
        consent_at=now if told["name"] or told["phone"] else None,
        urgent=form.get("urgent") == "是",
        safe_mode=conversation is not None and conversation.safe_mode,
        details=details,
        due_at=clock.due_at,
        guided=kind.guided,
    )


def _details(kind: CaseKind, form: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """The ledger's columns that were filled in."""
    found: dict[str, Any] = {}
    for name, given in form.items():
        column = kind.column(name.removeprefix(inputs.COLUMN)) if name.startswith(inputs.COLUMN) else None
        if column is not None and given.strip():
            try:
                found[column.header] = column.read(given)
            except BadValue as error:
                problems.append(str(error))
    return found


def _problems(tools: Tools, told: Mapping[str, str], township: str, form: Mapping[str, str]) -> list[str]:
    found = []
    if not told["once"]:
        found.append("页面过期了，请刷新后再填")
    if not told["story"]:
        found.append("没填“事情经过”")
    elif len(told["story"]) > _LONGEST_STORY:
        found.append(f"“事情经过”太长了，最多 {_LONGEST_STORY} 个字")
    if township and township not in {place.name for place in tools.knowledge.townships}:
        found.append(f"没有“{township}”这个乡镇街道，请从列表里选")
    if told["phone"] and not normal_phone(told["phone"]):
        found.append("电话不对，手机 11 位，座机带区号")
    if (told["name"] or told["phone"]) and form.get("consent") != "是":
        found.append("记姓名电话要先问当事人同不同意，同意了再勾选")
    return found


def _parties(tools: Tools, form: Mapping[str, str]) -> tuple[PartyDraft, ...]:
    return sides(
        tools.seal,
        form.get("name", "").strip(),
        form.get("phone", "").strip(),
        form.get("other_name", "").strip(),
        form.get("other_phone", "").strip(),
    )
