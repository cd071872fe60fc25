"""What the page of a conversation shows: how it stands, its lines, and what lies beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from bot.console.desk_words import PLACES, Badge, channel, clock, line, span
from bot.console.talk import Bubble, bubbles, said_by, servicers
from bot.console.visit import Visit
from handlers.answer import cite_lines
from handlers.desk.canned import fill, phone_of
from handlers.desk.crew import crew
from handlers.desk.hints import hints
from handlers.desk.say import budget
from handlers.desk.staff import Permission, Staff
from handlers.desk.suggest import suggestions
from handlers.desk.words import greeting
from storage import attachments, canned, cases, consultations, desk, desk_views, standings
from storage.desk_views import QueueItem, Said
from storage.records import ConsultationRow, Conversation

LINES = 200
_RECORDS = 12
_TEXTS = 20
_LONGEST_ANSWER = 300
_OF_THIS = 2
_JUST_NOW = timedelta(minutes=2)
_FILES = {"wanted": "正在取回", "stored": "", "refused": "没收下", "removed": "已删除"}


@dataclass(frozen=True, slots=True)
class Standing:
    """Who holds it and what may be done. `mode` is bot, free, mine, client (mine, in the platform's own) or other."""

    mode: str
    words: str
    clock: Badge | None
    budget: str
    closed: bool
    may_claim: bool
    may_close: bool
    may_hand_on: bool
    may_recall: bool


def standing(connection: Connection, visit: Visit, found: Conversation) -> Standing:
    """How a conversation stands for this member of staff."""
    left = budget(connection, found)
    held = standings.held(connection, found.id)
    asked = [item for item in desk_views.handovers_of(connection, found.id) if item.state != "closed"]
    mode, direct = _mode(found, visit.staff), visit.staff.may(Permission.DIRECT)
    in_client = found.holder_via == desk.IN_CLIENT
    return Standing(
        mode=mode,
        words=_who(visit, found, held, asked, mode),
        clock=clock(visit, asked[-1]) if asked else None,
        budget=left.words(visit.now) if mode == "mine" else "",
        closed=left.closed(visit.now),
        may_claim=mode in ("free", "bot"),
        may_close=mode == "mine",
        may_hand_on=mode in ("mine", "client") or (mode == "other" and direct),
        may_recall=mode == "other" and direct and not in_client,
    )


def talk(connection: Connection, found: Conversation) -> tuple[list[Bubble], list[Said]]:
    """The newest lines, oldest first."""
    said = desk_views.history(connection, found, LINES)
    return bubbles(said, servicers(connection, said)), said


def aside(
    connection: Connection, visit: Visit, found: Conversation, stands: Standing, said: Sequence[Said]
) -> dict[str, Any]:
    """What helps to answer: the matter, the bot's candidates, canned answers, colleagues, what was before."""
    tools, staff = visit.console.tools, visit.staff
    asked = desk_views.handovers_of(connection, found.id)
    person = tools.person(found.key, found.person)
    records = consultations.of_person(connection, person, _RECORDS)
    own = [record for record in records if record.values["conversation_id"] == found.id]
    near = suggestions(own[:_OF_THIS], tools.knowledge, tools.county)
    number = asked[0].number if asked and asked[0].state != "closed" else ""
    texts = [str(one.body.get("text", "")) for one in said if one.by == "resident"][-_TEXTS:]
    minor = any(record.values["minor"] for record in own)
    advised = hints([record.values["topic"] for record in own], minor=minor, texts=texts)
    phone = phone_of(connection, staff.unit, visit.now.astimezone(visit.console.zone).date())
    since = standings.held(connection, found.id).since
    answered = said_by(said, staff.name, since, greeting(tools, staff).text)
    return {
        "channel": channel(found.key.channel),
        "more_before": len(said) >= LINES,
        "asked": [line(visit, item) for item in asked],
        "record": own[0] if own else None,
        "before": [record for record in records if _is_theirs(staff, record)],
        "suggestions": near,
        "canned": [
            (one, fill(one.body, tools.county, staff, number, phone)) for one in canned.of_unit(connection, staff.unit)
        ],
        "files": [(file, _FILES[file.state]) for file in attachments.of_conversation(connection, found.id)],
        "cases": cases.of_conversation(connection, found.id),
        "colleagues": _colleagues(connection, staff, found) if stands.may_hand_on else [],
        "hints": [(hint, cite_lines(hint.cites, tools.knowledge)) for hint in advised],
        "townships": [place.name for place in tools.knowledge.townships],
        "topic": str(own[0].values["topic"]) if own else "",
        "topic_title": tools.knowledge.title(str(own[0].values["topic"])) if own and own[0].values["topic"] else "",
        "answered": answered[:_LONGEST_ANSWER],
    }


def _mode(found: Conversation, staff: Staff) -> str:
    if found.holder != "person":
        return "free" if found.holder == "waiting" else "bot"
    if found.holder_id != staff.id:
        return "other"
    return "client" if found.holder_via == desk.IN_CLIENT else "mine"


def _who(visit: Visit, found: Conversation, held: standings.Held, asked: Sequence[QueueItem], mode: str) -> str:
    if mode == "bot":
        return "机器人在答，没有人接待。" if not asked else "机器人在答，也登记了要人看。"
    if mode == "free":
        return f"在等人接待，等了 {span(visit.now - asked[-1].created_at)}。" if asked else "在等人接待。"
    place = PLACES.get(found.holder_via or "", "")
    where = f"（在{place}）" if place else ""
    since = visit.console.moment(held.since)
    if mode == "mine":
        return f"您在接待，{since} 接的。"
    if mode == "client":
        return f"您在接待，{since} 接的。请到企业微信“微信客服”里答复，这里同步记录。"
    quiet = visit.now - (held.active_at or visit.now)
    active = "，刚说过话" if quiet < _JUST_NOW else f"，已经 {span(quiet)}没说话"
    return f"{found.holder_name or '同事'} 正在接待{where}，{since} 接的{active}。"


def _is_theirs(staff: Staff, record: ConsultationRow) -> bool:
    """Whether a record of the same person is in this member's scope, or was answered by them."""
    place = record.values["township"]
    return staff.covers(place) or record.values["responder_id"] == staff.id


def _colleagues(connection: Connection, staff: Staff, found: Conversation) -> list[Staff]:
    """Those who may see it, one's own workstation first."""
    able = [one for one in crew(connection) if one.may(Permission.SERVE) and one.covers(found.township)]
    others = [one for one in able if one.id not in (staff.id, found.holder_id)]
    mine = [staff] if found.holder_id != staff.id else []
    return [*mine, *sorted(others, key=lambda one: (one.unit != staff.unit, one.unit, one.name))]
