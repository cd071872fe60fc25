"""The ledgers of cases and ratings, with the columns that counties keep today (LEDGER.md).

`工单状态` comes after them: what no ledger has a word for, such as a case that was taken back, can be told from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from handlers.cases.kinds import KINDS
from handlers.cases.states import FINISHED, state_name
from handlers.ledger import CHANNELS
from handlers.mask import mask
from storage.case_ledger import GivenRating, RatedCase
from storage.case_records import CaseRow
from storage.rating_records import GRADES

STATE = "工单状态"
_ABOUT = {"handover": "咨询", "legal_aid": "法律援助", "mediation": "调解", "notarization": "公证"}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaseLedger:
    """One ledger. `row` gives None for a case that does not belong into it yet: an appeal that nobody took up."""

    sheet: str
    columns: tuple[str, ...]
    row: Callable[[RatedCase, tzinfo], Row | None]


RATING_SHEET = "满意度评价"
RATING = ("编号", "评价日期", "对象", "对象编号", "等级", "渠道", "意见")


def rating_row(given: GivenRating, zone: tzinfo) -> Row:
    """A grade under the headers of `RATING`."""
    return {
        "编号": f"PJ{given.graded_at.astimezone(zone).year}-{given.id:06d}",
        "评价日期": _day(given.graded_at, zone),
        "对象": _ABOUT.get(given.about, "其他"),
        "对象编号": given.number,
        "等级": GRADES[given.grade],
        "渠道": CHANNELS.get(given.channel, given.channel),
        "意见": mask(given.reason),
    }


def _legal_aid(rated: RatedCase, zone: tzinfo) -> Row:
    case = rated.case
    ended = case.state in FINISHED or (case.state == "withdrawn" and case.accepted_at is not None)
    return {
        "编号": case.number,
        "受理日期": _day(case.submitted_at, zone),
        "决定日期": _day(case.decided_at, zone),
        "指派日期": _day(case.assigned_at, zone) if case.accepted_at is not None else "",
        "结案日期": _day(case.closed_at, zone) if ended else "",
        "类别": case.details.get("类别", ""),
        "案由": case.details.get("案由", ""),
        "受援人类别": case.details.get("受援人类别", ""),
        "状态": legal_aid_status(case),
        "挽回损失元": _yuan(case.recovered_fen) if ended else "",
        "避免损失元": _yuan(case.avoided_fen) if ended else "",
        "满意度": GRADES.get(rated.grade or 0, ""),
    }


def legal_aid_status(case: CaseRow) -> str:
    """申请, 批准, 不予, 办理 or 办结: where an application for legal aid stands."""
    if case.state in FINISHED:
        return "办结"
    if case.state == "rejected":
        return "不予"
    if case.accepted_at is None:
        return "申请"
    if case.state == "accepted":
        return "批准"
    return "办结" if case.state == "withdrawn" else "办理"


def _mediation(rated: RatedCase, zone: tzinfo) -> Row:
    case = rated.case
    result, ended = "办理中", None
    if case.state in FINISHED:
        result, ended = case.result or "终止", case.closed_at
    elif case.state in ("rejected", "withdrawn"):
        result, ended = "终止", case.closed_at or case.decided_at
    return {
        "编号": case.number,
        "受理日期": _day(case.accepted_at or case.submitted_at, zone),
        "办结日期": _day(ended, zone),
        "纠纷类型": case.details.get("纠纷类型", ""),
        "乡镇": case.township,
        "结果": result,
        "协议金额元": _yuan(case.details.get("协议金额元")),
        "联动": case.details.get("联动", "无"),
        "重大": case.details.get("重大", "否"),
        "项目": case.details.get("项目", ""),
    }


def _appeal(rated: RatedCase, zone: tzinfo) -> Row | None:
    case = rated.case
    if case.accepted_at is None and not case.recipient:
        return None  # not taken up: neither answered nor handed on
    withdrawn = case.state == "withdrawn"
    return {
        "编号": case.number,
        "受理日期": _day(case.accepted_at or case.submitted_at, zone),
        "处置": case.details.get("处置") or ("分类交办" if case.recipient else "现场答复"),
        "交办单位": case.recipient or "",
        "办结日期": _day(case.closed_at, zone) if case.state in FINISHED or withdrawn else "",
        "提请研究": case.details.get("提请研究", "否"),
        "方面": case.details.get("方面", ""),
        "结果": "当事人撤回" if withdrawn else case.result or "",
    }


def _reconsideration(rated: RatedCase, zone: tzinfo) -> Row:
    case = rated.case
    way, ended = "未结", None
    if case.state in FINISHED:
        way, ended = case.result or "终止", case.closed_at
    elif case.state == "rejected":
        way, ended = "不予受理", case.decided_at
    elif case.state == "withdrawn":
        way, ended = "终止", case.closed_at
    return {
        "编号": case.number,
        "收件日期": _day(case.submitted_at, zone),
        "被申请人": case.details.get("被申请人", ""),
        "领域": case.details.get("领域", ""),
        "结案日期": _day(ended, zone),
        "结案方式": way,
    }


def _notarization(rated: RatedCase, zone: tzinfo) -> Row:
    case = rated.case
    return {
        "编号": case.number,
        "预约日期": _day(case.submitted_at, zone),
        "事项": case.details.get("事项", ""),
        "办结日期": _day(case.closed_at, zone) if case.state in FINISHED else "",
        "一次办结": case.details.get("一次办结", "否") if case.state in FINISHED else "",
    }


def _with_state(row: Callable[[RatedCase, tzinfo], Row | None]) -> Callable[[RatedCase, tzinfo], Row | None]:
    def told(rated: RatedCase, zone: tzinfo) -> Row | None:
        found = row(rated, zone)
        return None if found is None else {**found, STATE: state_name(rated.case.kind, rated.case.state)}

    return told


def _ledger(sheet: str, columns: str, row: Callable[[RatedCase, tzinfo], Row | None]) -> CaseLedger:
    return CaseLedger(sheet, (*columns.split(), STATE), _with_state(row))


LEDGERS: Mapping[str, CaseLedger] = {
    "legal_aid": _ledger(
        "法律援助",
        "编号 受理日期 决定日期 指派日期 结案日期 类别 案由 受援人类别 状态 挽回损失元 避免损失元 满意度",
        _legal_aid,
    ),
    "mediation": _ledger("矛盾纠纷", "编号 受理日期 办结日期 纠纷类型 乡镇 结果 协议金额元 联动 重大 项目", _mediation),
    "appeal": _ledger("群众诉求", "编号 受理日期 处置 交办单位 办结日期 提请研究 方面 结果", _appeal),
    "reconsideration": _ledger("行政复议", "编号 收件日期 被申请人 领域 结案日期 结案方式", _reconsideration),
    "notarization": _ledger("公证预约", "编号 预约日期 事项 办结日期 一次办结", _notarization),
}


def _simple(sheet: str, kind: str) -> CaseLedger:
    """Kinds that no ledger of today has: complaints and visits, with the columns of their kind."""
    own = tuple(column.header for column in KINDS[kind].columns)

    def row(rated: RatedCase, zone: tzinfo) -> Row:
        case = rated.case
        told: Row = {"编号": case.number, "受理日期": _day(case.submitted_at, zone), "乡镇": case.township}
        told |= {header: case.details.get(header, "") for header in own}
        told |= {"转办单位": case.recipient or "", "结果": case.result or ""}
        return told | {"办结日期": _day(case.closed_at, zone) if case.state in FINISHED else ""}

    return CaseLedger(
        sheet, ("编号", "受理日期", "乡镇", *own, "转办单位", "结果", "办结日期", STATE), _with_state(row)
    )


LEDGERS = {
    **LEDGERS,
    "complaint_enforcement": _simple("执法投诉", "complaint_enforcement"),
    "complaint_lawyer": _simple("律师投诉", "complaint_lawyer"),
    "visit": _simple("上门服务", "visit"),
}


def _day(at: datetime | None, zone: tzinfo) -> str:
    return at.astimezone(zone).date().isoformat() if at is not None else ""


def _yuan(fen: int | None) -> float | str:
    """A number, so that a spreadsheet can add it up; "" where none was noted."""
    if fen is None:
        return ""
    return fen // 100 if fen % 100 == 0 else fen / 100
