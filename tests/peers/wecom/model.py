"""What the peer keeps in mind about a corp: apps, members, media, app messages, cards, calls."""

from dataclasses import dataclass, field
from typing import Any

from .crypto import CallbackCrypto
from .kf_model import KfAccount

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Violation:
    """Something sent to the peer that a correct client never sends."""

    path: str
    where: str
    problem: str


@dataclass
class Call:
    """One request that reached the peer, with what it answered (`errcode` is None for bytes or a reset)."""

    path: str
    method: str
    query: dict[str, str]
    body: JsonObject | None
    at: float
    errcode: int | None = None


@dataclass
class Member:
    """A WeCom member; ids compare without case."""

    userid: str
    activated: bool = True


@dataclass
class AccessToken:
    """One issued token; `refusal` is the errcode that a forced revocation gives it."""

    value: str
    corpid: str
    agentid: int
    expires_at: float
    refusal: int | None = None


@dataclass
class App:
    """A self-built app with its secret and its callback keys (wecom.md 0, 2)."""

    corpid: str
    agentid: int
    secret: str
    callback_token: str
    aes_key: str
    enabled: bool = True
    kf_allowed: bool = True
    callback_set: bool = True
    visible: set[str] | None = None
    """Lower-cased userids in the app's range; None means everybody."""
    token: AccessToken | None = None
    task_ids: set[str] = field(default_factory=set)

    @property
    def crypto(self) -> CallbackCrypto:
        """The cipher of this app's callback."""
        return CallbackCrypto(self.callback_token, self.aes_key, self.corpid)

    def sees(self, userid: str) -> bool:
        """Whether the member is in the app's visible range."""
        return self.visible is None or userid.lower() in self.visible


@dataclass
class Corp:
    """One corp; members are keyed by their lower-cased userid."""

    corpid: str
    account_cap: int = 1000
    apps: dict[int, App] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    departments: dict[str, set[str]] = field(default_factory=dict)
    tags: dict[str, set[str]] = field(default_factory=dict)
    accounts: dict[str, KfAccount] = field(default_factory=dict)


@dataclass(frozen=True)
class SignInCode:
    """What the page of 网页授权 gave a browser: of which app, for whom, when."""

    agentid: int
    userid: str
    issued_at: float


@dataclass
class Media:
    """An uploaded file; `owner` is a corpid or ``webhook:<key>`` (wecom.md 4.4, 5)."""

    media_id: str
    kind: str
    file_name: str
    data: bytes
    created_at: float
    owner: str


@dataclass
class Webhook:
    """A group robot by its secret key (wecom.md 5)."""

    key: str
    enabled: bool = True
    allowed: bool = True
    sent: list[JsonObject] = field(default_factory=list)


@dataclass
class CardView:
    """What one receiver sees of a card; `replaced` is the grey text that took the button's place."""

    card: JsonObject
    replaced: str | None = None


@dataclass
class AppMessage:
    """One message/send or passive reply, with who got it and who did not and why."""

    msgid: str
    agentid: int
    body: JsonObject
    sent_at: float
    via: str = "message/send"
    delivered: list[str] = field(default_factory=list)
    dropped: dict[str, str] = field(default_factory=dict)
    views: dict[str, CardView] = field(default_factory=dict)
    recalled: bool = False


@dataclass
class ResponseCode:
    """Permission to change a card once; `userid` is set when it came from that member's click (wecom.md 10)."""

    value: str
    msgid: str
    expires_at: float
    userid: str | None = None
    used: bool = False
