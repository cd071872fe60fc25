"""What may be said in any step of a form beside its answer."""

import re
from dataclasses import dataclass
from enum import StrEnum

from knowledge.normalize import plain


class Command(StrEnum):
    """One thing to do with the form."""

    BACK = "back"
    CHANGE = "change"  # `number`: the step to go back to
    PAUSE = "pause"
    GO_ON = "go"
    CANCEL = "cancel"
    SKIP = "skip"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Said:
    """A command, with the step's number where one was named."""

    command: Command
    number: int = 0


_HAN = "一二三四五六七八九十"
_CHANGE = re.compile(
    rf"^(?:我要|我想)?(?:改|修改|更改|重填)(?:一下|下)?第?(\d{{1,2}}|[{_HAN}]{{1,2}})(?:项|步|个|条|题|号)?(?:吧|嘛)?$"
)
_LATER = "先停|停一下|等一下|等会儿?|等下|先放着|一会儿?再填|待会儿?再填|以后再填|先问别的|先问个别的"
_NO_MORE = "不填了|不办了|不申请了|不登记了|不弄了|算了不填了|取消登记|取消申请|放弃"
_WORDS = {
    Command.BACK: re.compile(r"^(?:返回|退回|回到|退到|回)?上(?:一)?(?:步|题|个问题|一个)(?:吧|嘛)?$|^(?:返回|退回)$"),
    Command.PAUSE: re.compile(rf"^(?:暂停|{_LATER})(?:吧|嘛|一下|再填)?$"),
    Command.GO_ON: re.compile(r"^(?:继续|接着|接着填|继续填|接到填|继续填表|接着来|恢复)(?:吧|嘛)?$"),
    Command.CANCEL: re.compile(rf"^(?:取消|{_NO_MORE})(?:吧|嘛)?$"),
    Command.SKIP: re.compile(r"^(?:跳过|跳过这(?:一)?(?:步|项|题)|下(?:一)?步|过)(?:吧|嘛)?$"),
    Command.MORE: re.compile(r"^更多$"),
}


def command(text: str) -> Said | None:
    """The command that the whole text is; None where it is something else."""
    words = plain(text)
    found = _CHANGE.match(words)
    if found is not None:
        return Said(Command.CHANGE, _number(found[1]))
    return next((Said(one) for one, pattern in _WORDS.items() if pattern.match(words)), None)


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text.startswith("十"):
        return 10 + (_HAN.index(text[1]) + 1 if len(text) > 1 else 0)
    return _HAN.index(text[0]) + 1 if len(text) == 1 else 0
