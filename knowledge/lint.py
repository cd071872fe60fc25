"""What must be right across entries before they may answer: cites in force, parts present, reviews not overdue."""

import re
from collections.abc import Iterator
from datetime import date

from knowledge.entry import Citation, Entry
from knowledge.load import Knowledge, Problem
from knowledge.match import Answer, Choose, Matcher, Urgent
from knowledge.normalize import plain

FIRST_SCREEN = 300  # characters before 更多
LEAST_VARIANTS = {"urgent": 40, "intent": 14}
LEAST = 14
_MARK = re.compile(r"\{([^{}]*)\}")
# These answer about Fawen's own service and rest on no article.
_NEEDS_NO_LAW = frozenset({"service.query-progress", "service.rate-service"})


def lint(knowledge: Knowledge, today: date) -> list[Problem]:
    """Everything that is wrong or overdue, sorted by file and line."""
    found: list[Problem] = []
    known_sentences: dict[str, str] = {}
    for entry in knowledge.entries.values():
        file, line = knowledge.origin[entry.id]
        texts = (*_parts(entry), *_links(entry, knowledge), *_cites(entry, knowledge, today), *_marks(entry, knowledge))
        found.extend(Problem(file, line, f"{entry.id}: {text}") for text in texts)
        for sentence in (*entry.variants, *entry.near_misses):
            other = known_sentences.setdefault(plain(sentence), entry.id)
            if other != entry.id:
                found.append(Problem(file, line, f"{entry.id}: the wording “{sentence}” is also in {other}"))
    return sorted(found)


def warnings(knowledge: Knowledge, matcher: Matcher) -> list[Problem]:
    """Worth a look, no reason to stop: wordings that the matcher gives to another entry, and doubts left open."""
    found: list[Problem] = []
    for entry in knowledge.entries.values():
        file, line = knowledge.origin[entry.id]
        if entry.needs_review:
            found.append(Problem(file, line, f"{entry.id}: needs review: {entry.needs_review}"))
        if entry.is_small_talk:
            continue
        for sentence in entry.variants:
            decision = matcher.match(sentence)
            wrong = isinstance(decision, Answer | Choose | Urgent) and decision.candidates[:1] != ()
            if wrong and decision.candidates[0].id != entry.id:
                found.append(Problem(file, line, f"{entry.id}: “{sentence}” ranks {decision.candidates[0].id} first"))
    return sorted(found)


def missing_local_values(knowledge: Knowledge) -> dict[str, list[str]]:
    """For each `{key}` used in answers, the entries that use it."""
    used: dict[str, list[str]] = {}
    for entry in knowledge.entries.values():
        for key in sorted({key for text in entry.texts() for key in _MARK.findall(text)}):
            used.setdefault(key, []).append(entry.id)
    return used


def _parts(entry: Entry) -> Iterator[str]:
    least = LEAST_VARIANTS.get(entry.domain, LEAST)
    if len(entry.variants) < least:
        yield f"has {len(entry.variants)} variants, {least} are wanted"
    if entry.is_small_talk:
        return
    if not entry.situation:
        yield "situation is missing: for whom is this answer?"
    if len(entry.steps) < 2:  # noqa: PLR2004 - the first screen shows two
        yield "at least two steps are wanted"
    if entry.is_urgent:
        if not entry.phones:
            yield "phones is missing"
        return
    shown = len(entry.situation) + len(entry.conclusion) + sum(len(step) for step in entry.steps[:2])
    if shown > FIRST_SCREEN:
        yield f"the first screen is {shown} characters long, {FIRST_SCREEN} at most"
    if not entry.related:
        yield "related is missing: which entries are easily confused with this one?"
    if not entry.cites and entry.id not in _NEEDS_NO_LAW:
        yield "cites is missing"


def _links(entry: Entry, knowledge: Knowledge) -> Iterator[str]:
    for topic in entry.related:
        if topic not in knowledge.entries and topic not in knowledge.outlines:
            yield f"related: there is no topic {topic}"
    if entry.domain not in knowledge.domains:
        yield f"there is no domain {entry.domain} in domains.toml"
    for kind in (entry.where.kind, *entry.where.also) if entry.where else ():
        if kind not in knowledge.places:
            yield f"where: there is no place {kind} in places.toml"


def _cites(entry: Entry, knowledge: Knowledge, today: date) -> Iterator[str]:
    for cite in entry.cites:
        yield from _cite(cite, entry, knowledge, today)
    if entry.reviewed.due < today:
        yield f"its review was due on {entry.reviewed.due}"
    if entry.reviewed.on > today:
        yield f"its review lies in the future: {entry.reviewed.on}"


def _cite(cite: Citation, entry: Entry, knowledge: Knowledge, today: date) -> Iterator[str]:
    law = knowledge.laws.get(cite.law)
    if law is None:
        if cite.article:
            yield f"cites {cite.law}, which laws.toml does not know"
        elif not entry.needs_review:
            yield f"cites {cite.law} as a whole: say in needs_review why no article is given"
        return
    if cite.edition is None:
        yield f"cites {law.title} without the edition's date; the one in force is of {law.edition}"
    elif cite.edition != law.edition:
        yield f"cites {law.title} of {cite.edition}; in force is that of {law.edition}: read the answer against it"
    if law.effective > today:
        yield f"cites {law.title}, which is in force only from {law.effective} on"
    for article in cite.article:
        number = str(article).partition("-")[0]
        if not number.isdigit() or not 1 <= int(number) <= law.articles:
            yield f"{law.title} has no article {article}: it ends with {law.articles}"


def _marks(entry: Entry, knowledge: Knowledge) -> Iterator[str]:
    for text in entry.texts():
        for key in _MARK.findall(text):
            if key not in knowledge.local_values:
                yield f"there is no value {{{key}}} in local.toml"
