"""代为登记: a member of staff opens a case, from a conversation or for somebody who called, came or was visited."""

import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import case_forms, case_words, guard
from bot.console.console import Console
from bot.console.filled import filled
from bot.console.refusal import Refusal
from bot.console.visit import Visit
from bot.console.words import township
from handlers.cases.kinds import KINDS
from handlers.cases.open import WAYS, open_case
from handlers.desk.claim import visible
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import Permission
from storage import cases, desk_views
from storage.case_records import CaseRow
from storage.records import Conversation

_UNFIT = 422
_PATH = "/cases/new"
_TYPED = (
    *("once", "way", "story", "township", "urgent"),
    *("name", "phone", "address", "consent", "other_name", "other_phone"),
)
# What each kind is for, where the name alone does not say it to somebody new at the desk.
_FOR = {
    "legal_aid": "请不起律师、讨薪、工伤、赡养抚养，要律师帮打官司",
    "mediation": "邻里、婚姻、土地、欠款等纠纷，想请人调解",
    "appeal": "反映问题、要求解决，现场答复或分类交办",
    "reconsideration": "不服行政机关的决定，县政府作复议机关的",
    "notarization": "约县公证处办公证",
    "complaint_enforcement": "投诉行政执法人员或单位",
    "complaint_lawyer": "投诉律师、律师事务所的服务",
    "visit": "行动不便，请人上门",
}


def routes(console: Console) -> list[BaseRoute]:
    """The kinds, the form, and what it does; they stand before /cases/{number}."""
    return [
        guard.page(console, _PATH, show, Permission.SERVE),
        guard.action(console, _PATH, add, Permission.SERVE),
    ]


async def show(visit: Visit) -> Response:
    """First which kind, then its form."""
    talk = await _conversation(visit)
    kind = visit.text("kind")
    if kind not in KINDS:
        names = [(one.id, one.name, _FOR[one.id]) for one in KINDS.values()]
        query = f"&{urlencode({'conversation': talk.id})}" if talk else ""
        return visit.render("case_kinds.html", kinds=names, query=query, talk=talk, others=await _others(visit, talk))
    story = await visit.read(lambda c: _told(c, talk)) if talk else ""
    place = (talk.township if talk else "") or visit.staff.unit
    return await _form(visit, kind, talk, {"story": story, "township": place, "once": secrets.token_hex(16)})


async def add(visit: Visit) -> Response:
    """Open the case; the same form twice opens one."""
    talk, form = await _conversation(visit), filled(visit)
    kind = form.get("kind", "")
    if kind not in KINDS:
        raise Refusal(_UNFIT, "请先选是哪一种事。", title="没有选事项", back=_PATH)
    done = await open_case(visit.console.tools, visit.staff, talk.id if talk else None, kind, form)
    if isinstance(done, Refused):
        if done.why is not Why.INPUT:
            raise Refusal(404 if done.why is Why.NOT_FOUND else 403, back="/cases")
        return await _form(visit, kind, talk, form, done.words)
    case = done.case
    if not visit.staff.may_see_case(case.unit, case.assignee_id):
        # A workstation takes the matter down, somebody else works on it.
        return visit.go("/cases", f"登记好了，编号 {case.number}，由{township(case.unit)}办。请把编号告诉当事人。")
    return visit.go(f"/cases/{case.id}", f"登记好了，编号 {case.number}。请把编号告诉当事人，他可以随时查进度。")


async def _conversation(visit: Visit) -> Conversation | None:
    """The conversation that the address or the form names, in scope; None where it names none.

    Raises:
        Refusal: 404.
    """
    if not visit.text("conversation"):
        return None
    number = visit.number("conversation")
    found = await visible(visit.console.tools, visit.staff, number) if number is not None else None
    if found is None or isinstance(found, Refused):
        raise Refusal(404, back="/cases")
    return found


async def _others(visit: Visit, talk: Conversation | None) -> list[CaseRow]:
    """What the same conversation led to already and somebody may see: so that nothing is taken down twice."""
    if talk is None:
        return []
    rows = await visit.read(lambda c: cases.of_conversation(c, talk.id))
    return [row for row in rows if visit.staff.may_see_case(row.unit, row.assignee_id)]


def _told(connection: Connection, talk: Conversation) -> str:
    """What the resident asked for, as the newest request for a person sums it up."""
    handovers = desk_views.handovers_of(connection, talk.id)
    return handovers[0].summary if handovers else ""


async def _form(
    visit: Visit, kind: str, talk: Conversation | None, typed: Mapping[str, str], words: str = ""
) -> Response:
    chosen = KINDS[kind]
    fields = [
        case_forms.with_value(field, typed.get(field.name, field.value)) for field in case_forms.columns(chosen, {})
    ]
    places = [place.name for place in visit.console.tools.knowledge.townships]
    return visit.render(
        "case_new.html",
        _UNFIT if words else 200,
        kind=chosen,
        talk=talk,
        others=[(row, case_words.state(row), case_words.kind(row.kind)) for row in await _others(visit, talk)],
        words=words,
        typed={name: typed.get(name, "") for name in _TYPED},
        fields=fields,
        ledger_open=any(field.value for field in fields),
        ways=list(WAYS.items()),
        townships=[("", "不清楚或外地"), *((name, name) for name in places)],
    )
