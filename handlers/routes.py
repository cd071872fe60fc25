"""The order in which handlers are asked. The first that knows the message answers it."""

from dataclasses import replace

from handlers import (
    choose,
    consult,
    files,
    follow_up,
    greeting,
    handover,
    held,
    privacy,
    rating,
    safety,
    township,
    urgent,
)
from handlers.cases import own_steps, progress
from handlers.desk import conflict
from handlers.desk.chat import route as desk
from handlers.intake import flow as intake
from handlers.message import Kind
from handlers.turn import UNHANDLED, Outcome, Route, Turn

ROUTES: tuple[Route, ...] = (
    Route("danger", urgent.handle),
    Route("gone", held.leave),
    Route("held by a person", held.keep_silent),
    Route("opened while a form is open", intake.opened_again),
    Route("opened", greeting.enter),
    Route("a file for the open form", intake.unreadable),
    Route("a file for a case or for a person", files.handle),
    Route("unreadable", consult.unreadable),
    Route("safe again", urgent.reassure),
    Route("graded", rating.handle),
    Route("forget: confirmed or not", privacy.forget),
    Route("forget: asked", privacy.ask_to_forget),
    Route("my consultations", privacy.mine),
    Route("a case withdrawn", own_steps.withdraw),
    Route("a case to be added to", own_steps.add),
    Route("how a case stands", progress.handle),
    Route("the telephone of a case", progress.with_phone),
    Route("added to a case", own_steps.added),
    Route("the open form", intake.handle),
    Route("yes and fine", greeting.acknowledged),
    Route("a person, please", handover.handle),
    Route("the matter of a handover", handover.told_the_matter),
    Route("more", choose.more),
    Route("a topic chosen", choose.topic),
    Route("none of these", choose.none_of_these),
    Route("a number too high", choose.no_such_number),
    Route("said of an answer", choose.feedback),
    Route("about the last answer", follow_up.handle),
    Route("township", township.handle),
    Route("why the grade is bad", rating.reason),
    Route("small talk", greeting.small_talk),
    Route("question", consult.handle),
)


async def handle(turn: Turn) -> Outcome:
    """Ask the handlers in their order; whatever comes of it is looked at for safety."""
    turn = _chosen(turn)
    at_work = await desk.handle(turn)
    if at_work is not UNHANDLED:
        return at_work  # what staff write to a resident is no matter of their own
    return safety.guard(turn, conflict.note(turn, await _answered(turn)))


async def _answered(turn: Turn) -> Outcome:
    for route in ROUTES:
        handled = await route.handle(turn)
        if handled is not UNHANDLED:
            return files.for_the_holder(turn, intake.survived(turn, handled))
    # A tap on a button of long ago, whose words are a question of their own.
    if turn.message.text:
        handled = await consult.handle(replace(turn, message=turn.message.saying(turn.message.text)))
        if handled is not UNHANDLED:
            return handled
    return choose.not_found(turn)


def _chosen(turn: Turn) -> Turn:
    """A number or the words of a choice count as the tap on it."""
    if turn.message.kind is not Kind.TEXT:
        return turn
    message = choose.as_choice(turn.message, turn.dialog.options)
    if message.payload:
        message = replace(message, kind=Kind.BUTTON)
    return replace(turn, message=message)
