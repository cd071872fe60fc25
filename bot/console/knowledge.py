"""The knowledge to browse and to search: each entry as residents see it, and what it answered last month."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.console import Console
from bot.console.knowledge_search import Finder, Topic
from bot.console.refusal import Refusal
from bot.console.visit import Visit
from handlers.answer import MORE, answer, remainder
from handlers.desk.staff import Permission
from knowledge.entry import Entry
from knowledge.load import Knowledge
from storage import topic_counts
from storage.topic_counts import TopicCount

REVIEW_DAYS = 30
_MOST = 60
_OFFERED = 8
_REVIEWS = ("due", "open")


def routes(console: Console) -> list[BaseRoute]:
    """The list, the topics for a script, an entry."""
    finder = Finder(console.tools.knowledge)

    async def listed(visit: Visit) -> Response:
        return await show(visit, finder)

    async def offered(visit: Visit) -> Response:
        """Topics by words, for the form of an outcome."""
        found = finder.find(visit.text("q", 40), _OFFERED)
        return JSONResponse([{"id": topic.id, "title": topic.title} for topic in found])

    return [
        guard.page(console, "/knowledge", listed, Permission.KNOWLEDGE),
        guard.page(console, "/knowledge/topics", offered, Permission.KNOWLEDGE, background=True),
        guard.page(console, "/knowledge/{topic}", entry, Permission.KNOWLEDGE),
    ]


async def show(visit: Visit, finder: Finder) -> Response:
    """All domains, one of them, what holds some words, or what has to be read against the law again."""
    knowledge = visit.console.tools.knowledge
    words, domain, review = visit.text("q", 40), visit.text("domain", 20), visit.text("review", 8)
    domain = domain if domain in knowledge.domains else ""
    review = review if review in _REVIEWS else ""
    start, end = last_month(visit.now, visit.console.zone)
    counts = await visit.read(lambda c: topic_counts.of_period(c, start, end))
    await visit.record("knowledge.seen", f"knowledge:{domain or review or 'all'}")
    found = _found(finder, words, domain, review, _today(visit))
    return visit.render(
        "knowledge.html",
        words=words,
        domain=domain,
        review=review,
        searched=bool(words or domain or review),
        topics=[(topic, knowledge.entries.get(topic.id), counts.get(topic.id)) for topic in found],
        domains=_domains(finder, knowledge, counts),
        month=start.month,
        asked=sum(count.consultations for count in counts.values()),
        most=_most(finder, counts),
        late=_today(visit),
        soon=_today(visit) + timedelta(days=REVIEW_DAYS),
        due=len(_found(finder, "", "", "due", _today(visit))),
        under_review=len(_found(finder, "", "", "open", _today(visit))),
    )


async def entry(visit: Visit) -> Response:
    """An entry as residents see it, with its law, its review, and what it answered last month."""
    tools, topic = visit.console.tools, str(visit.request.path_params["topic"])
    found, outline = tools.knowledge.entries.get(topic), tools.knowledge.outlines.get(topic)
    if found is None and outline is None:
        raise Refusal(404, "知识里没有这一条，可能换了名字。", back="/knowledge")
    start, end = last_month(visit.now, visit.console.zone)
    counts = await visit.read(lambda c: topic_counts.of_period(c, start, end))
    await visit.record("knowledge.entry", f"knowledge:{topic}"[:64])
    return visit.render(
        "knowledge_entry.html",
        topic=topic,
        title=tools.knowledge.title(topic),
        domain=tools.knowledge.domains[topic.partition(".")[0]],
        entry=found,
        outline=outline,
        month=start.month,
        count=counts.get(topic),
        late=_today(visit),
        related=[(key, tools.knowledge.title(key)) for key in (found.related if found else ())],
        **(_as_seen(visit, found) if found else {}),
    )


def last_month(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The beginning of the calendar month before this one, and of this one."""
    this = now.astimezone(zone).date().replace(day=1)
    before = (this - timedelta(days=1)).replace(day=1)
    return datetime.combine(before, time(), zone), datetime.combine(this, time(), zone)


def _as_seen(visit: Visit, found: Entry) -> dict[str, Any]:
    tools = visit.console.tools
    reply = answer(found, tools.knowledge, tools.county, introduce=False)
    buttons = [button.label for button in reply.buttons if button != MORE]
    return {"reply": reply, "more": remainder(found, tools.knowledge, tools.county), "buttons": buttons}


def _today(visit: Visit) -> date:
    return visit.now.astimezone(visit.console.zone).date()


def _found(finder: Finder, words: str, domain: str, review: str, today: date) -> Sequence[Topic]:
    entries = finder.knowledge.entries
    if review == "due":
        until = today + timedelta(days=REVIEW_DAYS)
        late = [topic for topic in finder.topics.values() if topic.written and entries[topic.id].reviewed.due <= until]
        return sorted(late, key=lambda topic: entries[topic.id].reviewed.due)
    if review == "open":
        return [topic for topic in finder.topics.values() if topic.written and entries[topic.id].needs_review]
    found = finder.find(words, _MOST) if words else list(finder.topics.values())
    if not words and not domain:
        return []
    return [topic for topic in found if not domain or topic.domain == domain]


def _domains(finder: Finder, knowledge: Knowledge, counts: Mapping[str, TopicCount]) -> list[dict[str, Any]]:
    found = []
    for one in knowledge.domains.values():
        topics = [topic for topic in finder.topics.values() if topic.domain == one.id]
        asked = sum(count.consultations for key, count in counts.items() if key.partition(".")[0] == one.id)
        if topics:
            written = sum(topic.written for topic in topics)
            found.append({"id": one.id, "name": one.name, "topics": len(topics), "written": written, "asked": asked})
    return found


def _most(finder: Finder, counts: Mapping[str, TopicCount]) -> list[tuple[Topic, TopicCount]]:
    """What was asked most last month."""
    ranked = sorted(counts.items(), key=lambda one: (-one[1].consultations, one[0]))
    return [(finder.topics[key], count) for key, count in ranked if key in finder.topics][:10]
