"""What a form is made of: steps with a question each, in their order, some only where earlier answers ask for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from handlers.intake.answers import Choice

Answers = Mapping[str, str]  # by the step's key; "" where it was passed over; personal data sealed


class Wants(StrEnum):
    """The kind of answer that a step wants."""

    CHOICE = "choice"
    STORY = "story"
    TEXT = "text"  # a few words
    NAME = "name"
    PARTY = "party"  # the other side: a person, a company
    PHONE = "phone"
    ADDRESS = "address"
    TOWNSHIP = "township"
    AMOUNT = "amount"
    PAST = "past"  # a day or month that has passed
    COMING = "coming"  # a day or month to come
    YES_NO = "yes_no"
    CONSENT = "consent"


PERSONAL = frozenset({Wants.NAME, Wants.PARTY, Wants.PHONE, Wants.ADDRESS})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides beside the answers which steps a form has."""

    safe_mode: bool = False


def _always(_: Answers, __: Circumstances) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """One question. `label` names it in the summary and in the record; `example` helps after an answer that was none.

    `column` is the ledger's column that the answer fills; `when` says whether the step is asked at all.
    """

    key: str
    label: str
    ask: str
    wants: Wants
    example: str = ""
    choices: tuple[Choice, ...] = ()
    optional: bool = False
    column: str = ""
    when: Callable[[Answers, Circumstances], bool] = _always

    @property
    def personal(self) -> bool:
        """Whether the answer is kept sealed."""
        return self.wants in PERSONAL


@dataclass(frozen=True, slots=True)
class Form:
    """The steps of one kind of case. `anonymous`: it may be handed in without a name, which is then not asked for.

    `bring` says what is needed later; `subject` is the step whose answer names the case.
    """

    kind: str
    steps: tuple[Step, ...]
    subject: str
    bring: str
    anonymous: bool = False


def steps_of(form: Form, answers: Answers, around: Circumstances) -> tuple[Step, ...]:
    """The steps that these answers lead through."""
    return tuple(step for step in form.steps if step.when(answers, around))


def next_step(form: Form, answers: Answers, around: Circumstances) -> Step | None:
    """The first step without an answer; None when all are answered."""
    return next((step for step in steps_of(form, answers, around) if step.key not in answers), None)
