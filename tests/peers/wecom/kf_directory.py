"""Accounts, servicers, contact links and residents' profiles (wecom.md 6.6)."""

import re
from urllib.parse import quote

from .kf_access import account_of, in_window, require_kf
from .kf_model import KfAccount, Session
from .model import JsonObject
from .request import Answer, AppRequest, ok
from .state import random_id

_SCENE = re.compile(r"[0-9a-zA-Z_-]*")
_ACCOUNTS_MAX = 100
_CUSTOMERS_MAX = 100


def account_list(request: AppRequest) -> Answer:
    """kf/account/list: the accounts this app manages, page by page; GET lists the first page."""
    require_kf(request)
    body, check = request.body, request.check
    check.only(body, frozenset({"offset", "limit"}), "body")
    offset, limit = check.integer(body, "offset", 0), check.integer(body, "limit", _ACCOUNTS_MAX)
    if offset < 0 or not 1 <= limit <= _ACCOUNTS_MAX:
        check.refuse(40058, "limit", f"offset {offset}, limit {limit}")
    managed = [account for account in request.corp.accounts.values() if account.api_managed]
    rows = [
        {
            "open_kfid": account.open_kfid,
            "name": account.name,
            "avatar": "https://wework.qpic.cn/wwpic/peer/0",
            "manage_privilege": True,
        }
        for account in managed[offset : offset + limit]
    ]
    return ok(account_list=rows)


def servicer_list(request: AppRequest) -> Answer:
    """GET kf/servicer/list: rows of members, and rows of departments without status (wecom.md 10)."""
    query = request.request.query
    request.check.only(query, frozenset({"access_token", "open_kfid"}), "query")
    account = account_of(request, query.get("open_kfid"))
    rows: list[JsonObject] = []
    for servicer in account.servicers.values():
        row: JsonObject = {"userid": servicer.userid, "status": 0 if servicer.on_duty else 1}
        if not servicer.on_duty:
            row["stop_type"] = 1 if servicer.paused else 0
        rows.append(row)
    rows += [{"department_id": department} for department in account.departments]
    return ok(servicer_list=rows)


def add_contact_way(request: AppRequest) -> Answer:
    """POST kf/add_contact_way: an address that already has a query, so more is added with & (wecom.md 10)."""
    request.check.only(request.body, frozenset({"open_kfid", "scene"}), "body")
    account_of(request, request.body.get("open_kfid"))
    scene = request.body.get("scene", "")
    if not isinstance(scene, str) or len(scene.encode()) > 32 or not _SCENE.fullmatch(scene):
        request.check.refuse(40058, "scene", f"bad scene {scene!r}")
    link = random_id("kfc", 20)
    return ok(url=f"https://work.weixin.qq.com/kfid/{link}?enc_scene={quote(random_id('ENC', 40))}")


def _latest_session(accounts: list[KfAccount], external_userid: str) -> Session | None:
    sessions = (account.sessions.get(external_userid) for account in accounts)
    known = [session for session in sessions if session is not None]
    return max(known, key=lambda session: session.last_message_at or 0.0, default=None)


def customer_batchget(request: AppRequest) -> Answer:
    """POST kf/customer/batchget: those not active in 48 hours come back as invalid, errcode 0."""
    require_kf(request)
    body, check = request.body, request.check
    check.only(body, frozenset({"external_userid_list", "need_enter_session_context"}), "body")
    ids = body.get("external_userid_list")
    if not isinstance(ids, list) or not 1 <= len(ids) <= _CUSTOMERS_MAX:
        check.refuse(40058, "external_userid_list", f"wanted 1 to {_CUSTOMERS_MAX} ids")
    context = check.flag(body, "need_enter_session_context")
    found: list[JsonObject] = []
    invalid: list[str] = []
    accounts = list(request.corp.accounts.values())
    for external_userid in map(str, ids):
        session = _latest_session(accounts, external_userid)
        if session is None or not in_window(request.state, session):
            invalid.append(external_userid)
        else:
            found.append(_customer(external_userid, session, context=context))
    return ok(customer_list=found, invalid_external_userid=invalid)


def _customer(external_userid: str, session: Session, *, context: bool) -> JsonObject:
    row: JsonObject = {
        "external_userid": external_userid,
        "nickname": f"resident {external_userid[-4:]}",
        "avatar": "https://wx.qlogo.cn/mmhead/peer/0",
        "gender": 0,
    }
    if context:
        row["enter_session_context"] = {"scene": session.scene, "scene_param": session.scene_param}
    return row
