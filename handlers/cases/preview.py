"""What a resident will be told of a step, shown to the member of staff before they take it."""

from dataclasses import replace
from datetime import datetime

from handlers.cases import tell
from handlers.cases.effects import Effect
from handlers.cases.limits import Clock, moved
from handlers.cases.states import NEED_NAMES, Move, Need
from handlers.hours import OfficeHours
from storage.case_records import CaseRow


def preview(move: Move, case: CaseRow, hours: OfficeHours, now: datetime) -> str:
    """The words, with 〔…〕 where staff's own will stand; "" where the resident is told nothing."""
    after = move.target or case.state
    clock = moved(
        Clock(case.due_from, case.due_at, case.clock_stopped_at), case.kind, case.state, after, case.details, now, hours
    )
    then = replace(
        case,
        state=after,
        due_at=clock.due_at,
        assignee_name=_blank(Need.ASSIGNEE) if Need.ASSIGNEE in move.needs else case.assignee_name,
        recipient=_blank(Need.RECIPIENT) if Need.RECIPIENT in move.needs else case.recipient,
        result=_blank(Need.RESULT) if Need.RESULT in move.needs else case.result,
        answer=_blank(Need.ANSWER) if Need.ANSWER in move.needs else case.answer,
    )
    said = next((need for need in (Need.MISSING, Need.REASON, Need.TEXT) if need in move.needs), Need.TEXT)
    done = Effect(text=_blank(said), detail={"remedy": _blank(Need.REMEDY), "target": _blank(Need.TARGET)})
    reply = tell.reply_for(move.action, then, done, hours, now)
    return reply.text if reply is not None else ""


def _blank(need: Need) -> str:
    return f"〔{NEED_NAMES[need].partition('（')[0]}〕"
