"""How well the matcher does on labelled questions.

One JSON object a line: `{"text", "expect": [topic ids], "kind": faq|reject|urgent|intent}`.
"""

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.match import Answer, Choose, Decision, Human, Matcher, SmallTalk, Urgent

KINDS = ("faq", "reject", "urgent", "intent")


class BadLabels(Exception):
    """The file of labelled questions cannot be read; the text names line and wish."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question with the topics of which any counts as right; none for `reject`."""

    text: str
    expect: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled question with what the matcher made of it."""

    row: Labelled
    decision: Decision
    seconds: float

    @property
    def ranked(self) -> tuple[str, ...]:
        """The candidates' ids, best first."""
        return tuple(candidate.id for candidate in self.decision.candidates)

    def hits(self, among: int) -> bool:
        """Whether an expected topic is among the first so many candidates."""
        return any(topic in self.row.expect for topic in self.ranked[:among])


def read_labels(path: Path) -> list[Labelled]:
    """The labelled questions of a JSONL file.

    Raises:
        BadLabels: naming the line.
    """
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
            expect = found["expect"]
            if not isinstance(expect, list):
                raise TypeError("expect is no list")  # noqa: TRY301 - told with the line like the others
            row = Labelled(str(found["text"]), tuple(map(str, expect)), str(found["kind"]))
        except (ValueError, KeyError, TypeError) as error:
            raise BadLabels(f'{path}:{number}: wants {{"text", "expect": [...], "kind"}}: {error!r}') from error
        if row.kind not in KINDS:
            raise BadLabels(f"{path}:{number}: kind is {row.kind!r}; wanted is one of {', '.join(KINDS)}")
        rows.append(row)
    return rows


def judge(matcher: Matcher, rows: Iterable[Labelled]) -> list[Judged]:
    """Match every question, timed."""
    judged = []
    for row in rows:
        begun = time.perf_counter()
        decision = matcher.match(row.text)
        judged.append(Judged(row, decision, time.perf_counter() - begun))
    return judged


def summarize(judged: Sequence[Judged]) -> dict[str, Any]:
    """The figures; each share is given with how many it is of."""
    by_kind = {kind: [one for one in judged if one.row.kind == kind] for kind in KINDS}
    faq, calm = by_kind["faq"], [*by_kind["faq"], *by_kind["intent"]]
    direct = [one for one in faq if isinstance(one.decision, Answer)]
    served = [one for one in faq if isinstance(one.decision, Choose)]
    seconds = sorted(one.seconds for one in judged) or [0.0]
    return {
        "questions": len(judged),
        "top1": _share([one.hits(1) for one in calm]),
        "top3": _share([one.hits(3) for one in calm]),
        "direct_coverage": _share([isinstance(one.decision, Answer) for one in faq]),
        "direct_precision": _share(
            [one.decision.entry.id in one.row.expect for one in direct if isinstance(one.decision, Answer)]
        ),
        "clarify_holds_it": _share([_offers(one) for one in served]),
        "rejected": _share([not isinstance(one.decision, Answer) for one in by_kind["reject"]]),
        "urgent_recall": _share([isinstance(one.decision, Urgent) for one in by_kind["urgent"]]),
        "false_urgent": _share([isinstance(one.decision, Urgent) for one in judged if one.row.kind != "urgent"]),
        "intent_right": _share(
            [isinstance(one.decision, SmallTalk | Human) and one.hits(1) for one in by_kind["intent"]]
        ),
        "milliseconds": {"p50": _at(seconds, 0.5), "p99": _at(seconds, 0.99)},
    }


def confusions(judged: Sequence[Judged]) -> list[tuple[str, str, int]]:
    """Pairs (expected, ranked first instead, how often), most frequent first."""
    counts = Counter(
        (one.row.expect[0], one.ranked[0] if one.ranked else "-")
        for one in judged
        if one.row.expect and not one.hits(1)
    )
    return [(expected, got, count) for (expected, got), count in counts.most_common()]


def _offers(one: Judged) -> bool:
    return isinstance(one.decision, Choose) and any(o.id in one.row.expect for o in one.decision.options)


def _share(hits: Sequence[bool]) -> dict[str, float | int | None]:
    return {"share": round(sum(hits) / len(hits), 4) if hits else None, "of": len(hits)}


def _at(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 3)
