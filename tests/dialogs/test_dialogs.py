"""Replays the dialogs of `*.toml`, each on every channel, over real HTTP and a real database.

A file holds `about` and one theme's dialogs. A dialog reads from top to bottom::

    [[dialog]]
    name = "欠薪，接着问要带什么"         # what it shows
    at = "2026-10-10 09:30"              # when it begins, 酉阳 time; without it a working morning
    not_on = { telegram = "why" }        # channels that cannot play it

    [[dialog.turn]]
    says = "老板三个月没发工资"           # or: taps = "转人工" (a button of the last reply; `of = 1`: of the reply to
                                         #     turn 1), enters = true, sends = "picture" | "voice" | "location",
                                         #     desk = "takes" | "gives_back" (staff takes the conversation, or ends it)
    times = 400                          # the text so many times over
    after = "25h"                        # so much later (m, h, d)
    topic = "labor.unpaid-wages-general" # what comes back: only what is named is looked at
    title = "厂里"                       # how the reply begins
    contains = ["劳动监察"]
    lacks = ["民法典"]
    cites = ["《劳动合同法》第30条"]      # among the sources
    buttons = ["更多", "转人工"]          # all of them, in their order
    kind = "card"                        # or "text"
    silent = true                        # nothing comes back
    not_on = { telegram = "why" }        # channels where this turn is left out
    on.wecom_kf = { because = "why", silent = true }  # what differs there

    [[dialog.record]]                    # the service records at the end, all of them, oldest first; none: none
    topic = "labor.unpaid-wages-general" # also disposition, status, township, feedback, urgent, messages, people,
                                         #     group_matter, minor, client_types
    summary = "三个月"                   # is contained

    [[dialog.handover]]                  # the requests for a person at the end, all of them; none: not looked at
    reason = "word"                      # also urgent, summary (contained), with_record = true

    [[dialog.case]]                      # what was handed in, all of it; none: none
    kind = "legal_aid"                   # also state, unit, township, details, client_types, urgent, minor, safe_mode
    named = true                         # with a name and a telephone

What is done how, and what of a reply is shown where, is the table at the head of `people.py`.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from tests.dialogs.people import Person, Shown
from tests.dialogs.script import Dialog, Expected, Turn, dialogs
from tests.dialogs.stage import Stage, stage

DIALOGS = dialogs()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("dialogs"), on_duty=False) as running:
        yield running


@pytest.mark.parametrize("dialog", DIALOGS, ids=[dialog.id for dialog in DIALOGS])
def test_dialog_on_every_channel(scene: Stage, dialog: Dialog) -> None:
    players = [Player(scene, person) for person in scene.people() if person.channel not in dialog.not_on]
    at = dialog.at
    scene.set_clock(at)
    with ThreadPoolExecutor(len(players)) as side_by_side:
        for number, turn in enumerate(dialog.turns, 1):
            at += turn.after
            scene.advance(turn.after)
            list(side_by_side.map(lambda player, n=number, t=turn, a=at: player.play(n, t, a), players))
    faults = [fault for player in players for fault in [*player.faults, *player.records(dialog)]]
    assert not faults, "\n".join(faults)


def test_platforms_had_nothing_to_complain_of(scene: Stage) -> None:
    assert scene.wecom.violations == []
    assert scene.telegram.violations == []
    refused = {(call.path, call.errcode) for call in scene.wecom.calls()}
    token_ended = {(path, 42001) for path, _ in refused}  # the clock was moved on
    held_by_a_person = {("kf/send_msg", 95018), ("kf/service_state/trans", 95016)}
    assert {code for _, code in refused - token_ended - held_by_a_person} <= {0, None}


class Player:
    """Plays one dialog on one channel and keeps what was wrong."""

    def __init__(self, scene: Stage, person: Person) -> None:
        self.faults: list[str] = []
        self._scene = scene
        self._person = person
        self._done = 0
        self._replies: dict[int, tuple[int, Shown]] = {}

    def play(self, number: int, turn: Turn, at: datetime) -> None:
        channel = self._person.channel
        if channel in turn.not_on or turn.act in self._person.cannot:
            return
        before = len(self._person.seen())
        problem = self._act(turn)
        shown = self._person.seen()[before:]
        if turn.act != "desk" and not problem:
            problem = self._judge(number, turn, before, shown)
        if problem:
            said = " | ".join(f"{reply.said} {[label for label, _ in reply.buttons]}" for reply in shown)
            where = f"[{channel}] turn {number} {turn.what[:40]!r} at {at:%m-%d %H:%M}"
            self.faults.append(f"{where}: {problem}\n    {said}")

    def records(self, dialog: Dialog) -> list[str]:
        """What is wrong with the records at the end."""
        channel = self._person.channel
        found = _differences(dialog.records, self._scene.records(self._person))
        if dialog.handovers:
            rows = [row | {"with_record": row["consultation_id"] is not None} for row in self._handovers()]
            found += _differences(dialog.handovers, rows)
        found += _differences(dialog.cases, self._cases())
        return [f"[{channel}] {fault}" for fault in found]

    def _cases(self) -> list[dict[str, Any]]:
        return [row | {"named": row["name_sealed"] is not None} for row in self._scene.cases(self._person)]

    def _handovers(self) -> list[dict[str, Any]]:
        return self._scene.handovers(self._person)

    def _act(self, turn: Turn) -> str:
        if turn.act == "desk":
            self._scene.desk(self._person, turn.what)
            return ""
        if turn.act == "taps":
            index, shown = self._replies[turn.of or max(self._replies)]
            if turn.what not in dict(shown.buttons):
                return f"there is no button {turn.what} among {shown.buttons}"
            self._person.taps(index, turn.what, shown)
        elif turn.act == "enters":
            self._person.enters()
        else:
            getattr(self._person, turn.act)(turn.what)
        self._done += 1
        self._scene.settled(self._person, self._done)
        return ""

    def _judge(self, number: int, turn: Turn, before: int, shown: list[Shown]) -> str:
        expected = turn.expected[self._person.channel]
        if len(shown) != (0 if expected.silent else 1):
            return f"{len(shown)} replies"
        if expected.silent:
            return ""
        self._replies[number] = (before, shown[0])
        return "; ".join(_faults(expected, shown[0]))


def _faults(expected: Expected, shown: Shown) -> list[str]:
    found = [f"lacks {words!r}" for words in expected.contains if words not in shown.said]
    found += [f"says {words!r}" for words in expected.lacks if words in shown.said]
    found += [f"does not cite {words!r} but {shown.cites!r}" for words in expected.cites if words not in shown.cites]
    if expected.title is not None and not shown.said.startswith(expected.title):
        found.append(f"does not begin with {expected.title!r}")
    labels = tuple(label for label, _ in shown.buttons)
    if expected.buttons is not None and labels != expected.buttons:
        found.append(f"has the buttons {labels}")
    for name in ("topic", "kind"):
        wanted, is_so = getattr(expected, name), getattr(shown, name)
        if wanted is not None and is_so is not None and wanted != is_so:
            found.append(f"{name} is {is_so!r}")
    return found


def _differences(wanted: tuple[dict[str, Any], ...], rows: list[dict[str, Any]]) -> list[str]:
    if len(wanted) != len(rows):
        names = ("topic", "disposition", "reason", "summary", "kind")
        told = [{name: row[name] for name in names if name in row} for row in rows]
        return [f"{len(rows)} rows instead of {len(wanted)}: {told}"]
    return [
        f"row {number}: {name} is {row[name]!r} instead of {value!r}"
        for number, (record, row) in enumerate(zip(wanted, rows, strict=True), 1)
        for name, value in record.items()
        if (value not in row[name] if name == "summary" else row[name] != value)
    ]
