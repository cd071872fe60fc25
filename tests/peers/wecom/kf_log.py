"""The message log of an account, bell tokens, and kf/sync_msg (wecom.md 6.1, 6.2)."""

import secrets

from .errors import ApiError
from .kf_access import account_of, require_kf
from .kf_model import KfAccount
from .model import JsonObject
from .request import Answer, AppRequest, ok
from .rules import MINUTE
from .state import State, random_id

_FIELDS = frozenset({"open_kfid", "cursor", "token", "limit", "voice_format"})
_PAGE_MAX = 1000
_CURSOR_BYTES = 64


def append(state: State, account: KfAccount, item: JsonObject) -> str:
    """Put one message or event at the end of the log; its msgid has the real length (wecom.md 10)."""
    with state.lock:
        msgid = "from_msgid_" + "".join(secrets.choice("123456789") for _ in range(19))
        account.log.append({"msgid": msgid, "send_time": int(state.clock.now()), **item})
        return msgid


def append_event(state: State, account: KfAccount, event: JsonObject) -> str:
    """An event: open_kfid and external_userid stand inside it only (wecom.md 6.2)."""
    event = {**event, "open_kfid": account.open_kfid}
    return append(state, account, {"origin": 4, "msgtype": "event", "event": event})


def new_bell_token(state: State, account: KfAccount) -> str:
    """A token for one bell, good for 10 minutes."""
    with state.lock:
        token = random_id("", 47)
        account.bell_tokens[token] = state.clock.now() + state.rules.bell_token_seconds
        return token


def sync_msg(request: AppRequest) -> Answer:
    """POST kf/sync_msg: a page after the cursor, perhaps short or empty although more follows."""
    request.check.only(request.body, _FIELDS, "body")
    account = _account(request)
    limit = request.check.integer(request.body, "limit", _PAGE_MAX)
    if not 1 <= limit <= _PAGE_MAX:
        request.check.refuse(40058, "limit", f"{limit} outside 1 to {_PAGE_MAX}")
    request.check.flag(request.body, "voice_format")
    start = _position(request, account)
    _check_token(request, account)
    items, end, more = _page(request, account, start, limit)
    cursor = random_id("", 40)
    account.cursors[cursor] = end
    return ok(next_cursor=cursor, has_more=int(more), msg_list=items)


def _account(request: AppRequest) -> KfAccount:
    if "open_kfid" not in request.body and not request.state.rules.sync_requires_account:
        require_kf(request)
        return next(iter(request.corp.accounts.values()))
    return account_of(request, request.body.get("open_kfid"))


def _position(request: AppRequest, account: KfAccount) -> int:
    cursor = request.body.get("cursor", "")
    if not isinstance(cursor, str) or len(cursor.encode()) > _CURSOR_BYTES:
        request.check.refuse(40058, "cursor", "not text of at most 64 bytes")
    if not cursor:
        return 0
    if cursor not in account.cursors:
        request.check.refuse(40058, "cursor", "not a cursor of this account")
    return account.cursors[cursor]


def _check_token(request: AppRequest, account: KfAccount) -> None:
    token = request.body.get("token", "")
    if token:
        if request.now >= account.bell_tokens.get(str(token), 0.0):
            raise ApiError(95007, "bell token unknown or older than 10 minutes")
        return
    key, limit = f"tokenless {account.open_kfid}", request.state.rules.tokenless_per_minute
    if not request.state.windows.allow(key, limit, MINUTE, request.now):
        raise ApiError(45009, "strict limit for calls without a token")


def _page(request: AppRequest, account: KfAccount, start: int, limit: int) -> tuple[list[JsonObject], int, bool]:
    """The items, the position after them, and whether has_more is 1."""
    rules, log = request.state.rules, account.log
    horizon = request.now - rules.sync_horizon
    while start < len(log) and log[start]["send_time"] < horizon:
        start += 1
    planned = account.page_plan.popleft() if account.page_plan else None
    size = min(limit, rules.sync_page, _PAGE_MAX if planned is None else planned)
    end = min(start + size, len(log))
    return log[start:end], end, end < len(log) or planned == 0
