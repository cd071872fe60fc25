"""What each step writes into a case beside its new state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from handlers.cases.inputs import Inputs
from handlers.cases.kinds import AMOUNTS
from handlers.cases.states import FINISHED, REOPEN_DAYS, TRIGGERS, Need
from handlers.desk.staff import COUNTY, Permission, Staff
from handlers.mask import mask
from storage.case_records import CaseRow

_BAD_VISIT = "不满意"
VISITS = ("满意", "基本满意", _BAD_VISIT, "联系不上")
_BAD_GRADE = 2
_LONGEST_TITLE = 200


class Impossible(ValueError):
    """The step cannot be taken, and why, for the member of staff who tried."""


@dataclass(frozen=True, slots=True)
class Around:
    """What was read for the step beside the case itself.

    `assignee` is the account that was named, `target` the case to merge into, `visit` what the resident thought in the
    last follow-up call, `grade` what they gave, `supplemented` whether they added something after the closing.
    """

    now: datetime
    staff: Staff
    assignee: Staff | None = None
    target: CaseRow | None = None
    visit: str = ""
    grade: int | None = None
    supplemented: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """The columns that change, and what the history keeps of the step."""

    values: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def effect(action: str, case: CaseRow, inputs: Inputs, around: Around, form: Mapping[str, str]) -> Effect:
    """What the step does.

    Raises:
        Impossible: something beside the state stands against it.
    """
    made = _EFFECTS.get(action, _nothing)(case, inputs, around, form)
    values = dict(made.values)
    if inputs.details:
        values["details"] = {**case.details, **inputs.details}
    values |= {f"{name}_fen": fen for name, fen in inputs.amounts.items()}
    return Effect(values, made.text, made.detail)


def _nothing(_: CaseRow, __: Inputs, ___: Around, ____: Mapping[str, str]) -> Effect:
    return Effect()


def _said(need: Need) -> Callable[..., Effect]:
    """A step that only leaves its words in the history."""
    return lambda _, inputs, __, ___: Effect(text=inputs.texts[need])


def _accept(_: CaseRow, __: Inputs, around: Around, form: Mapping[str, str]) -> Effect:
    recipient = form.get(Need.RECIPIENT.value, "").strip()[:120]
    values: dict[str, Any] = {"accepted_at": around.now, "decided_at": around.now}
    if recipient:
        values["recipient"] = recipient
    return Effect(values, recipient and f"交办：{recipient}")


def _reject(_: CaseRow, inputs: Inputs, around: Around, __: Mapping[str, str]) -> Effect:
    remedy = inputs.texts[Need.REMEDY]
    return Effect({"decided_at": around.now}, inputs.texts[Need.REASON], {"remedy": remedy})


def _assign(case: CaseRow, inputs: Inputs, around: Around, _: Mapping[str, str]) -> Effect:
    to = around.assignee
    if to is None or not to.may(Permission.SERVE):
        raise Impossible("没有这位承办人，或者账号已停用、不办案。")
    if not to.covers(case.unit) and to.unit != COUNTY:
        raise Impossible(f"{to.name} 不管{case.unit or '县中心'}的事，请换一位。")
    if to.id != around.staff.id and not around.staff.may(Permission.DIRECT):
        raise Impossible("您只能指派给自己；指派给别人请找主管。")
    if to.id == case.assignee_id:
        raise Impossible(f"已经是 {to.name} 在办。")
    reason = inputs.texts.get(Need.REASON, "")
    values = {"assignee_id": to.id, "assignee_name": to.name, "assigned_at": around.now}
    return Effect(values, f"承办人：{to.name}" + (f"。{reason}" if reason else ""), {"account": to.id})


def _result(_: CaseRow, inputs: Inputs, __: Around, ___: Mapping[str, str]) -> Effect:
    values = {"result": inputs.texts[Need.RESULT], "answer": inputs.texts[Need.ANSWER]}
    return Effect(values, f"{values['result']}：{values['answer']}")


def _close(case: CaseRow, inputs: Inputs, around: Around, form: Mapping[str, str]) -> Effect:
    made = _result(case, inputs, around, form)
    return Effect({**made.values, "closed_at": around.now}, made.text)


def _visit(_: CaseRow, inputs: Inputs, __: Around, form: Mapping[str, str]) -> Effect:
    opinion = form.get("opinion", "").strip()
    if opinion not in VISITS:
        raise Impossible(f"请选当事人怎么说：{'、'.join(VISITS)}。")
    return Effect(text=inputs.texts[Need.TEXT], detail={"opinion": opinion})


def _archive(case: CaseRow, _: Inputs, around: Around, __: Mapping[str, str]) -> Effect:
    if _days_since_closing(case, around) <= REOPEN_DAYS:
        raise Impossible(f"办结满 {REOPEN_DAYS} 天才归档：这之前当事人还可以要求重新办理。")
    return Effect()


def _transfer(_: CaseRow, inputs: Inputs, __: Around, ___: Mapping[str, str]) -> Effect:
    recipient, receipt = inputs.texts[Need.RECIPIENT], inputs.texts[Need.RECEIPT]
    return Effect({"recipient": recipient}, f"转 {recipient}，回执：{receipt}", {"receipt": receipt})


def _withdraw(_: CaseRow, inputs: Inputs, around: Around, __: Mapping[str, str]) -> Effect:
    return Effect({"closed_at": around.now}, inputs.texts[Need.REASON])


def _merge(case: CaseRow, inputs: Inputs, around: Around, _: Mapping[str, str]) -> Effect:
    target = around.target
    if target is None or not around.staff.may_see_case(target.unit, target.assignee_id):
        raise Impossible("没有这个编号的工单，或者不在您的范围里。")
    if target.id == case.id:
        raise Impossible("不能并入自己。")
    if target.kind != case.kind:
        raise Impossible("只能并入同一种工单。")
    if target.state == "merged" or target.state in FINISHED | {"rejected", "withdrawn"}:
        raise Impossible(f"{target.number} 已经办完了，不能再并入。")
    reason = inputs.texts[Need.REASON]
    return Effect({"merged_into": target.id}, f"并入 {target.number}。{reason}", {"target": target.number})


def _reopen(case: CaseRow, inputs: Inputs, around: Around, _: Mapping[str, str]) -> Effect:
    if _days_since_closing(case, around) > REOPEN_DAYS:
        raise Impossible(f"办结超过 {REOPEN_DAYS} 天，不能重新办理；请另开一个工单。")
    trigger = inputs.texts[Need.TRIGGER]
    if trigger == "bad_visit" and around.visit != _BAD_VISIT:
        raise Impossible("回访记录里没有“不满意”，请先登记回访。")
    if trigger == "supplement" and not around.supplemented:
        raise Impossible("办结后当事人没有补充过，请先登记补充的情况。")
    if trigger == "bad_rating" and (around.grade is None or around.grade > _BAD_GRADE):
        raise Impossible("当事人没有给过不满意的评价。")
    return Effect({"closed_at": None}, f"{TRIGGERS[trigger]}：{inputs.texts[Need.REASON]}", {"trigger": trigger})


def _edit(case: CaseRow, inputs: Inputs, _: Around, form: Mapping[str, str]) -> Effect:
    """What differs from what stands in the case; a page sends all its fields."""
    values: dict[str, Any] = {}
    title = mask(" ".join(form.get("title", "").split()))[:_LONGEST_TITLE]
    if title and title != case.title:
        values["title"] = title
    if form.get("urgent", "") in ("是", "否") and (form["urgent"] == "是") != case.urgent:
        values["urgent"] = form["urgent"] == "是"
    columns = [name for name, kept in inputs.details.items() if kept != case.details.get(name)]
    amounts = [AMOUNTS[name] for name, fen in inputs.amounts.items() if fen != getattr(case, f"{name}_fen")]
    if not (columns or values or amounts):
        raise Impossible("没有改什么。")
    before = {name: case.details.get(name) for name in columns}
    return Effect(values, "改了：" + "、".join([*columns, *_named(values), *amounts]), {"before": before})


def _named(values: Mapping[str, Any]) -> list[str]:
    names = {"title": "标题", "urgent": "紧急"}
    return [names[name] for name in values]


def _days_since_closing(case: CaseRow, around: Around) -> float:
    if case.closed_at is None:
        return 0
    return (around.now - case.closed_at) / timedelta(days=1)


_EFFECTS: Mapping[str, Callable[[CaseRow, Inputs, Around, Mapping[str, str]], Effect]] = {
    "accept": _accept,
    "ask_supplement": _said(Need.MISSING),
    "supplement": _said(Need.TEXT),
    "reject": _reject,
    "assign": _assign,
    "reassign": _assign,
    "suspend": _said(Need.REASON),
    "finish": _result,
    "send_back": _said(Need.REASON),
    "close": _close,
    "close_transferred": _close,
    "visit": _visit,
    "archive": _archive,
    "transfer": _transfer,
    "returned": _said(Need.REASON),
    "withdraw": _withdraw,
    "merge": _merge,
    "reopen": _reopen,
    "edit": _edit,
    "add": _said(Need.TEXT),
}
