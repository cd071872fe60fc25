"""What a member of staff types that is a command. Everything else is for the resident."""

import re
from dataclasses import dataclass
from enum import StrEnum

from knowledge.normalize import plain


class Verb(StrEnum):
    """What is to be done."""

    QUEUE = "待接"
    MINE = "我的接待"
    SEE = "看"
    END = "结束"
    BACK = "放回"
    HAND_ON = "转给"
    NOTE = "备注"
    CANNED = "常用语"
    SAY = "说"
    HELP = "帮助"


@dataclass(frozen=True, slots=True)
class Command:
    """A verb, and what it is about: "" where only the verb was written."""

    verb: Verb
    about: str = ""


_ALONE = {
    "待接": Verb.QUEUE,
    "队列": Verb.QUEUE,
    "待接队列": Verb.QUEUE,
    "我的接待": Verb.MINE,
    "在办": Verb.MINE,
    "看": Verb.MINE,
    "结束": Verb.END,
    "办结": Verb.END,
    "放回": Verb.BACK,
    "转给": Verb.HAND_ON,
    "备注": Verb.NOTE,
    "常用语": Verb.CANNED,
    "帮助": Verb.HELP,
}
_GAP = r"(?:\s+|\s*[:：]\s*)"
# What follows without a gap is only taken where it cannot be a sentence for the resident.
_WITH = (
    (re.compile(rf"看(?:{_GAP})?((?:RG|JR|C)[\d-]+)", re.IGNORECASE), Verb.SEE),
    (re.compile(rf"看{_GAP}([\w-]+)"), Verb.SEE),
    (re.compile(r"转给\s*[:：]?\s*(\w{2,6})"), Verb.HAND_ON),
    (re.compile(rf"备注{_GAP}(.+)", re.DOTALL), Verb.NOTE),
    (re.compile(rf"说{_GAP}(.+)", re.DOTALL), Verb.SAY),
    (re.compile(rf"常用语{_GAP}(.+)"), Verb.CANNED),
)


def command(text: str) -> Command | None:
    """The command in these words, or None."""
    verb = _ALONE.get(plain(text))
    if verb is not None:
        return Command(verb)
    said = text.strip()
    for pattern, meant in _WITH:
        found = pattern.fullmatch(said)
        if found is not None:
            return Command(meant, found[1].strip())
    return None
