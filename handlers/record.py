"""Service records 法律咨询, written from an answer."""

import re
from collections.abc import Iterable
from dataclasses import replace

from handlers.answer import filled
from handlers.mask import summary
from handlers.turn import Turn
from knowledge.entry import Citation, Entry
from knowledge.match import Candidate
from storage.records import ConsultationDraft, Json

BOT = "机器人"
UNCLASSIFIED = "待人工归类"
_LONGEST_ANSWER = 300
# Only what people say of themselves; what is not said stays unsaid (DOMAIN 3.1).
_CLIENTS = {
    "农民工": re.compile(r"农民工|工地|包工头|打工|务工"),
    "残疾人": re.compile(r"残疾|听不见|看不见|聋哑|盲人"),
    "退役军人及军属": re.compile(r"退伍|退役|军属|烈属"),
    "低保特困": re.compile(r"低保|特困|五保"),
    "企业/个体": re.compile(r"我(们)?(公司|企业|厂里请|店里请)|个体户|我开(了|的)?.{0,4}(店|厂|公司)"),
}
_MANY = re.compile(r"我们.{0,4}?(\d+|十|十几|几十|二十|三十|上百|一百)(多)?(个)?(人|户|工友)|(全村|全组|全厂|大家伙)")
_MINOR = re.compile(r"未成年|(?<!\d)([1-9]|1[0-7])岁")


def consultation(
    turn: Turn,
    entry: Entry,
    *,
    disposition: str = "当场答复",
    status: str = "已答复",
    urgent: bool = False,
    replaces: str | None = None,
    said: str | None = None,
) -> ConsultationDraft:
    """The record of an entry shown in answer to the turn's question, or to what was `said` before."""
    knowledge = turn.office.knowledge
    if said is None:
        said = turn.message.text if turn.is_text else turn.dialog.asked
    reasons = turn.decision.reasons if turn.is_text else {}
    return ConsultationDraft(
        domain=entry.domain,
        topic=entry.id,
        title=entry.question,
        summary=summary(said) or entry.question,
        answer=filled(entry.conclusion, knowledge, turn.office.county)[:_LONGEST_ANSWER],
        cites=tuple(_cite(cite) for cite in entry.cites),
        disposition=disposition,
        status=status,
        responder=BOT,
        urgent=urgent,
        group_matter=_is_group(said),
        minor=bool(_MINOR.search(said)),
        score=_number(reasons.get("sure")),
        candidates=_candidates(turn.decision.candidates) if turn.is_text else (),
        knowledge_version=knowledge.version,
        client_types=clients(said),
        replaces=replaces,
    )


def unanswered(turn: Turn, question: str) -> ConsultationDraft:
    """The record of a question that goes to a person without an answer of ours."""
    candidates = turn.office.matcher.match(question).candidates if question else ()
    domain = candidates[0].id.partition(".")[0] if candidates else ""
    return ConsultationDraft(
        domain=domain or "other",
        topic="",
        title=UNCLASSIFIED,
        summary=summary(question) or "（未写明事由）",
        answer="",
        cites=(),
        disposition="转人工",
        status="待人工",
        responder=BOT,
        group_matter=_is_group(question),
        minor=bool(_MINOR.search(question)),
        # What the person who takes over is offered to answer with.
        candidates=_candidates(candidates),
        knowledge_version=turn.office.knowledge.version,
        client_types=clients(question),
    )


def passed_on(draft: ConsultationDraft) -> ConsultationDraft:
    """The same record, now waiting for a person."""
    return replace(draft, disposition="转人工", status="待人工")


def clients(text: str) -> tuple[str, ...]:
    """服务对象类别 that the text itself names; empty where it names none."""
    return tuple(name for name, pattern in _CLIENTS.items() if pattern.search(text))


def _candidates(found: Iterable[Candidate]) -> tuple[Json, ...]:
    return tuple({"id": candidate.id, "score": candidate.score} for candidate in found)


def _is_group(text: str) -> bool:
    found = _MANY.search(text)
    if found is None:
        return False
    return not (found[1] and found[1].isdigit() and int(found[1]) < 5)  # noqa: PLR2004 - 涉众 begins with five people


def _cite(cite: Citation) -> Json:
    return {
        "law": cite.law,
        "article": list(cite.article),
        "edition": cite.edition.isoformat() if cite.edition else None,
    }


def _number(value: str | float | None) -> float | None:
    return value if isinstance(value, float) else None
