"""The forms of a case's next steps: what each step demands, and what the resident will be told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.console.case_words import step_words
from handlers.cases.effects import VISITS
from handlers.cases.inputs import COLUMN
from handlers.cases.kinds import AMOUNTS, KINDS, YES_NO, CaseKind, Column
from handlers.cases.preview import preview
from handlers.cases.remedies import REMEDIES
from handlers.cases.states import NEED_NAMES, TRIGGERS, Move, Need
from handlers.desk.staff import Permission, Staff
from handlers.hours import OfficeHours
from handlers.money import yuan
from storage.case_records import CaseRow

Options = Sequence[tuple[str, str]]
HIDDEN = ("csrf", "version", "seen", "once")
_ENDS = frozenset({"finish", "close", "close_transferred"})
_NOT_CHOSEN = ("", "（请选）")
_GRAVE = frozenset({"reject", "withdraw", "merge"})
# The way on, in the order in which it is offered; what is not here stands beside the way.
_ONWARD = (
    "supplement",
    "accept",
    "assign",
    "start",
    "resume",
    "finish",
    "close",
    "close_transferred",
    "visit",
    "archive",
)
_TEXTS = {"visit": "当事人怎么说", "supplement": "补了什么材料", "add": "补充的情况"}
_APPEAL_WAY = "处置"
_LINE = 120  # characters of one line


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `type` is area, line, choice, date or money."""

    name: str
    label: str
    type: str
    value: str = ""
    options: Options = ()
    required: bool = True
    hint: str = ""
    longest: int = 2000


@dataclass(frozen=True, slots=True)
class Form:
    """A step with its inputs. `told` is what the resident gets; `kind` how its button looks: main-one, danger or ""."""

    action: str
    name: str
    kind: str
    fields: tuple[Field, ...]
    told: str
    is_open: bool = False


def forms(
    case: CaseRow, moves: Sequence[Move], staff: Staff, able: Sequence[Staff], hours: OfficeHours, now: datetime
) -> list[Form]:
    """A form for each step that may be taken now; the way on comes first, what stands beside it last."""
    ordered = sorted(moves, key=lambda move: _ONWARD.index(move.action) if move.action in _ONWARD else len(_ONWARD))
    made = [
        Form(
            move.action,
            step_words(case.kind, move.action),
            "danger" if move.action in _GRAVE else "",
            _fields(case, move, staff, able),
            preview(move, case, hours, now),
        )
        for move in ordered
    ]
    if made and ordered[0].action in _ONWARD:
        made[0] = replace(made[0], kind="main-one")
    return made


def typed_again(made: Sequence[Form], action: str, typed: Mapping[str, str]) -> list[Form]:
    """The same forms, where the one of `action` is open and holds what was typed."""
    return [
        replace(
            form,
            is_open=True,
            fields=tuple(with_value(field, typed.get(field.name, field.value)) for field in form.fields),
        )
        if form.action == action
        else form
        for form in made
    ]


def with_value(field: Field, value: str) -> Field:
    """The same input, filled in."""
    return replace(field, value=value)


def columns(kind: CaseKind, details: Mapping[str, object], needed: bool = False) -> list[Field]:
    """The ledger's columns of a kind as inputs; all of them, or only those without which a case cannot end."""
    wanted = [column for column in kind.columns if not needed or column.header in kind.needed]
    return [_column(column, column.shown(details.get(column.header)), required=needed) for column in wanted]


def _fields(case: CaseRow, move: Move, staff: Staff, able: Sequence[Staff]) -> tuple[Field, ...]:
    kind = KINDS[case.kind]
    found = [_need(case, move, need, staff, able) for need in move.needs]
    if move.action == "visit":
        opinions = [_NOT_CHOSEN, *((word, word) for word in VISITS)]
        found.insert(0, Field("opinion", "当事人满意吗", "choice", options=opinions))
    if move.action == "accept" and case.kind == "appeal":
        way = next(column for column in kind.columns if column.header == _APPEAL_WAY)
        found.append(_column(way, str(case.details.get(_APPEAL_WAY, "")), required=True))
        found.append(_recipient(case, required=False, hint="分类交办才填，写单位全称。"))
    if move.action in _ENDS:
        found += [*columns(kind, case.details, needed=True), *_amounts(case, kind, required=True)]
    if move.action == "edit":
        urgent = [(word, word) for word in YES_NO]
        found.append(Field("title", "标题", "area", case.title, longest=200))
        found.append(Field("urgent", "紧急", "choice", "是" if case.urgent else "否", urgent))
        found += [*columns(kind, case.details), *_amounts(case, kind, required=False)]
    return tuple(found)


def _need(case: CaseRow, move: Move, need: Need, staff: Staff, able: Sequence[Staff]) -> Field:
    label = _TEXTS.get(move.action, NEED_NAMES[need]) if need is Need.TEXT else NEED_NAMES[need]
    options = _options(case, need, staff, able)
    if options:
        chosen = (case.result or "") if need is Need.RESULT else ""
        return Field(need.value, label, "choice", chosen, [_NOT_CHOSEN, *options])
    if need is Need.RECIPIENT:
        return _recipient(case)
    if need is Need.RECEIPT:
        return Field(need.value, label, "line", longest=_LINE)
    if need is Need.TARGET:
        return Field(need.value, label, "line", hint="写编号，例如 FY2026-YY-000123。", longest=40)
    kept = {Need.ANSWER: case.answer or "", Need.REMEDY: REMEDIES.get(case.kind, "")}
    return Field(need.value, label, "area", kept.get(need, ""))


def _options(case: CaseRow, need: Need, staff: Staff, able: Sequence[Staff]) -> Options:
    """What can be chosen; empty where the words are one's own."""
    if need is Need.ASSIGNEE:
        return _people(case, staff, able)
    if need is Need.TRIGGER:
        return list(TRIGGERS.items())
    return [(word, word) for word in KINDS[case.kind].results] if need is Need.RESULT else []


def _recipient(case: CaseRow, *, required: bool = True, hint: str = "") -> Field:
    label = NEED_NAMES[Need.RECIPIENT]
    return Field(Need.RECIPIENT.value, label, "line", case.recipient or "", (), required, hint, _LINE)


def _people(case: CaseRow, staff: Staff, able: Sequence[Staff]) -> Options:
    """To whom the case can be given: the own unit's people first; only oneself for those who do not direct."""
    may = [
        one
        for one in able
        if one.id != case.assignee_id and one.covers(case.unit) and (one.id == staff.id or staff.may(Permission.DIRECT))
    ]
    may.sort(key=lambda one: (one.unit != case.unit, one.name))
    found = [(str(one.id), f"{one.name}（{one.unit or '县中心'}）") for one in may]
    return found or [("", "没有可以指派的人，请找主管")]


def _column(column: Column, shown: str, *, required: bool) -> Field:
    words = column.words or (YES_NO if column.type == "yes_no" else ())
    if words:
        options = [_NOT_CHOSEN, *((word, word) for word in words)]
        return Field(COLUMN + column.header, column.header, "choice", shown, options, required)
    kind = {"day": "date", "yuan": "money"}.get(column.type, "line")
    return Field(COLUMN + column.header, column.header, kind, shown, (), required, longest=200)


def _amounts(case: CaseRow, kind: CaseKind, *, required: bool) -> list[Field]:
    kept = {"recovered": case.recovered_fen, "avoided": case.avoided_fen}
    hint = "写元，例如 35000；没有就写 0。"
    return [
        Field(name, AMOUNTS[name], "money", "" if (fen := kept[name]) is None else str(yuan(fen)), (), required, hint)
        for name in kind.amounts
    ]
