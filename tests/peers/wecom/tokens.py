"""Access tokens: issue, check, and the ban for guessing secrets (wecom.md 1)."""

from .errors import ApiError
from .model import AccessToken, App
from .request import Answer, AppRequest, Request, ok
from .state import State, random_id

_SECRET_WINDOW = 3600.0


def get_token(request: Request) -> Answer:
    """GET gettoken: the same token while it is valid, 40001 for a wrong secret, 45009 during the ban."""
    state, now = request.state, request.now
    if now < state.banned_until:
        raise ApiError(45009, "too many wrong secrets from this ip")
    request.check.only(request.query, frozenset({"corpid", "corpsecret"}), "query")
    corp = state.corps.get(request.query.get("corpid", ""))
    if corp is None:
        raise ApiError(40013)
    secret = request.query.get("corpsecret", "")
    app = next((app for app in corp.apps.values() if app.secret == secret), None)
    if app is None:
        _count_wrong_secret(state, now)
        raise ApiError(40001, "wrong secret")
    if not app.enabled:
        raise ApiError(50003)
    token = _valid_token(app, now) or _issue(state, app, now)
    return ok(access_token=token.value, expires_in=round(token.expires_at - now))


def _count_wrong_secret(state: State, now: float) -> None:
    state.windows.add("wrong secret", now)
    if state.windows.count("wrong secret", _SECRET_WINDOW, now) >= state.rules.wrong_secret_limit:
        state.banned_until = now + state.rules.wrong_secret_ban


def _valid_token(app: App, now: float) -> AccessToken | None:
    token = app.token
    # The last second counts as over: a client must not get a token with expires_in 0.
    return token if token and token.expires_at - now >= 1 else None


def _issue(state: State, app: App, now: float) -> AccessToken:
    token = AccessToken(random_id("", 214), app.corpid, app.agentid, now + state.rules.token_seconds)
    state.tokens[token.value] = token
    app.token = token
    return token


def authorise(request: Request) -> AppRequest:
    """Who calls: 41001 without a token, 40014 for an unknown one, 42001 for an old one (wecom.md 9.2)."""
    if "access_token" in request.body:
        request.check.note("body.access_token", "the token belongs into the query")
    value = request.query.get("access_token")
    if not value:
        raise ApiError(41001)
    token = request.state.tokens.get(value)
    if token is None:
        raise ApiError(40014)
    if token.refusal is not None:
        raise ApiError(token.refusal, "revoked")
    if request.now >= token.expires_at:
        raise ApiError(42001)
    corp = request.state.corps[token.corpid]
    app = corp.apps[token.agentid]
    if not app.enabled:
        raise ApiError(50003)
    return AppRequest(request, corp, app)


def own_agent(request: AppRequest) -> None:
    """The body's agentid must be the app whose token is used; 301002 otherwise (wecom.md 9.2)."""
    agentid = request.check.integer(request.body, "agentid")
    if agentid not in request.corp.apps:
        raise ApiError(40056)
    if agentid != request.app.agentid:
        raise ApiError(301002, f"token belongs to {request.app.agentid}")


def callback_ips(request: AppRequest) -> Answer:
    """GET getcallbackip: the addresses from which callbacks come (wecom.md 2.2)."""
    return ok(ip_list=list(request.state.callback_ips))
