"""From a confirmed form to the case: facts without personal data, people sealed, and what happens next and by when."""

from dataclasses import replace
from typing import Any

from handlers.cases.kinds import KINDS, case_number
from handlers.cases.limits import begin
from handlers.cases.people import seal_other, sides
from handlers.desk.identity import phone_hash
from handlers.dialog import Dialog
from handlers.intake.answers import ELSEWHERE, UNKNOWN
from handlers.intake.draft import Draft, submitted
from handlers.intake.remarks import VIOLENCE, is_pressing, remark
from handlers.intake.shared_steps import AGREED, is_minor, is_under_14
from handlers.intake.show import shown
from handlers.intake.steps import Circumstances, Step, Wants
from handlers.mask import mask
from handlers.message import Reply
from handlers.personal import Seal
from handlers.turn import Outcome, Turn
from storage.desk_records import CaseDraft, PartyDraft

_LONGEST_TITLE = 30
# 服务对象类别 (DOMAIN 3.1) by the number of the choice.
_CLIENTS = {0: "农民工", 1: "老年人", 2: "残疾人", 3: "未成年人", 4: "低保特困", 5: "退役军人及军属"}
_LEGAL_AID = {
    0: ("民事", "劳动报酬、劳动关系"),
    1: ("民事", "人身损害赔偿"),
    2: ("民事", "赡养、抚养、扶养"),
    3: ("行政", "社会保险、救助、抚恤"),
    4: ("民事", "家庭暴力、虐待、遗弃"),
    5: ("刑事", "刑事案件"),
    6: ("民事", "其他"),
}


def hand_in(turn: Turn, draft: Draft, seal: Seal, around: Circumstances) -> Outcome:
    """The case, its number for the resident, and the truth about what follows."""
    case = case_of(turn, draft, seal, around)
    place = case.township if case.township not in (ELSEWHERE, UNKNOWN) else None
    reply = Reply(_told(turn, draft, case), title=f"已提交　{case.number}")
    return Outcome(
        replies=(reply,),
        dialog=_after(turn.dialog, case.number, draft.id),
        case=case,
        parties=_parties(draft, seal),
        township=place,
    )


def case_of(turn: Turn, draft: Draft, seal: Seal, around: Circumstances) -> CaseDraft:
    """The case as it is kept."""
    kind, answers = KINDS[draft.kind], draft.answers
    details = _details(draft, around)
    township = answers.get("township") or turn.conversation.township or UNKNOWN
    today = turn.now.astimezone(turn.office.hours.zone).date()
    person = {step.key: step for step in draft.steps(around) if step.personal}
    phone = seal.open(answers["phone"]) if "phone" in person else ""
    return CaseDraft(
        number=case_number(draft.kind, turn.now, turn.office.county.org, turn.inbox_id, turn.office.hours.zone),
        origin=f"form:{turn.conversation.id}:{draft.id}",
        kind=draft.kind,
        title=_title(draft, seal),
        unit=township if kind.at_station and township not in (ELSEWHERE, UNKNOWN) else "",
        township=township,
        facts=tuple(_fact(step, answers[step.key], seal) for step in draft.steps(around) if _is_fact(step)),
        name_sealed=answers["name"] if "name" in person else None,
        phone_sealed=answers["phone"] if "phone" in person else None,
        address_sealed=answers["address"] if "address" in person else None,
        other_sealed=seal_other(seal, _opened(answers.get("other", ""), seal), ""),
        phone_hash=phone_hash(seal, phone) if phone else None,
        consent_at=turn.now if answers.get("consent") == AGREED else None,
        client_types=_clients(draft),
        urgent=is_pressing(draft.kind, answers, today),
        minor=is_minor(answers, around),
        safe_mode=around.safe_mode or answers.get("matter") == str(VIOLENCE),
        details=details,
        due_at=begin(draft.kind, "submitted", details, turn.now, turn.office.hours).due_at,
        guided=kind.guided,
        files_since=draft.id,
    )


def _details(draft: Draft, around: Circumstances) -> dict[str, Any]:
    """The ledger's columns that the answers fill."""
    kind = KINDS[draft.kind]
    found: dict[str, Any] = {}
    for step in draft.steps(around):
        value = draft.answers[step.key]
        column = kind.column(step.column) if step.column and value else None
        if column is not None:
            found[column.header] = column.read(step.choices[int(value)].label if step.choices else value)
    if draft.kind == "legal_aid":
        found["类别"], found["案由"] = _LEGAL_AID[int(draft.answers["matter"])]
        clients = _clients(draft)
        found |= {"受援人类别": clients[0]} if clients else {}
    return found


def _is_fact(step: Step) -> bool:
    return not step.personal and step.wants not in (Wants.CONSENT, Wants.TOWNSHIP)


def _fact(step: Step, value: str, seal: Seal) -> dict[str, str]:
    return {"key": step.key, "label": step.label, "value": mask(shown(step, value, seal))}


def _title(draft: Draft, seal: Seal) -> str:
    subject = next(step for step in draft.form.steps if step.key == draft.form.subject)
    told = " ".join(mask(shown(subject, draft.answers[subject.key], seal)).split())
    short = told if len(told) <= _LONGEST_TITLE else f"{told[:_LONGEST_TITLE]}…"
    return f"{KINDS[draft.kind].name}：{short}"


def _clients(draft: Draft) -> tuple[str, ...]:
    told = draft.answers.get("client", "")
    named = _CLIENTS.get(int(told)) if told else None
    return (named,) if named else ()


def _parties(draft: Draft, seal: Seal) -> tuple[PartyDraft, ...]:
    known = {key: _opened(draft.answers.get(key, ""), seal) for key in ("name", "phone", "other")}
    return sides(seal, known["name"], known["phone"], known["other"], "")


def _opened(value: str, seal: Seal) -> str:
    return seal.open(value) if value else ""


def _told(turn: Turn, draft: Draft, case: CaseDraft) -> str:
    hours, now = turn.office.hours, turn.now
    due = hours.moment(case.due_at, now) if case.due_at is not None else ""
    today = now.astimezone(hours.zone).date()
    screening = "\n".join(
        part for key in ("matter", "client", "known") if (part := remark(draft.kind, key, draft.answers, today))
    )
    lines = [
        f"您的编号是 {case.number}，请记下来。",
        f"接下来：{_next(draft, due)}",
        screening,
        draft.form.bring,
        "监护人到时带上户口簿或出生证明。" if is_under_14(draft.answers) else "",
        "我不会主动给您发消息，您方便时自己来查。" if case.safe_mode else "",
        "查办到哪一步，发“查进度”；不办了，发“撤回申请”；要补东西，发“补充材料”。",
    ]
    return "\n".join(line for line in lines if line)


def _next(draft: Draft, due: str) -> str:
    if draft.kind == "legal_aid":
        return f"法律援助机构审查，最迟 {due} 前决定给不给（法律援助法第43条，7 日内）；缺材料会一次告诉您。"
    if draft.kind == "reconsideration":
        return f"县政府的行政复议机构（县司法局）审查收不收，最迟 {due} 前（行政复议法第30条，5 个工作日内）。"
    called = "和您联系" if draft.answers.get("consent") == AGREED else "受理，您发编号来查"
    return f"工作人员最迟 {due} 前{called}。"


def _after(dialog: Dialog, number: str, form_id: int) -> Dialog:
    """The conversation remembers which case came of the form."""
    return replace(dialog, form=submitted(number, form_id), options=(), failures=0, more="", greeted=True)
