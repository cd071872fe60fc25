"""Every number and every unconfirmed choice of the peer, as settings a test may change."""

from dataclasses import dataclass, field

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0


@dataclass
class Rules:
    """Limits with the place they come from; those the reference does not confirm are marked [K]."""

    token_seconds: float = 7200.0
    """Life of an access_token (wecom.md 1)."""
    wrong_secret_limit: int = 10
    """Wrong secrets from one address before the ban; the number is [K] (wecom.md 1)."""
    wrong_secret_ban: float = HOUR
    """How long the ban lasts (wecom.md 1)."""
    sign_in_code_seconds: float = 5 * MINUTE
    """Life of the code of 网页授权; it is good once (developer.work.weixin.qq.com, 构造网页授权链接)."""
    calls_per_minute: dict[str, int] = field(default_factory=dict)
    """Extra limits by path, e.g. {"kf/send_msg": 100}; empty because base limits are out of a test's reach."""

    member_per_minute: int = 30
    """Messages one member gets from one app per minute; more vanish silently (wecom.md 4.1)."""
    member_per_hour: int = 1000
    """The same per hour (wecom.md 4.1)."""
    sends_per_account: int = 200
    """Person-sends per day and app = account cap times this (wecom.md 4.1)."""
    recall_seconds: float = DAY
    """How long message/recall works (wecom.md 4.1)."""
    response_code_seconds: float = 72 * HOUR
    """Life of a response_code (wecom.md 4.2)."""
    used_response_code: int = 60140
    """Answer for a used response_code; 42022 is the other candidate [K] (wecom.md 4.2)."""

    media_seconds: float = 3 * DAY
    """Life of uploaded media (wecom.md 4.4)."""
    media_get_max: int = 50 * 2**20
    """Files beyond need a Range header, else 830002; the number is [K] (wecom.md 4.4)."""
    raw_utf8_file_names: bool = False
    """Send Content-Disposition names as raw UTF-8 bytes instead of RFC 5987; neither form is confirmed."""

    webhook_per_minute: int = 20
    """Messages per group webhook (wecom.md 5)."""

    kf_window: float = 48 * HOUR
    """How long after the resident's last message the API may answer (wecom.md 6.3)."""
    kf_budget: int = 5
    """Messages since the resident's last one (wecom.md 6.3)."""
    over_window: int = 95002
    """Answer after 48 hours; pages also name 95018 (wecom.md 6.3, 6.7)."""
    repeated_msgid_first: bool = True
    """Whether 95033 wins over state, window and budget; the order is not documented."""
    unconfirmed_transitions: bool = True
    """Allow 0, 1, 2 -> 4 by API, known only from third parties (wecom.md 6.5)."""
    sync_horizon: float = 3 * DAY
    """Age up to which sync_msg returns messages (wecom.md 6.2)."""
    sync_page: int = 1000
    """Greatest page; lower it to get short pages with has_more=1 (wecom.md 6.2)."""
    bell_token_seconds: float = 10 * MINUTE
    """Life of the token in a bell (wecom.md 6.1)."""
    tokenless_per_minute: int = 10
    """sync_msg calls without token per account; "strict", the number is [K] (wecom.md 6.2)."""
    sync_requires_account: bool = True
    """Off lets older clients sync without open_kfid (wecom.md 6.2, wecom-libraries.md 4)."""
