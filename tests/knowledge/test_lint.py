"""The lint holds entries against the registry of law and against each other."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge.entry import Citation, Entry
from knowledge.lint import lint
from knowledge.load import Knowledge, load

TODAY = date(2026, 11, 22)
STATUTES = Path(__file__).parents[3] / "shared" / "domain" / "statutes.jsonl"


def _with(entry: Entry) -> Knowledge:
    knowledge = load()
    return replace(knowledge, entries={**knowledge.entries, entry.id: entry})


def _changed(**changes: object) -> list[str]:
    entry = load().entries["labor.resign"].model_copy(update=changes)
    return [problem.text for problem in lint(_with(entry), TODAY)]


def test_the_packaged_knowledge_is_clean() -> None:
    assert [str(problem) for problem in lint(load(), TODAY)] == []


def test_an_overdue_review_is_a_problem() -> None:
    due = max(entry.reviewed.due for entry in load().entries.values())
    assert any("review was due" in problem.text for problem in lint(load(), due.replace(year=due.year + 1)))


@pytest.mark.parametrize(
    ("cite", "said"),
    [
        (Citation(law="劳动合同法", article=(37,), edition=date(2007, 6, 29)), "the edition in force"),
        (Citation(law="劳动合同法", article=(37,)), "without the edition's date"),
        (Citation(law="劳动合同法", article=(999,), edition=date(2012, 12, 28)), "has no article 999"),
        (Citation(law="没有的法", article=(1,), edition=date(2020, 1, 1)), "laws.toml does not know"),
        (Citation(law="没有的办法"), "say in needs_review"),
    ],
)
def test_a_cite_that_is_not_in_force_is_a_problem(cite: Citation, said: str) -> None:
    assert any(said.replace("the edition in force", "in force is that of") in text for text in _changed(cites=(cite,)))


def test_a_law_that_is_not_yet_in_force_may_not_be_cited() -> None:
    early = min(law.effective for law in load().laws.values())
    assert any("in force only from" in problem.text for problem in lint(load(), early))


def test_missing_parts_and_dangling_links_are_problems() -> None:
    texts = _changed(situation="", steps=("一步",), related=("labor.nothing",), deadline="{no-such-value}")
    for said in ("situation is missing", "at least two steps", "no topic labor.nothing", "{no-such-value}"):
        assert any(said in text for text in texts), said


def test_a_first_screen_that_is_too_long_for_a_phone_is_a_problem() -> None:
    assert any("first screen" in text for text in _changed(conclusion="长" * 301))


def test_the_same_wording_in_two_entries_is_a_problem() -> None:
    other = next(iter(load().entries["labor.annual-leave"].variants))
    variants = load().entries["labor.resign"].variants.model_copy(update={"plain": (other,) * 20})
    assert any("is also in" in text for text in _changed(variants=variants))


def _articles() -> Iterator[tuple[str, str, str]]:
    with STATUTES.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["status"].startswith("in_force"):
                number = f"{row['article']}-{row['suffix']}" if row["suffix"] else str(row["article"])
                for name in {row["short"], row["law"]}:
                    yield name, row["version_date"], number


@pytest.mark.skipif(not STATUTES.is_file(), reason="the statute texts are not on this machine")
def test_every_cited_article_exists_in_the_edition_in_force() -> None:
    known: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name, edition, number in _articles():
        known[name, edition].add(number)
    laws = {name for name, _ in known}
    wrong, checked = [], 0
    for entry in load().entries.values():
        for cite in entry.cites:
            if cite.law not in laws:
                continue
            checked += len(cite.article)
            there = known[cite.law, str(cite.edition)]
            wrong += [f"{entry.id}: {cite.law} {a} ({cite.edition})" for a in cite.article if str(a) not in there]
    assert wrong == []
    assert checked > 300
