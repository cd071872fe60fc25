"""From a path and bytes to an answer: the table of endpoints, the token check, the record of calls."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from . import (
    app_messages,
    card_updates,
    kf_directory,
    kf_log,
    kf_send,
    kf_sessions,
    media,
    oauth,
    tokens,
    webhook,
)
from .errors import ApiError, error_body
from .model import Call, JsonObject
from .request import Answer, AppHandler, FileAnswer, OpenHandler, Request, parse_body
from .rules import MINUTE
from .state import State

PREFIX = "/cgi-bin/"
_GET = frozenset({"GET"})
_POST = frozenset({"POST"})
_UPLOADS = frozenset({"media/upload", "webhook/upload_media"})

OPEN: dict[str, tuple[frozenset[str], OpenHandler]] = {
    "gettoken": (_GET, tokens.get_token),
    "webhook/send": (_POST, webhook.send),
    "webhook/upload_media": (_POST, webhook.upload_media),
}
"""Endpoints without access_token."""

WITH_TOKEN: dict[str, tuple[frozenset[str], AppHandler]] = {
    "getcallbackip": (_GET, tokens.callback_ips),
    "auth/getuserinfo": (_GET, oauth.get_user_info),
    "message/send": (_POST, app_messages.send),
    "message/recall": (_POST, app_messages.recall),
    "message/update_template_card": (_POST, card_updates.update),
    "media/upload": (_POST, media.upload),
    "media/get": (_GET, media.get),
    "kf/sync_msg": (_POST, kf_log.sync_msg),
    "kf/send_msg": (_POST, kf_send.send_msg),
    "kf/send_msg_on_event": (_POST, kf_send.send_msg_on_event),
    "kf/service_state/get": (_POST, kf_sessions.get),
    "kf/service_state/trans": (_POST, kf_sessions.trans),
    "kf/account/list": (_GET | _POST, kf_directory.account_list),
    "kf/servicer/list": (_GET, kf_directory.servicer_list),
    "kf/add_contact_way": (_POST, kf_directory.add_contact_way),
    "kf/customer/batchget": (_POST, kf_directory.customer_batchget),
}
"""Endpoints that want the access_token of an app."""


@dataclass(frozen=True)
class Wire:
    """An HTTP answer, ready to send."""

    status: int
    headers: dict[str, str]
    body: bytes


def as_json(body: JsonObject, status: int = 200) -> Wire:
    """JSON as the platform sends it: status 200 also for errors, text as UTF-8."""
    data = json.dumps(body, ensure_ascii=False).encode()
    return Wire(status, {"content-type": "application/json; charset=UTF-8"}, data)


def _render(answer: Answer) -> Wire:
    if isinstance(answer, FileAnswer):
        return Wire(answer.status, answer.headers, answer.data)
    return as_json(answer)


def record(
    state: State, path: str, method: str, query: Mapping[str, str], raw: bytes, errcode: int | None = None
) -> Call:
    """Write down a call before anything is done about it."""
    with state.lock:
        call = Call(path, method, dict(query), parse_body(raw), state.clock.now(), errcode)
        state.calls.append(call)
        return call


def serve(state: State, call: Call, headers: Mapping[str, str], raw: bytes) -> Wire:
    """Do the work of one recorded call."""
    with state.lock:
        known = call.path in OPEN or call.path in WITH_TOKEN
        if not known:
            state.note(call.path, "path", "unknown endpoint")
            return Wire(404, {"content-type": "text/html"}, b"<html>404 Not Found</html>")
        try:
            answer = _handle(state, call, headers, raw)
        except ApiError as error:
            answer = error_body(error.errcode, error.hint)
        call.errcode = None if isinstance(answer, FileAnswer) else answer["errcode"]
        return _render(answer)


def _handle(state: State, call: Call, headers: Mapping[str, str], raw: bytes) -> Answer:
    methods = OPEN[call.path][0] if call.path in OPEN else WITH_TOKEN[call.path][0]
    request = Request(state, call.path, call.query, headers, raw, call.body or {})
    if call.method not in methods:
        request.check.refuse(43001 if call.method == "POST" else 43002, "method", f"{call.method} not allowed")
    limit = state.rules.calls_per_minute.get(call.path)
    if limit is not None and not state.windows.allow(f"calls {call.path}", limit, MINUTE, request.now):
        raise ApiError(45009, "calls per minute")
    if call.path in OPEN:
        _require_json(request, call)
        return OPEN[call.path][1](request)
    # The token is judged before the body: an expired one must not hide behind a bad parameter.
    authorised = tokens.authorise(request)
    _require_json(request, call)
    return WITH_TOKEN[call.path][1](authorised)


def _require_json(request: Request, call: Call) -> None:
    if call.method == "POST" and call.path not in _UPLOADS and call.body is None:
        request.check.refuse(47001, "body", "not a JSON object in UTF-8")
