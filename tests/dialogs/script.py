"""Reads the dialogs of `*.toml`. A name that the format does not know is an error, so that no expectation is lost."""

import re
import tomllib
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).parent
ZONE = ZoneInfo("Asia/Shanghai")
CHANNELS = ("web", "telegram", "wecom_kf", "wecom_app")
WORKING_MORNING = "2026-03-04 10:00"  # a Wednesday
ACTS = ("says", "taps", "sends", "enters", "desk")
RECORD = frozenset(
    {"topic", "disposition", "status", "township", "feedback", "urgent", "messages", "summary", "people"}
)
RECORD |= {"group_matter", "minor", "client_types"}
HANDOVER = {"reason", "urgent", "summary", "with_record"}
CASE = {"kind", "state", "unit", "township", "details", "client_types", "urgent", "minor", "safe_mode", "named"}
_SPANS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Expected:
    """What comes back; None where the dialog says nothing about it."""

    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    buttons: tuple[str, ...] | None = None
    title: str | None = None
    topic: str | None = None
    kind: str | None = None
    silent: bool = False


@dataclass(frozen=True)
class Turn:
    """One thing that somebody does, and what comes back."""

    act: str
    what: str
    after: timedelta
    of: int | None
    expected: dict[str, Expected]
    not_on: dict[str, str]


@dataclass(frozen=True)
class Dialog:
    """One conversation of one person."""

    file: str
    name: str
    at: datetime
    turns: tuple[Turn, ...]
    records: tuple[dict[str, Any], ...] = ()
    handovers: tuple[dict[str, Any], ...] = ()
    cases: tuple[dict[str, Any], ...] = ()
    not_on: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.file}-{self.name}"


def dialogs() -> list[Dialog]:
    """All dialogs, file by file."""
    found = [_dialog(path.stem, told) for path in sorted(FOLDER.glob("*.toml")) for told in _tables(path)]
    names = [dialog.id for dialog in found]
    assert len(names) == len(set(names)), "two dialogs have one name"
    return found


def _tables(path: Path) -> list[dict[str, Any]]:
    document = tomllib.loads(path.read_text("utf-8"))
    _only(document, {"about", "dialog"}, path.name)
    assert document["about"], f"{path.name}: say in `about` what the dialogs are for"
    tables: list[dict[str, Any]] = document["dialog"]
    return tables


def _dialog(file: str, told: dict[str, Any]) -> Dialog:
    where = f"{file}: {told['name']}"
    _only(told, {"name", "at", "turn", "record", "handover", "case", "not_on"}, where)
    for record in told.get("record", ()):
        _only(record, RECORD, where)
    for handover in told.get("handover", ()):
        _only(handover, HANDOVER, where)
    for case in told.get("case", ()):
        _only(case, CASE, where)
    return Dialog(
        file=file,
        name=told["name"],
        at=datetime.strptime(told.get("at", WORKING_MORNING), "%Y-%m-%d %H:%M").replace(tzinfo=ZONE),
        turns=tuple(_turn(turn, f"{where}, turn {number}") for number, turn in enumerate(told["turn"], 1)),
        records=tuple(told.get("record", ())),
        handovers=tuple(told.get("handover", ())),
        cases=tuple(told.get("case", ())),
        not_on=_reasons(told.get("not_on", {}), where),
    )


def _turn(told: dict[str, Any], where: str) -> Turn:
    expected = {name: told[name] for name in told.keys() & set(Expected.__dataclass_fields__)}
    _only(told, {*ACTS, *expected, "times", "after", "of", "on", "not_on"}, where)
    (act,) = told.keys() & set(ACTS)
    shown = dict.fromkeys(CHANNELS, _expected(expected))
    for channel, other in told.get("on", {}).items():
        assert other.pop("because"), f"{where}: say why {channel} differs"
        shown[channel] = _expected(expected | other if not other.get("silent") else other)
    what = "" if told[act] is True else told[act] * told.get("times", 1)
    after = _span(told.get("after", "0m"))
    return Turn(act, what, after, told.get("of"), shown, _reasons(told.get("not_on", {}), where))


def _expected(told: dict[str, Any]) -> Expected:
    lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    return Expected(**{**told, **lists})


def _reasons(told: dict[str, str], where: str) -> dict[str, str]:
    _only(told, set(CHANNELS), where)
    assert all(told.values()), f"{where}: say why not"
    return told


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"(\d+)([mhd])", text)
    assert found, f"{text!r} is no span such as 25h"
    return timedelta(**{_SPANS[found[2]]: int(found[1])})


def _only(told: dict[str, Any], known: AbstractSet[str], where: str) -> None:
    assert told.keys() <= known, f"{where}: {sorted(told.keys() - known)} is not known"
