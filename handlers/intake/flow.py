"""The form among the routes: what belongs to it, what is let through, and how it survives everything else."""

from dataclasses import replace

from handlers import files
from handlers.cases.kinds import KINDS
from handlers.intake import filling as work
from handlers.intake import show, start
from handlers.intake.draft import Draft
from handlers.intake.filling import Filling
from handlers.intake.said import could_answer, written
from handlers.intake.taps import TAPS, tapped
from handlers.message import Button, Kind, Reply
from handlers.personal import Seal
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from knowledge.normalize import plain

_NOT_A_TOPIC = "none"  # what 都不是 comes to where it is no choice that was shown


async def handle(turn: Turn) -> Handled:
    """Begin a form, or take what was said as a word to the one that is open."""
    if turn.office.tools is None:
        return UNHANDLED
    filling, kind = _open(turn), start.wanted(turn.message)
    if kind:
        return _begin(turn, kind, turn.office.tools.seal, filling)
    if turn.message.payload.startswith(TAPS):
        return await tapped(turn, filling)
    is_words = turn.is_text or turn.message.payload == _NOT_A_TOPIC
    return written(filling, turn.message.text) if filling is not None and is_words else UNHANDLED


async def opened_again(turn: Turn) -> Handled:
    """The conversation was opened after a while: is the form to be gone on with?"""
    filling = _open(turn)
    if turn.message.kind is not Kind.ENTER or filling is None:
        return UNHANDLED
    if filling.draft.resuming or not filling.draft.is_stale(turn.now):
        return UNHANDLED
    return work.wait_for_word(filling, "")


async def unreadable(turn: Turn) -> Handled:
    """A picture goes with the form; a place on the map or an empty message is no answer to it."""
    filling = _open(turn)
    if filling is None or filling.draft.paused:
        return UNHANDLED
    if turn.message.kind is Kind.MEDIA and turn.message.media is not None:
        kept = work.ask(filling, "收到，和这张表放在一起，工作人员会看到。")
        return replace(kept, attachments=(files.draft(turn.message.media),))
    if turn.message.kind in (Kind.LOCATION, Kind.MEDIA):
        return work.ask(filling, "这个我看不了，请用文字写。")
    if turn.is_text and not plain(turn.message.text):
        return work.ask(filling, "没看到能读的文字。")
    return UNHANDLED


def survived(turn: Turn, outcome: Outcome) -> Outcome:
    """What another route answered while a form is open: the form is put aside, with all its answers.

    Words that showed danger may have been the answer too: they wait until the form is taken up again.
    """
    filling = _open(turn)
    if filling is None or filling.draft.paused or outcome.dialog.form is not turn.dialog.form:
        return outcome
    if not outcome.replies and turn.conversation.holder != "person":
        return outcome  # the chat was opened or left: nothing came between
    urgent = any(reply.purpose == "urgent" for reply in outcome.replies)
    waits = urgent and turn.is_text and could_answer(filling, turn.message.text)
    pending = filling.seal.seal(turn.message.text) if waits else filling.draft.pending
    draft = replace(filling.draft, paused=True, resuming=False, pending=pending, at=turn.now)
    outcome = replace(outcome, dialog=replace(outcome.dialog, form=draft.to_json()))
    if urgent or not outcome.replies:
        return outcome
    *others, last = outcome.replies
    step = filling.step
    where = f"填到第 {draft.number(step, filling.around)} 步" if step is not None else "就差核对提交"
    told = f"{last.text}\n“{KINDS[draft.kind].name}”先放着（{where}），发“继续”接着填。"
    return replace(outcome, replies=(*others, replace(last, text=told)))


def _open(turn: Turn) -> Filling | None:
    draft, tools = Draft.of(turn.dialog), turn.office.tools
    return Filling(turn, draft, tools.seal) if draft is not None and tools is not None else None


def _begin(turn: Turn, kind: str, seal: Seal, filling: Filling | None) -> Outcome:
    if filling is None:
        return work.begin(turn, kind, seal)
    if filling.draft.kind == kind:
        return work.wait_for_word(filling, "")
    name, other = KINDS[filling.draft.kind].name, KINDS[kind].name
    buttons = (show.GO_ON, Button(f"不要了，填{other}", f"{TAPS}new:{kind.replace('_', '-')}"))
    return work.says(filling, Reply(f"您的“{name}”还没填完。先把它填完，还是不要它了？", buttons=buttons))
