"""办结: a reception ends with its outcome on record, and the resident is asked what they thought of it."""

from dataclasses import dataclass

from sqlalchemy import Connection

from handlers.desk.cards import settle_cards
from handlers.desk.claim import visible
from handlers.desk.drafts import to_resident
from handlers.desk.farewell import farewell
from handlers.desk.refused import NOT_FOUND, NOT_YOURS, Refused, Why
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from handlers.mask import summary
from handlers.record import UNCLASSIFIED
from storage import consultations, conversations, desk, desk_views
from storage.records import ConsultationDraft, Conversation

# 处置 (DOMAIN 3.1): what came of it.
OUTCOMES = (
    "当场答复",
    "引导法援",
    "引导调解",
    "引导公证",
    "引导鉴定",
    "引导仲裁",
    "引导复议",
    "引导诉讼",
    "转12345",
    "转其他部门",
    "紧急转警",
    "联系不上",
    "其他",
)
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Closing:
    """What staff write down at the end. `topic` is an entry or outline of the knowledge, "" where none fits."""

    outcome: str
    answer: str = ""
    topic: str = ""
    township: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """The reception is over. `number` is that of the service record."""

    conversation: Conversation
    number: str


async def close(tools: Tools, staff: Staff, conversation_id: int, closing: Closing) -> Closed | Refused:
    """End a reception that this member holds: record, closing words with the rating question, cards."""
    found = await visible(tools, staff, conversation_id)
    if isinstance(found, Refused):
        return found
    refused = _faulty(tools, closing)
    if refused is not None:
        return refused
    result = await tools.database.write(lambda c: _end(c, tools, staff, found, closing))
    if isinstance(result, Closed):
        tools.said(found.key)
        tools.changed()
    return result


async def note_outcome(tools: Tools, staff: Staff, handover_id: int, closing: Closing) -> Closed | Refused:
    """Write down what came of a reception that ended in the platform's client."""
    item = await tools.database.read(lambda c: desk_views.handover(c, handover_id))
    found = None if item is None else await visible(tools, staff, item.conversation_id)
    if item is None or found is None or isinstance(found, Refused):
        return NOT_FOUND
    refused = _faulty(tools, closing)
    if refused is not None:
        return refused
    if item.state != "closed" or item.outcome is not None:
        return Refused(Why.INPUT, "这一件的处置已经填过了。")

    def work(connection: Connection) -> Closed:
        desk.set_outcome(connection, handover_id, closing.outcome)
        number = _record(connection, tools, staff, found, (handover_id,), closing)
        noted(connection, tools, staff, "handover.outcome", f"handover:{handover_id}", outcome=closing.outcome)
        return Closed(found, number)

    return await tools.database.write(work)


def _end(connection: Connection, tools: Tools, staff: Staff, found: Conversation, closing: Closing) -> Closed | Refused:
    now = tools.clock()
    closed = desk.end(connection, found.id, staff.id, closing.outcome, now)
    current = conversations.read_by_id(connection, found.id)
    if closed is None or current is None:
        return NOT_YOURS
    number = _record(connection, tools, staff, current, closed, closing)
    reply = farewell(connection, tools, current, closed, now)
    name = closed[-1] if closed else now.timestamp()
    conversations.speak(connection, current, to_resident(tools, current, reply, "closed", name), now)
    settle_cards(connection, tools, closed, f"{staff.name} 已办结")
    noted(connection, tools, staff, "conversation.close", f"conversation:{found.id}", outcome=closing.outcome)
    return Closed(current, number)


def _record(
    connection: Connection,
    tools: Tools,
    staff: Staff,
    conversation: Conversation,
    closed: tuple[int, ...],
    closing: Closing,
) -> str:
    """The service record of what was asked, now with who answered it and what came of it."""
    settled = consultations.Settled(
        responder=staff.name,
        responder_id=staff.id,
        disposition=closing.outcome,
        answer=summary(closing.answer, _LONGEST),
        township=closing.township or None,
        **_classified(tools, closing.topic),
    )
    now = tools.clock()
    number = consultations.settle(connection, closed, settled, now)
    if number is not None:
        return number
    source = consultations.Source(tools.person(conversation.key, conversation.person), 0, tools.county.org, now)
    row_id = consultations.continue_or_open(connection, _draft(tools, settled, closing), source, conversation)
    desk.concerns(connection, closed, row_id)
    return consultations.number_of(connection, row_id)


def _draft(tools: Tools, settled: consultations.Settled, closing: Closing) -> ConsultationDraft:
    """Somebody stepped in before anything was asked of a person: the reception is a service all the same."""
    return ConsultationDraft(
        domain=settled.domain or "other",
        topic=settled.topic or "",
        title=settled.title or UNCLASSIFIED,
        summary="（工作人员主动接待）",
        answer=settled.answer,
        cites=(),
        disposition=closing.outcome,
        status="已答复",
        responder=settled.responder,
        knowledge_version=tools.knowledge.version,
        township=closing.township or None,
    )


def _classified(tools: Tools, topic: str) -> dict[str, str | None]:
    if not topic:
        return {"domain": None, "topic": None, "title": None}
    return {"domain": topic.partition(".")[0], "topic": topic, "title": tools.knowledge.title(topic)}


def _faulty(tools: Tools, closing: Closing) -> Refused | None:
    if closing.outcome not in OUTCOMES:
        return Refused(Why.INPUT, "请选一个处置结果。")
    known = closing.topic in tools.knowledge.entries or closing.topic in tools.knowledge.outlines
    if closing.topic and not known:
        return Refused(Why.INPUT, "没有这个主题，请从列表里选，或者留空。")
    if closing.township and closing.township not in {one.name for one in tools.knowledge.townships}:
        return Refused(Why.INPUT, "没有这个乡镇街道，请从列表里选。")
    return None
