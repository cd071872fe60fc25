"""What staff type with a step of a case, read and checked: texts, results, amounts, the ledger's columns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.cases.kinds import AMOUNTS, BadValue, CaseKind
from handlers.cases.states import NEED_NAMES, TRIGGERS, Move, Need
from handlers.mask import mask
from handlers.money import fen_of

Form = Mapping[str, str]

COLUMN = "column."  # before a header: the form's field of a ledger's column
_LONGEST = 2000
_LONGEST_LINE = 120
_ONE_LINE = (Need.RECIPIENT, Need.RECEIPT)
_ENDS = frozenset({"finish", "close", "close_transferred"})


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was typed, as it is kept. `details` are the ledger's columns that change; amounts are in fen."""

    texts: Mapping[Need, str]
    details: Mapping[str, Any] = field(default_factory=dict)
    amounts: Mapping[str, int] = field(default_factory=dict)


class BadInput(ValueError):
    """What is missing or wrong, one sentence each, for the member of staff who typed it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("；".join(problems) + "。")


def read(
    kind: CaseKind,
    move: Move,
    form: Form,
    kept: Mapping[Need, str],
    details: Mapping[str, Any],
    known: Collection[str] = (),
) -> Inputs:
    """Read the form of a step. `kept` are a result and an answer that the case has already, `details` its columns,
    `known` the amounts that it has.

    Raises:
        BadInput: with every problem at once.
    """
    problems: list[str] = []
    texts = {need: _text(form.get(need.value, "") or kept.get(need, ""), need, problems) for need in move.needs}
    changed = _columns(kind, form, problems)
    amounts = _amounts(kind, form, problems)
    if move.action in _ENDS:
        lacking = [AMOUNTS[name] for name in kind.amounts if name not in known and not form.get(name, "").strip()]
        problems += [f"没填“{name}”，没有就写 0" for name in lacking]
    if Need.RESULT in texts and texts[Need.RESULT] and texts[Need.RESULT] not in kind.results:
        problems.append(f"“结果”只能填：{'、'.join(kind.results)}")
    if Need.TRIGGER in texts and texts[Need.TRIGGER] and texts[Need.TRIGGER] not in TRIGGERS:
        problems.append(f"“由什么引起”只能是：{'、'.join(TRIGGERS.values())}")
    missing = _missing(kind, move, {**details, **changed})
    if missing:
        problems.append(f"办结前要填：{'、'.join(missing)}")
    if problems:
        raise BadInput(problems)
    return Inputs(texts, changed, amounts)


def _text(given: str, need: Need, problems: list[str]) -> str:
    """A text without numbers that would show who somebody is: history and answers are read by many."""
    text = mask(given.strip())
    longest = _LONGEST_LINE if need in _ONE_LINE else _LONGEST
    if not text:
        problems.append(f"没填“{NEED_NAMES[need]}”")
    elif len(text) > longest:
        problems.append(f"“{NEED_NAMES[need]}”太长了，最多 {longest} 个字")
    return text


def _columns(kind: CaseKind, form: Form, problems: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, given in form.items():
        if not name.startswith(COLUMN) or not given.strip():
            continue
        column = kind.column(name.removeprefix(COLUMN))
        if column is None:
            problems.append(f"{kind.name}没有“{name.removeprefix(COLUMN)}”这一栏")
            continue
        try:
            found[column.header] = column.read(given)
        except BadValue as error:
            problems.append(str(error))
    return found


def _amounts(kind: CaseKind, form: Form, problems: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in kind.amounts:
        given = form.get(name, "").strip()
        fen = fen_of(given) if given else None
        if fen is not None:
            found[name] = fen
        elif given:
            problems.append(f"“{AMOUNTS[name]}”要写金额，例如 35000 或 3.5万，没有就写 0")
    return found


def _missing(kind: CaseKind, move: Move, details: Mapping[str, Any]) -> list[str]:
    """The columns without which a case of this kind cannot end: it would not be countable."""
    if move.action == "accept" and kind.id == "appeal":
        return [header for header in ("处置",) if not details.get(header)]
    return [header for header in kind.needed if not details.get(header)] if move.action in _ENDS else []
