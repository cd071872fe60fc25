"""The page of a case: what it is about, where it stands, what may be done next, and what has been done."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from bot.console import case_forms, case_words, guard
from bot.console.console import Console
from bot.console.refusal import Refusal
from bot.console.visit import Visit
from handlers.answer import cite_lines
from handlers.attachments import LARGEST_FILE
from handlers.cases import tell
from handlers.cases.kinds import AMOUNTS, KINDS
from handlers.cases.look import Looked, look
from handlers.desk import conflict
from handlers.desk.crew import crew
from handlers.desk.hints import hints
from handlers.desk.refused import Refused
from handlers.desk.staff import Permission, Staff
from handlers.money import yuan
from storage import case_lists, conversations, desk_views, notes, ratings
from storage.case_records import CaseEvent, CaseFilter, CaseItem, CaseRow, CaseScope
from storage.desk_views import Said
from storage.notes import Note
from storage.rating_records import GRADES, AskedRating
from storage.records import Conversation

_TALK = 12
_ALIKE = 6


@dataclass(frozen=True, slots=True)
class Failed:
    """A step that was not taken: which, what was typed, why, and the id of the newest event that its page showed."""

    action: str
    typed: Mapping[str, str]
    words: str
    status: int
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Beside:
    """What is read for the page beside the case itself."""

    able: list[Staff]
    notes: list[Note]
    talk: Conversation | None
    said: list[Said]
    alike: list[CaseItem]
    rating: AskedRating | None
    why_not_told: str


def routes(console: Console) -> list[BaseRoute]:
    """The page, and the applicant's name and numbers."""
    return [
        guard.page(console, "/cases/{number}", show, Permission.SERVE),
        guard.action(console, "/cases/{number}/contact", contact, Permission.SERVE),
    ]


async def show(visit: Visit) -> Response:
    """The page."""
    return await page(visit)


async def contact(visit: Visit) -> Response:
    """Name, numbers and address, with a line in the audit log; to a script the bare data, else the page with them."""
    looked = await looked_at(visit)
    number = looked.case.number
    await visit.record("case.contact", f"case:{looked.case.id}", unit=looked.case.unit, number=number)
    if "application/json" in visit.request.headers.get("accept", ""):
        return JSONResponse([{"label": label, "value": value} for label, value in _contact(looked)])
    return await page(visit, shows_contact=True)


async def looked_at(visit: Visit) -> Looked:
    """The case that the address names, in scope.

    Raises:
        Refusal: 404.
    """
    number = visit.number("number")
    looked = await look(visit.console.tools, visit.staff, number) if number is not None else None
    if looked is None or isinstance(looked, Refused):
        raise Refusal(404, "没有这个工单，或者它不在您的范围里。", back="/cases")
    return looked


async def page(visit: Visit, failed: Failed | None = None, *, shows_contact: bool = False) -> Response:
    """The page; with a step that was not taken, what was typed is kept and what has changed since is told."""
    looked, tools = await looked_at(visit), visit.console.tools
    case, hours = looked.case, tools.hours()
    beside = await visit.read(lambda c: _beside(c, visit, case))
    made = case_forms.forms(case, looked.moves, visit.staff, beside.able, hours, visit.now)
    if failed is not None:
        made = case_forms.typed_again(made, failed.action, failed.typed)
    found = await conflict.find(tools, visit.staff.id, conversation_id=case.conversation_id, case_id=case.id)
    texts = [case.title, *(str(fact["value"]) for fact in case.facts)]
    return visit.render(
        "case.html",
        failed.status if failed else 200,
        **_of_the_case(visit, looked),
        contact=_contact(looked) if shows_contact else [],
        forms=made,
        failed=failed,
        changes=[_event(case, event) for event in looked.events if failed and failed.seen and event.id > failed.seen],
        lost=_lost(made, failed),
        once=secrets.token_hex(16),
        largest_file=LARGEST_FILE // 2**20,
        beside=beside,
        alike=[(item, case_words.state(item), case_words.kind(item.kind)) for item in beside.alike],
        grade=GRADES.get(beside.rating.grade or 0, "") if beside.rating else "",
        conflicts=conflict.warning(found),
        hints=[(hint, cite_lines(hint.cites, tools.knowledge)) for hint in hints((), minor=case.minor, texts=texts)],
    )


