"""Which customer-service account a call may touch, and one-shot codes (wecom.md 0, 6.4)."""

from .errors import ApiError
from .kf_model import CODE_RULES, CodeKind, KfAccount, OneShotCode, Session
from .request import AppRequest
from .state import State, random_id


def require_kf(request: AppRequest) -> None:
    """48002 unless the admin listed this app as one that may call the customer-service API."""
    if not request.app.kf_allowed:
        raise ApiError(48002, "app is not listed under customer service")


def account_of(request: AppRequest, open_kfid: object) -> KfAccount:
    """The account of this corp, managed by API; 95000, 95004 or 48007 otherwise (wecom.md 6.7)."""
    require_kf(request)
    if not isinstance(open_kfid, str) or not open_kfid:
        request.check.refuse(95000, "open_kfid", "missing or empty")
    account = request.corp.accounts.get(open_kfid)
    if account is None:
        raise ApiError(95004, "no such account in this corp")
    if not account.api_managed:
        raise ApiError(48007, "account is not managed by API")
    return account


def resident_of(request: AppRequest, account: KfAccount, external_userid: object) -> tuple[str, Session]:
    """The resident and the session with the account; 40096 for an id nobody has."""
    if not isinstance(external_userid, str) or not external_userid:
        request.check.refuse(40096, "external_userid", "missing or empty")
    return external_userid, request.state.session(account, external_userid)


def in_window(state: State, session: Session) -> bool:
    """Whether the resident wrote in the last 48 hours (wecom.md 6.3)."""
    last = session.last_message_at
    return last is not None and state.clock.now() < last + state.rules.kf_window


def new_code(state: State, kind: CodeKind, account: KfAccount, external_userid: str) -> str:
    """A fresh one-shot code of the kind (wecom.md 6.4)."""
    value = random_id("", 43)
    expires_at = state.clock.now() + CODE_RULES[kind].seconds
    state.codes[value] = OneShotCode(value, kind, account.open_kfid, external_userid, expires_at)
    return value
