"""Words while a form is open: a command, the answer of the step that is due, or whether to go on after a while."""

from collections.abc import Callable, Mapping

from handlers.handover import asks_in_a_word
from handlers.intake import filling as work
from handlers.intake import read
from handlers.intake.answers import yes_no
from handlers.intake.commands import Command, Said, command
from handlers.intake.filling import Filling
from handlers.intake.steps import Wants
from handlers.turn import UNHANDLED, Handled, Outcome

_ACTS: Mapping[Command, Callable[[Filling], Outcome]] = {
    Command.BACK: work.back,
    Command.PAUSE: work.put_aside,
    Command.GO_ON: work.ask,
    Command.CANCEL: work.ask_whether_to_drop,
    Command.SKIP: work.skip,
    Command.MORE: work.ask,
}


def written(filling: Filling, text: str) -> Handled:
    """What the words do in the form; UNHANDLED where they are for somebody else."""
    said = command(text)
    if filling.draft.paused:
        return _while_paused(filling, said)
    for_others = said is not None and said.command is Command.MORE and bool(filling.turn.dialog.more)
    if not text or for_others or asks_in_a_word(text):
        return UNHANDLED
    if filling.draft.resuming:
        return _whether_to_go_on(filling, text, said)
    if said is not None:
        return _commanded(filling, said)
    if filling.draft.is_stale(filling.turn.now):
        return work.wait_for_word(filling, text)
    return _answered(filling, text)


def could_answer(filling: Filling, text: str) -> bool:
    """Whether these words can be read as the answer that is due."""
    step = filling.step
    return step is not None and read.written(step, text, filling.read_around()).value is not None


def _while_paused(filling: Filling, said: Said | None) -> Handled:
    if said is not None and said.command is Command.GO_ON:
        return work.go_on(filling)
    cancels = said is not None and said.command is Command.CANCEL
    return work.ask_whether_to_drop(filling) if cancels else UNHANDLED


def _whether_to_go_on(filling: Filling, text: str, said: Said | None) -> Outcome:
    """They were asked whether to go on; words that answer the step are a yes."""
    if said is not None:
        return work.go_on(filling) if said.command is Command.GO_ON else _commanded(filling, said)
    step, agreed = filling.step, yes_no(text)
    wants_a_word = step is not None and step.wants in (Wants.YES_NO, Wants.CONSENT)
    if agreed is None and could_answer(filling, text):
        return _answered(filling, text)
    return work.ask_whether_to_drop(filling) if agreed is False and not wants_a_word else work.go_on(filling)


def _commanded(filling: Filling, said: Said) -> Outcome:
    if said.command is Command.CHANGE:
        return work.change(filling, said.number)
    return _ACTS[said.command](filling)


def _answered(filling: Filling, text: str) -> Outcome:
    step = filling.step
    if step is not None:
        return work.take(filling, step, read.written(step, text, filling.read_around()), text)
    agreed = yes_no(text)
    if agreed:
        return work.confirm(filling)
    return work.ask(filling, "哪一项不对？发“改第2项”这样告诉我。" if agreed is False else "还没有提交。")
