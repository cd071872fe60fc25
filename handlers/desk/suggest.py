"""What the bot would have answered: the entries that came near, for the member of staff to use or to pass over."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.answer import answer, remainder
from handlers.county import County
from knowledge.load import Knowledge
from storage.records import ConsultationRow

MOST = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An entry near to what was asked. `text` is what may be sent; "" where only an outline is known. `more` is what
    else the entry knows.
    """

    topic: str
    title: str
    text: str
    more: str


def suggestions(records: Sequence[ConsultationRow], knowledge: Knowledge, county: County) -> list[Suggestion]:
    """The nearest entries of these records, newest record first, each topic once; no small talk."""
    topics: dict[str, None] = {}
    for record in records:
        if record.values["topic"]:
            topics[record.values["topic"]] = None
        ranked = sorted(record.values["candidates"], key=lambda one: -float(one.get("score") or 0))
        topics |= {str(one["id"]): None for one in ranked}
    known = [topic for topic in topics if _is_matter(topic, knowledge)]
    return [suggestion(topic, knowledge, county) for topic in known[:MOST]]


def suggestion(topic: str, knowledge: Knowledge, county: County) -> Suggestion:
    """An entry, or the outline of one, as something to answer with."""
    entry = knowledge.entries.get(topic)
    if entry is None:
        return Suggestion(topic, knowledge.title(topic), "", "")
    reply = answer(entry, knowledge, county, introduce=False)
    cites = "\n".join(reply.cites)
    text = f"{reply.text}\n\n依据：\n{cites}" if cites else reply.text
    return Suggestion(topic, entry.question, text, remainder(entry, knowledge, county))


def _is_matter(topic: str, knowledge: Knowledge) -> bool:
    entry = knowledge.entries.get(topic)
    return not entry.is_small_talk if entry is not None else topic in knowledge.outlines
