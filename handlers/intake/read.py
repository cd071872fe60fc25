"""From what was tapped or written to the answer of a step, or to a kind word about what is wanted instead."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from handlers.desk.identity import normal_phone
from handlers.follow_up import asked_part
from handlers.intake import answers, dates
from handlers.intake.shared_steps import AGREED, DECLINED, NO, YES
from handlers.intake.steps import Step, Wants
from handlers.money import fen_of
from handlers.personal import Seal
from knowledge.entry import Township
from knowledge.normalize import clean, plain

_SKIPPED = frozenset(
    {
        "跳过",
        "不填",
        "没有",
        "没得",
        "莫得",
        "无",
        "不知道",
        "不晓得",
        "不清楚",
        "记不得",
        "记不得了",
        "忘了",
        "不想说",
        "都行",
        "随便",
    }
)
_MOBILE_DIGITS = 11


@dataclass(frozen=True, slots=True)
class Around:
    """What reading needs beside the step: the day in the bureau's zone, its townships, the key that seals."""

    today: date
    townships: tuple[Township, ...]
    seal: Seal


@dataclass(frozen=True, slots=True)
class Read:
    """The answer as the form keeps it; None where it was none, and then `problem` says what is wanted."""

    value: str | None
    problem: str = ""


def tapped(step: Step, value: str) -> Read:
    """A button of this step."""
    if value == "skip" and step.optional:
        return Read("")
    if step.wants is Wants.CHOICE and value.isascii() and value.isdigit() and int(value) < len(step.choices):
        return Read(value)
    if step.wants is Wants.YES_NO and value in (YES, NO):
        return Read(value)
    if step.wants is Wants.CONSENT and value in (YES, NO):
        return Read(AGREED if value == YES else DECLINED)
    return Read(None)


def written(step: Step, text: str, around: Around) -> Read:
    """Words for this step."""
    if plain(text) in _SKIPPED:
        if step.optional:
            return Read("")
        if plain(text) == "跳过":
            return Read(None, "这一项要填了才能往下办，跳不过去。")
    value = _value(step, text, around)
    if value is None:
        return Read(None, _problem(step, text))
    return Read(around.seal.seal(value) if step.personal else value)


def _value(step: Step, text: str, around: Around) -> str | None:
    if step.wants in (Wants.STORY, Wants.TEXT) and asked_part(text):
        return None  # a question about the matter, not a word of the story
    return _READERS[step.wants](step, text, around)


def _choice(step: Step, text: str, _: Around) -> str | None:
    number = answers.choice(text, step.choices)
    return None if number is None else str(number)


def _amount(_: Step, text: str, __: Around) -> str | None:
    fen = fen_of(text)
    return None if fen is None else str(fen)


def _yes_no(step: Step, text: str, _: Around) -> str | None:
    said = answers.yes_no(text)
    yes, no = (YES, NO) if step.wants is Wants.YES_NO else (AGREED, DECLINED)
    return None if said is None else (yes if said else no)


def _phone(text: str) -> str | None:
    found = answers.phone(text)
    return found if found is not None and normal_phone(found) else None


_READERS: Mapping[Wants, Callable[[Step, str, Around], str | None]] = {
    Wants.CHOICE: _choice,
    Wants.STORY: lambda _, text, __: answers.story(text),
    Wants.TEXT: lambda _, text, __: answers.short_text(text),
    Wants.NAME: lambda _, text, __: answers.name(text),
    Wants.PARTY: lambda _, text, __: answers.party_name(text),
    Wants.ADDRESS: lambda _, text, __: answers.story(text),
    Wants.PHONE: lambda _, text, __: _phone(text),
    Wants.TOWNSHIP: lambda _, text, around: answers.township(text, around.townships),
    Wants.AMOUNT: _amount,
    Wants.PAST: lambda _, text, around: dates.day_or_month(text, around.today),
    Wants.COMING: lambda _, text, around: dates.day_or_month(text, around.today, future=True),
    Wants.YES_NO: _yes_no,
    Wants.CONSENT: _yes_no,
}


def _problem(step: Step, text: str) -> str:
    """What was not understood, and how it may be written. What was said before stays as it is."""
    said = clean(text)
    shown = f"“{said[:20]}{'…' if len(said) > 20 else ''}”" if said else "空的"  # noqa: PLR2004 - enough to know it again
    if step.wants is Wants.PHONE and answers.digits_in(text):
        digits = answers.digits_in(text)
        count = f"（数了一下是 {digits} 位，手机号要 {_MOBILE_DIGITS} 位）" if digits != _MOBILE_DIGITS else ""
        return f"这个号码好像不对{count}。{step.example}"
    if step.wants is Wants.CHOICE:
        return f"没看懂{shown}是哪一个，点一下或者发数字就行。"
    if step.wants in (Wants.STORY, Wants.TEXT, Wants.ADDRESS):
        return f"收到{shown}，再多写几个字，工作人员才好办。{step.example}"
    return f"没看懂{shown}。{step.example}"
