"""What a conversation remembers between two messages."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from handlers.message import Button


@dataclass(frozen=True, slots=True)
class Dialog:
    """The handlers' memory of one conversation.

    `options` are what the numbers under the last reply mean; `asked` the question that waits for a choice or led to the
    last answer; `topic` the entry of the last answer and `more` the rest of it; `denied` topics that were "not my
    case"; `failures` how often in a row nothing fitted; `confirming` what the next yes would confirm; `form` an
    application that is being filled in (`handlers.intake.draft`); `tries` on which day, and how often, somebody asked
    here for a case that is not theirs; `protected` that they were told how to leave no traces. In a chat of staff,
    `focus` is the conversation that their words go to, chosen at `focus_since` (seconds since 1970).
    """

    greeted: bool = False
    options: tuple[Button, ...] = ()
    asked: str = ""
    topic: str = ""
    more: str = ""
    denied: tuple[str, ...] = ()
    failures: int = 0
    confirming: str = ""
    form: Mapping[str, Any] = field(default_factory=dict)
    tries: str = ""
    handover: str = ""
    focus: int = 0
    focus_since: float = 0.0
    protected: bool = False

    def to_json(self) -> dict[str, Any]:
        """Only what differs from the beginning, to keep rows small."""
        begin = type(self)()
        return {name: value for name, value in asdict(self).items() if value != getattr(begin, name)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what was stored; unknown names of another version are passed over."""
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        values["options"] = tuple(Button(**option) for option in values.get("options", ()))
        values["denied"] = tuple(values.get("denied", ()))
        return cls(**values)