def _of_the_case(visit: Visit, looked: Looked) -> dict[str, Any]:
    """What the page shows of the case itself, whatever has just been tried."""
    case = looked.case
    return {
        "case": case,
        "kind": KINDS[case.kind],
        "state": case_words.state(case),
        "limit": case_words.limit(case, visit.console.tools.hours(), visit.now),
        "law": case_words.law(looked.limit),
        "by_law": looked.limit is not None and looked.limit.by_law,
        "way": case_words.way(case.channel),
        "has_contact": [label for label, value in _contact(looked) if value],
        "details": _details(case),
        "ending": _ending(case),
        "timeline": [_event(case, event) for event in reversed(looked.events)],
        "seen": looked.events[-1].id if looked.events else 0,
        "files": looked.files,
        "may_remove": case.assignee_id == visit.staff.id or visit.staff.may(Permission.DIRECT),
        "merged_into": looked.merged_into,
    }


def _beside(connection: Connection, visit: Visit, case: CaseRow) -> Beside:
    staff, tools = visit.staff, visit.console.tools
    talk = conversations.read_by_id(connection, case.conversation_id) if case.conversation_id is not None else None
    if talk is not None and not staff.may_see_conversation(talk.township, talk.holder_id):
        talk = None
    scope, same = CaseScope(staff.unit, staff.id), CaseFilter(phone_hash=case.phone_hash)
    alike = case_lists.newest(connection, scope, same, None, _ALIKE) if case.phone_hash else []
    return Beside(
        able=[member for member in crew(connection) if member.may(Permission.SERVE)],
        notes=notes.of_case(connection, case.id),
        talk=talk,
        said=desk_views.history(connection, talk, _TALK) if talk is not None else [],
        alike=[item for item in alike if item.id != case.id],
        rating=ratings.of_object(connection, "case", case.id),
        why_not_told=tell.why_not(connection, tools, staff, case),
    )


def _contact(looked: Looked) -> list[tuple[str, str]]:
    people = looked.people
    return [
        ("姓名", people.name),
        ("电话", people.phone),
        ("地址", people.address),
        ("对方", people.other_name),
        ("对方电话", people.other_phone),
    ]


def _details(case: CaseRow) -> list[tuple[str, str]]:
    kept = [(column.header, column.shown(case.details.get(column.header))) for column in KINDS[case.kind].columns]
    told = [("交办、转办单位", case.recipient)] if case.recipient else []
    return [*kept, *told]


def _ending(case: CaseRow) -> list[tuple[str, str]]:
    """Result, answer and amounts, as far as they are known."""
    amounts = {"recovered": case.recovered_fen, "avoided": case.avoided_fen}
    money = [(AMOUNTS[name], f"{yuan(fen)} 元") for name, fen in amounts.items() if fen is not None]
    told = [("结果", case.result), ("答复", case.answer)]
    return [*((label, value) for label, value in told if value), *money]


def _event(case: CaseRow, event: CaseEvent) -> dict[str, object]:
    before, after = event.before, event.after
    states = [case_words.state_words(case.kind, name) for name in (before, after) if name]
    moved = " → ".join(states) if before not in ("", after) else ""
    told = [event.text, str(event.detail.get("opinion", "")), str(event.detail.get("remedy", ""))]
    words = "\n".join(part for part in told if part)
    return {
        "at": event.at,
        "actor": event.actor,
        "action": case_words.step_words(case.kind, event.action),
        "moved": moved,
        "words": words,
    }


def _lost(made: Sequence[case_forms.Form], failed: Failed | None) -> list[str]:
    """What was typed for a step that is no step any more: shown, so that it can be copied."""
    if failed is None or any(form.action == failed.action for form in made):
        return []
    return [value for name, value in failed.typed.items() if value and name not in case_forms.HIDDEN]
