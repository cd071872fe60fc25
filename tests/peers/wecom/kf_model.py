"""What the peer keeps in mind about customer service: accounts, sessions, log, one-shot codes."""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .transitions import SessionState


class CodeKind(Enum):
    """The occasions on which a one-shot code is given (wecom.md 6.4)."""

    WELCOME = "welcome"
    POOL = "pool"
    HUMAN = "human"
    ENDED = "ended"


@dataclass(frozen=True)
class CodeRule:
    """Life, message types and binding of one kind of code."""

    seconds: float
    msgtypes: frozenset[str]
    state: SessionState | None


_TEXT = frozenset({"text"})
_MENU = frozenset({"text", "msgmenu"})
CODE_RULES: dict[CodeKind, CodeRule] = {
    CodeKind.WELCOME: CodeRule(20.0, _MENU, None),
    CodeKind.POOL: CodeRule(48 * 3600.0, _TEXT, SessionState.POOL),
    CodeKind.HUMAN: CodeRule(48 * 3600.0, _TEXT, SessionState.HUMAN),
    CodeKind.ENDED: CodeRule(20.0, _MENU, SessionState.ENDED),
}
"""The table of wecom.md 6.4; a bound code works only while the session is in that state."""


@dataclass
class OneShotCode:
    """A code for kf/send_msg_on_event."""

    value: str
    kind: CodeKind
    open_kfid: str
    external_userid: str
    expires_at: float
    used: bool = False


@dataclass
class Servicer:
    """A member who serves an account; `status` 0 is on duty, 1 is off (wecom.md 6.6)."""

    userid: str
    on_duty: bool = True
    paused: bool = False


@dataclass
class Session:
    """One resident's session with one account (wecom.md 6.5)."""

    state: SessionState = SessionState.ENDED
    servicer: str | None = None
    last_message_at: float | None = None
    sent_since: int = 0
    last_welcome_at: float | None = None
    coded: set[CodeKind] = field(default_factory=set)
    scene: str = ""
    scene_param: str = ""


@dataclass
class KfSent:
    """A message that the API sent to a resident; `fail_type` is set by a late msg_send_fail."""

    msgid: str
    open_kfid: str
    external_userid: str
    msgtype: str
    body: dict[str, Any]
    sent_at: float
    via: str
    fail_type: int | None = None


@dataclass
class KfAccount:
    """A customer-service account with its append-only log (wecom.md 6.2, 6.6)."""

    open_kfid: str
    name: str
    api_managed: bool = True
    servicers: dict[str, Servicer] = field(default_factory=dict)
    departments: list[int] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    cursors: dict[str, int] = field(default_factory=dict)
    bell_tokens: dict[str, float] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    msgids: set[str] = field(default_factory=set)
    sent: list[KfSent] = field(default_factory=list)
    page_plan: deque[int] = field(default_factory=deque)
    """Sizes of the next pages; 0 is an empty page with has_more=1."""
