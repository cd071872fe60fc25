"""A form that is being filled in, as the conversation remembers it. Nothing of it is a case before it is confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from handlers.dialog import Dialog
from handlers.intake.forms import FORMS
from handlers.intake.shared_steps import AGREED
from handlers.intake.steps import Circumstances, Form, Step, next_step, steps_of

STALE = timedelta(hours=3)  # after that a message is not taken for the answer without asking


@dataclass(frozen=True, slots=True)
class Draft:
    """The answers so far.

    `id` is the inbox id of the message that began the form: files that came since belong to it, and one case comes of
    it. `at_step` is a step that the resident went back to, "" where the first unanswered one is due. `paused`: they ask
    something else first. `pending` are words, sealed, that came when nobody was sure they were an answer.
    """

    kind: str
    id: int
    at: datetime
    answers: Mapping[str, str] = field(default_factory=dict)
    at_step: str = ""
    paused: bool = False
    pending: str = ""
    resuming: bool = False  # the resident was asked whether to go on
    wrong: int = 0  # answers in a row that were none

    @property
    def form(self) -> Form:
        """The form's questions."""
        return FORMS[self.kind]

    def steps(self, around: Circumstances) -> tuple[Step, ...]:
        """The steps that the answers lead through."""
        return steps_of(self.form, self.answers, around)

    def total(self, around: Circumstances) -> int:
        """How many steps there are; before anything was said about it, those with a name are counted too."""
        answers = self.answers if "consent" in self.answers else {**self.answers, "consent": AGREED}
        return len(steps_of(self.form, answers, around))

    def step(self, around: Circumstances) -> Step | None:
        """The step that is due; None when only the confirmation is."""
        back = next((step for step in self.steps(around) if step.key == self.at_step), None)
        return back or next_step(self.form, self.answers, around)

    def number(self, step: Step | None, around: Circumstances) -> int:
        """The step's place in the form, from 1; after the last one for the confirmation."""
        steps = self.steps(around)
        return steps.index(step) + 1 if step is not None else len(steps)

    def answered(self, step: Step, value: str, now: datetime) -> Self:
        """With this answer; the next step is the first without one."""
        answers = {**self.answers, step.key: value}
        return replace(self, answers=answers, at_step="", at=now, paused=False, pending="", resuming=False, wrong=0)

    def is_stale(self, now: datetime) -> bool:
        """Whether so much time passed that the next message may be about anything."""
        return now - self.at > STALE

    def to_json(self) -> dict[str, Any]:
        """As the dialog keeps it."""
        kept: dict[str, Any] = {
            "kind": self.kind,
            "id": self.id,
            "at": self.at.isoformat(),
            "answers": dict(self.answers),
        }
        rest = ("at_step", "paused", "pending", "resuming", "wrong")
        return kept | {name: value for name in rest if (value := getattr(self, name))}

    @classmethod
    def of(cls, dialog: Dialog) -> Self | None:
        """The form of a dialog; None where none is open, or it is of a kind that this version does not know."""
        kept = dialog.form
        if kept.get("kind") not in FORMS:
            return None
        known = {name: value for name, value in kept.items() if name in cls.__slots__}
        return cls(**known | {"at": datetime.fromisoformat(kept["at"])})


def submitted(number: str, form_id: int) -> dict[str, Any]:
    """What the dialog keeps of a form that became a case: a second tap on the confirmation is answered with it."""
    return {"done": number, "id": form_id}


def submitted_number(dialog: Dialog, form_id: int) -> str:
    """The number of the case that came of this form; "" where none came."""
    kept = dialog.form
    return str(kept.get("done", "")) if kept.get("id") == form_id else ""
