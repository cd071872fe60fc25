"""What the desk may not or cannot do, in words for the member of staff who tried."""

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """What kind of a refusal it is, for programs."""

    NOT_FOUND = "not_found"  # or nothing of theirs: one word for both
    FORBIDDEN = "forbidden"
    TAKEN = "taken"
    NOT_YOURS = "not_yours"
    PLATFORM = "platform"
    WINDOW = "window"
    INPUT = "input"
    STATE = "state"  # not from where it stands
    STALE = "stale"  # somebody else changed it meanwhile


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed. `words` say why, and what can be done."""

    why: Why
    words: str


NOT_FOUND = Refused(Why.NOT_FOUND, "没有这条记录，或者不在您的范围里。")
NOT_YOURS = Refused(Why.NOT_YOURS, "这个会话现在不在您手上，刷新一下看看是谁在接待。")
