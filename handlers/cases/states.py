"""The way of a case (DOMAIN 3.3) as a table: from where, by which act, to where, by whom, and what has to be told.

There is no other way: a state is never jumped over. A row of `MOVES` without a target leaves the state as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from handlers.desk.staff import Permission

REOPEN_DAYS = 30  # 仅限办结后 30 日内
# An applicant who does not answer for so long has withdrawn the application (法律援助法第43条第2款).
ENDED = frozenset({"rejected", "closed", "visited", "rated", "archived", "withdrawn", "merged"})
FINISHED = frozenset({"closed", "visited", "rated", "archived"})

STATE_NAMES: Mapping[str, str] = {
    "submitted": "待审查",
    "accepted": "已受理",
    "need_supplement": "等您补材料",
    "rejected": "不予受理",
    "assigned": "已指派",
    "in_progress": "办理中",
    "suspended": "中止",
    "pending_review": "待审核",
    "closed": "已办结",
    "visited": "已回访",
    "rated": "已评价",
    "archived": "已归档",
    "transferred": "已转办",
    "withdrawn": "已撤回",
    "merged": "已并案",
    "reopened": "重新办理",
}
_OF_LEGAL_AID = {"accepted": "已批准", "rejected": "不予援助"}


class Who(StrEnum):
    """Who may do it. The scope decides as well."""

    DESK = "desk"  # anybody at the desk in whose scope it is
    ASSIGNEE = "assignee"  # who works on it, or a supervisor
    SUPERVISOR = "supervisor"
    RESIDENT = "resident"  # the resident, or the desk on their word
    RATING = "rating"  # nobody by hand: it follows from a grade that the resident gave


class Need(StrEnum):
    """What has to be told with it; the value is the name of the form's field."""

    REASON = "reason"
    REMEDY = "remedy"  # 救济途径
    MISSING = "missing"  # all that is missing, at once 一次性告知
    RECIPIENT = "recipient"  # 接收单位
    RECEIPT = "receipt"  # 接收单位回执
    RESULT = "result"
    ANSWER = "answer"
    ASSIGNEE = "assignee"  # an account's number
    TARGET = "target"  # a case number
    TRIGGER = "trigger"
    TEXT = "text"


NEED_NAMES: Mapping[Need, str] = {
    Need.REASON: "理由",
    Need.REMEDY: "救济途径",
    Need.MISSING: "缺哪些材料（一次说全）",
    Need.RECIPIENT: "接收单位",
    Need.RECEIPT: "接收单位回执（文号、签收人或时间）",
    Need.RESULT: "结果",
    Need.ANSWER: "给当事人的答复",
    Need.ASSIGNEE: "承办人",
    Need.TARGET: "并入哪个工单（编号）",
    Need.TRIGGER: "由什么引起",
    Need.TEXT: "情况",
}
TRIGGERS: Mapping[str, str] = {"bad_visit": "回访不满意", "bad_rating": "评价不满意", "supplement": "当事人补充"}


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table. `target` is None where the state stays."""

    action: str
    name: str
    sources: frozenset[str]
    target: str | None
    who: Who
    needs: tuple[Need, ...] = ()

    @property
    def permission(self) -> Permission:
        """What a member of staff must be allowed to do at all."""
        return Permission.DIRECT if self.who is Who.SUPERVISOR else Permission.SERVE


_UNDECIDED = frozenset({"submitted", "need_supplement"})
_IN_HAND = frozenset({"assigned", "in_progress", "suspended", "pending_review"})
_OPEN = frozenset(STATE_NAMES) - ENDED


def _move(action: str, name: str, sources: str | frozenset[str], target: str | None, who: Who, *needs: Need) -> Move:
    return Move(action, name, frozenset(sources.split()) if isinstance(sources, str) else sources, target, who, needs)


MOVES: tuple[Move, ...] = (
    _move("accept", "受理", "submitted", "accepted", Who.DESK),
    _move("ask_supplement", "要求补材料", "submitted", "need_supplement", Who.DESK, Need.MISSING),
    _move("supplement", "已补材料", "need_supplement", "submitted", Who.RESIDENT, Need.TEXT),
    _move("reject", "不予受理", _UNDECIDED, "rejected", Who.DESK, Need.REASON, Need.REMEDY),
    _move("assign", "指派", "accepted reopened", "assigned", Who.DESK, Need.ASSIGNEE),
    _move("reassign", "换承办人", _IN_HAND, None, Who.SUPERVISOR, Need.ASSIGNEE, Need.REASON),
    _move("start", "开始办理", "assigned reopened", "in_progress", Who.ASSIGNEE),
    _move("suspend", "中止", "in_progress", "suspended", Who.ASSIGNEE, Need.REASON),
    _move("resume", "恢复办理", "suspended", "in_progress", Who.ASSIGNEE),
    _move("finish", "提交审核", "in_progress", "pending_review", Who.ASSIGNEE, Need.RESULT, Need.ANSWER),
    _move("send_back", "退回重办", "pending_review", "in_progress", Who.SUPERVISOR, Need.REASON),
    _move("close", "办结", "pending_review", "closed", Who.SUPERVISOR, Need.RESULT, Need.ANSWER),
    _move("close_transferred", "转办已办结", "transferred", "closed", Who.DESK, Need.RESULT, Need.ANSWER),
    _move("visit", "回访", "closed", "visited", Who.DESK, Need.TEXT),
    _move("rate", "评价", "closed visited", "rated", Who.RATING),
    _move("archive", "归档", "visited rated", "archived", Who.DESK),
    _move(
        "transfer",
        "转办",
        "submitted accepted assigned in_progress",
        "transferred",
        Who.DESK,
        Need.RECIPIENT,
        Need.RECEIPT,
    ),
    _move("returned", "转办退回", "transferred", "submitted", Who.DESK, Need.REASON),
    _move("withdraw", "撤回", _OPEN, "withdrawn", Who.RESIDENT, Need.REASON),
    _move("merge", "并案", _UNDECIDED | {"accepted"} | _IN_HAND, "merged", Who.DESK, Need.TARGET, Need.REASON),
    _move("reopen", "重新办理", "closed visited rated", "reopened", Who.SUPERVISOR, Need.TRIGGER, Need.REASON),
    _move("edit", "改登记内容", _OPEN | FINISHED - {"archived"}, None, Who.DESK),
    _move("add", "补充情况", _OPEN | FINISHED - {"archived"}, None, Who.RESIDENT, Need.TEXT),
)
_BY_ITSELF = {"submit": "提交申请", "open": "代为登记", "unassign": "退回待分派", "merge_in": "并入工单"}
_BY_ITSELF |= {"add_file": "添加附件", "remove_file": "移除附件"}
_BY_ACTION = {move.action: move for move in MOVES}


def move_of(state: str, action: str) -> Move | None:
    """The line of the table for this act in this state; None where there is no such way."""
    move = _BY_ACTION.get(action)
    return move if move is not None and state in move.sources else None


def moves_from(state: str) -> tuple[Move, ...]:
    """All acts of this state, in the table's order; what follows by itself is among them."""
    return tuple(move for move in MOVES if state in move.sources)


def action_name(action: str) -> str:
    """An act as the timeline shows it, also those of the program itself."""
    move = _BY_ACTION.get(action)
    return move.name if move is not None else _BY_ITSELF.get(action, action)


def state_name(kind: str, state: str) -> str:
    """A state in Chinese; legal aid has words of its own for its decisions."""
    return _OF_LEGAL_AID.get(state, STATE_NAMES[state]) if kind == "legal_aid" else STATE_NAMES[state]
