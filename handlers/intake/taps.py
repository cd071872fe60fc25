"""Buttons of a form: the answers of the step that is due, and those that move about in it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from handlers import consult
from handlers.intake import filling as work
from handlers.intake import read, show, start
from handlers.intake.draft import submitted_number
from handlers.intake.filling import Filling
from handlers.message import Reply
from handlers.turn import UNHANDLED, Outcome, Turn

TAPS = "form:"
_GONE = "这个按钮是以前那张表的，已经不能用了。要重新填，发“我要申请法律援助”这样就行。"
_EARLIER = "这个按钮是前面一步的。要改前面的，发“改第2项”这样。"
_MOVES: Mapping[str, Callable[[Filling], Outcome]] = {
    "go": work.go_on,
    show.BACK: work.back,
    "drop": work.ask_whether_to_drop,
    "dropped": work.drop,
}


async def tapped(turn: Turn, filling: Filling | None) -> Outcome:
    """A button that carries `form:`, of the open form or of one that is over."""
    what, _, value = turn.message.payload.removeprefix(TAPS).partition(":")
    if what == show.CONFIRM:
        return _confirmed(turn, filling, value)
    if filling is None:
        return Outcome(replies=(Reply(_GONE),), dialog=turn.dialog)
    if what == "ask":
        return await _ask_first(filling)
    if what == "new":
        return work.begin(turn, start.kind_of(value) or filling.draft.kind, filling.seal)
    move = _MOVES.get(what)
    return _answered(filling, what, value) if move is None else move(filling)


def _answered(filling: Filling, key: str, value: str) -> Outcome:
    step = filling.step
    if step is None or key != step.key:
        return work.ask(filling, _EARLIER)
    return work.take(filling, step, read.tapped(step, value))


def _confirmed(turn: Turn, filling: Filling | None, form_id: str) -> Outcome:
    """The confirmation was tapped, perhaps twice, perhaps that of an older form."""
    number = submitted_number(turn.dialog, int(form_id)) if form_id.isascii() and form_id.isdigit() else ""
    if number:
        text = f"已经提交过了，编号 {number}，不用再点。查办到哪一步，发“查进度”。"
        return Outcome(replies=(Reply(text),), dialog=turn.dialog)
    if filling is None or form_id != str(filling.draft.id):
        return Outcome(replies=(Reply(_GONE),), dialog=turn.dialog)
    return work.confirm(filling)


async def _ask_first(filling: Filling) -> Outcome:
    """Something else first: what they had written is taken for a question now."""
    waiting = work.pending_words(filling)
    draft = replace(filling.draft, paused=True, pending="", resuming=False, at=filling.turn.now)
    aside = filling.with_draft(draft)
    if not waiting:
        return work.put_aside(aside)
    dialog = replace(filling.turn.dialog, form=draft.to_json(), options=())
    message = filling.turn.message.saying(waiting)
    handled = await consult.handle(replace(filling.turn, message=message, dialog=dialog))
    return work.put_aside(aside) if handled is UNHANDLED else handled
