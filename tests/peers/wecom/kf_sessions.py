"""kf/service_state: reading and moving a session by API (wecom.md 6.5)."""

from .errors import ApiError
from .kf_access import account_of, in_window, new_code, resident_of
from .kf_model import CodeKind, KfAccount, Session
from .model import JsonObject
from .request import Answer, AppRequest, ok
from .transitions import SessionState, api_may

_CODE_OF: dict[SessionState, CodeKind] = {
    SessionState.POOL: CodeKind.POOL,
    SessionState.HUMAN: CodeKind.HUMAN,
    SessionState.ENDED: CodeKind.ENDED,
}


def get(request: AppRequest) -> Answer:
    """POST kf/service_state/get: the state, and in state 3 who serves."""
    request.check.only(request.body, frozenset({"open_kfid", "external_userid"}), "body")
    account = account_of(request, request.body.get("open_kfid"))
    _, session = resident_of(request, account, request.body.get("external_userid"))
    reply = ok(service_state=int(session.state))
    if session.state is SessionState.HUMAN:
        reply["servicer_userid"] = session.servicer
    return reply


def trans(request: AppRequest) -> Answer:
    """POST kf/service_state/trans: move by the table; silent, unlike what servicers do in the client."""
    body = request.body
    fields = frozenset({"open_kfid", "external_userid", "service_state", "servicer_userid"})
    request.check.only(body, fields, "body")
    account = account_of(request, body.get("open_kfid"))
    external_userid, session = resident_of(request, account, body.get("external_userid"))
    wanted = _wanted(request)
    _check_move(request, session, wanted)
    servicer = _servicer(request, account, session) if wanted is SessionState.HUMAN else None
    session.state, session.servicer = wanted, servicer
    return ok(**_code(request, account, external_userid, session))


def _wanted(request: AppRequest) -> SessionState:
    number = request.check.integer(request.body, "service_state")
    if number not in set(SessionState):
        request.check.refuse(40058, "service_state", f"unknown {number}")
    return SessionState(number)


def _check_move(request: AppRequest, session: Session, wanted: SessionState) -> None:
    state = request.state
    if session.state is SessionState.ENDED:
        raise ApiError(95013)
    if not in_window(state, session):
        raise ApiError(95031)
    if not api_may(session.state, wanted, unconfirmed=state.rules.unconfirmed_transitions):
        raise ApiError(95016, f"{session.state:d} to {wanted:d}")


def _servicer(request: AppRequest, account: KfAccount, session: Session) -> str:
    """The userid of a servicer who can take the session now."""
    userid = request.body.get("servicer_userid")
    if not isinstance(userid, str) or not userid:
        request.check.refuse(40063, "servicer_userid", "required for state 3")
    servicer = account.servicers.get(userid.lower())
    member = request.corp.members.get(userid.lower())
    if servicer is None or member is None or not member.activated:
        raise ApiError(95014)
    if not request.app.sees(userid):
        raise ApiError(60030)
    if not servicer.on_duty:
        raise ApiError(95019)
    if session.state is SessionState.HUMAN and session.servicer == servicer.userid:
        raise ApiError(95016, "same servicer")
    return servicer.userid


def _code(request: AppRequest, account: KfAccount, external_userid: str, session: Session) -> JsonObject:
    """msg_code comes with the first change to 2, the first to 3, and with 4 (wecom.md 6.5)."""
    kind = _CODE_OF.get(session.state)
    if kind is None or (kind in session.coded and kind is not CodeKind.ENDED):
        return {}
    session.coded.add(kind)
    return {"msg_code": new_code(request.state, kind, account, external_userid)}
