"""网页授权登录: the page that sends a member's browser back with a code, and the code's one use."""

import re
from urllib.parse import quote, urlencode, urlsplit

from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from .check import Inspector
from .errors import ApiError
from .model import SignInCode
from .request import Answer, AppRequest, ok
from .state import State, random_id

PATH = "/connect/oauth2/authorize"
_ASKED = frozenset({"appid", "redirect_uri", "response_type", "scope", "state", "agentid"})
_STATE = re.compile(r"[A-Za-z0-9]{1,128}")


def route(state: State) -> Route:
    """The page as the browser of `state.visitor` sees it."""

    async def authorize(request: HttpRequest) -> Response:
        with state.lock:
            return _authorize(state, dict(request.query_params))

    return Route(PATH, authorize, methods=["GET"])


def get_user_info(request: AppRequest) -> Answer:
    """GET auth/getuserinfo: who came with this code; 40029 for one that is used, too old, or of another app."""
    request.check.only(request.request.query, frozenset({"access_token", "code"}), "query")
    value = request.request.query.get("code", "")
    code = request.state.sign_in_codes.pop(value, None)
    if code is None or code.agentid != request.app.agentid:
        raise ApiError(40029, "unknown or used code")
    if request.now >= code.issued_at + request.state.rules.sign_in_code_seconds:
        raise ApiError(40029, "code expired")
    member = request.corp.members.get(code.userid.lower())
    return ok(userid=member.userid) if member else ok(openid=random_id("oA", 28))


def _authorize(state: State, asked: dict[str, str]) -> Response:
    check = Inspector(state, PATH)
    check.only(asked, _ASKED, "query")
    corp = state.corps.get(asked.get("appid", ""))
    agentid = asked.get("agentid", "")
    if corp is None or not agentid.isdigit() or int(agentid) not in corp.apps:
        return _broken(check, "appid or agentid", "unknown")
    if asked.get("response_type") != "code" or asked.get("scope") != "snsapi_base":
        return _broken(check, "response_type or scope", "wanted code and snsapi_base")
    if not _STATE.fullmatch(asked.get("state", "")):
        return _broken(check, "state", "wanted up to 128 of a-zA-Z0-9")
    target = asked.get("redirect_uri", "")
    if urlsplit(target).netloc not in state.trusted_domains:
        return HTMLResponse("<h1>redirect_uri 与可信域名不一致 (50001)</h1>", 200)
    code = random_id("", 43)
    state.sign_in_codes[code] = SignInCode(int(agentid), state.visitor, state.clock.now())
    joint = "&" if urlsplit(target).query else "?"
    return RedirectResponse(
        f"{target}{joint}{urlencode({'code': code, 'state': asked['state']}, quote_via=quote)}", 302
    )


def _broken(check: Inspector, where: str, problem: str) -> Response:
    check.note(where, problem)
    return HTMLResponse("<h1>参数错误</h1>", 200)
