"""kf/send_msg and kf/send_msg_on_event: the two ways to answer a resident (wecom.md 6.3, 6.4)."""

import re

from .errors import ApiError
from .kf_access import account_of, in_window, require_kf, resident_of
from .kf_bodies import MSGTYPES, read_body
from .kf_model import CODE_RULES, CodeKind, KfAccount, KfSent, OneShotCode, Session
from .model import JsonObject
from .request import Answer, AppRequest, ok
from .state import random_id
from .transitions import SENDABLE

_MSGID = re.compile(r"[0-9a-zA-Z_-]{1,32}")


def send_msg(request: AppRequest) -> Answer:
    """POST kf/send_msg: in state 0 or 1, inside 48 hours, 5 messages at most, msgid unique."""
    body = request.body
    msgtype = _msgtype(request, MSGTYPES)
    request.check.only(body, frozenset({"touser", "open_kfid", "msgid", "msgtype", msgtype}), "body")
    account = account_of(request, body.get("open_kfid"))
    external_userid, session = resident_of(request, account, body.get("touser"))
    msgid = _msgid(request, account)
    content = read_body(request, msgtype)
    _check_session(request, session)
    _claim(account, msgid)
    session.sent_since += 1
    _keep(request, account, external_userid, msgid, content, via="send_msg")
    return ok(msgid=msgid)


def _msgtype(request: AppRequest, allowed: frozenset[str]) -> str:
    msgtype = request.body.get("msgtype")
    if not isinstance(msgtype, str) or msgtype not in allowed:
        request.check.refuse(40008, "msgtype", f"not allowed here: {msgtype!r}")
    return msgtype


def _msgid(request: AppRequest, account: KfAccount) -> str:
    """The client's msgid, or one of ours; an empty string is refused (wecom.md 10)."""
    if "msgid" not in request.body:
        return random_id("", 32)
    msgid = request.body["msgid"]
    if not isinstance(msgid, str) or not _MSGID.fullmatch(msgid):
        request.check.refuse(40058, "msgid", f"bad msgid {msgid!r}")
    if request.state.rules.repeated_msgid_first and msgid in account.msgids:
        raise ApiError(95033)
    return msgid


def _claim(account: KfAccount, msgid: str) -> None:
    if msgid in account.msgids:
        raise ApiError(95033)
    account.msgids.add(msgid)


def _check_session(request: AppRequest, session: Session) -> None:
    state = request.state
    if session.state not in SENDABLE:
        raise ApiError(95018, f"session is in state {session.state:d}")
    if not in_window(state, session):
        raise ApiError(state.rules.over_window, "48 hours are over")
    if session.sent_since >= state.rules.kf_budget:
        raise ApiError(95001, f"{session.sent_since} messages since the resident's last one")


def _keep(
    request: AppRequest,
    account: KfAccount,
    external_userid: str,
    msgid: str,
    content: JsonObject,
    *,
    via: str,
) -> None:
    # Kept apart from the log on purpose: sync_msg never returns what the API sent (wecom.md 6.2).
    msgtype = request.body["msgtype"]
    sent = KfSent(msgid, account.open_kfid, external_userid, msgtype, content, request.now, via)
    account.sent.append(sent)


def send_msg_on_event(request: AppRequest) -> Answer:
    """POST kf/send_msg_on_event: one message for one code, outside the budget (wecom.md 6.4)."""
    require_kf(request)
    msgtype = _msgtype(request, frozenset({"text", "msgmenu"}))
    request.check.only(request.body, frozenset({"code", "msgid", "msgtype", msgtype}), "body")
    code = request.state.codes.get(str(request.body.get("code")))
    if code is None or code.open_kfid not in request.corp.accounts:
        raise ApiError(95007, "unknown code")
    account = account_of(request, code.open_kfid)
    session = request.state.session(account, code.external_userid)
    msgid = _msgid(request, account)
    _check_code(request, code, session, msgtype)
    content = read_body(request, msgtype, on_event=True)
    _claim(account, msgid)
    code.used = True
    if code.kind is CodeKind.WELCOME:
        session.last_welcome_at = request.now
    _keep(request, account, code.external_userid, msgid, content, via="send_msg_on_event")
    return ok(msgid=msgid)


def _check_code(request: AppRequest, code: OneShotCode, session: Session, msgtype: str) -> None:
    rule = CODE_RULES[code.kind]
    if code.used or request.now >= code.expires_at:
        raise ApiError(95007, "code was used" if code.used else "code is too old")
    if rule.state is not None and session.state is not rule.state:
        raise ApiError(95018, f"session left state {rule.state:d}")
    if msgtype not in rule.msgtypes:
        request.check.refuse(40008, "msgtype", f"{msgtype} does not go with a {code.kind.value} code")
