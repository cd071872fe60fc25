"""message/send and message/recall: what staff get from the self-built app (wecom.md 4.1)."""

import json

from .app_bodies import MEDIA_TYPES, MSGTYPES, read_body
from .cards import calls_back, gives_code
from .errors import ApiError
from .model import AppMessage, CardView, JsonObject, ResponseCode
from .receivers import find_receivers
from .request import Answer, AppRequest, ok
from .rules import DAY, HOUR, MINUTE
from .state import State, random_id
from .tokens import own_agent

_FIELDS = frozenset(
    {
        "touser",
        "toparty",
        "totag",
        "msgtype",
        "agentid",
        "safe",
        "enable_id_trans",
        "enable_duplicate_check",
        "duplicate_check_interval",
    }
)
_LONGEST_INTERVAL = 4 * 3600


def send(request: AppRequest) -> Answer:
    """POST message/send; partial failure still answers 0, surplus and repeats vanish silently."""
    own_agent(request)
    msgtype = request.body.get("msgtype")
    if not isinstance(msgtype, str) or msgtype not in MSGTYPES:
        request.check.refuse(40008, "msgtype", f"unknown {msgtype!r}")
    request.check.only(request.body, _FIELDS | {msgtype}, "body")
    for key in ("safe", "enable_id_trans"):
        request.check.flag(request.body, key)
    receivers = find_receivers(request)
    content = read_body(request.check, msgtype, request.body)
    if msgtype in MEDIA_TYPES:
        request.state.live_media(request.corp.corpid, content["media_id"], msgtype)
    repeated = _repeated(request)
    if msgtype == "template_card" and not repeated:
        _claim_task_id(request, content)
    message = AppMessage(random_id("", 40), request.app.agentid, {**request.body, msgtype: content}, request.now)
    _deliver(request, message, receivers.members, repeated=repeated)
    reply = ok(msgid=message.msgid, **receivers.errors())
    if msgtype == "template_card" and gives_code(content):
        reply["response_code"] = new_response_code(request.state, message.msgid)
    return reply


def new_response_code(state: State, msgid: str, userid: str | None = None) -> str:
    """One more single-use permission to change the card (wecom.md 4.2, 10)."""
    expires_at = state.clock.now() + state.rules.response_code_seconds
    code = ResponseCode(random_id("", 44), msgid, expires_at, userid)
    state.response_codes[code.value] = code
    return code.value


def _claim_task_id(request: AppRequest, card: JsonObject) -> None:
    if calls_back(card) and not request.app.callback_set:
        raise ApiError(43012, "card with callback needs a callback url")
    task_id = card.get("task_id")
    if task_id is None:
        return
    if task_id in request.app.task_ids:
        request.check.refuse(42014, "template_card.task_id", f"used before: {task_id}")
    request.app.task_ids.add(task_id)


def _repeated(request: AppRequest) -> bool:
    """Whether the identical JSON was sent inside the interval, if the client asked for that check."""
    interval = request.check.integer(request.body, "duplicate_check_interval", 1800)
    if not 0 < interval <= _LONGEST_INTERVAL:
        request.check.note("duplicate_check_interval", f"{interval} outside 1 to {_LONGEST_INTERVAL}")
        interval = _LONGEST_INTERVAL
    if not request.check.flag(request.body, "enable_duplicate_check"):
        return False
    key = json.dumps([request.corp.corpid, request.body], sort_keys=True)
    before = request.state.sent_bodies.get(key)
    if before is not None and request.now < before + interval:
        return True
    request.state.sent_bodies[key] = request.now
    return False


def _deliver(request: AppRequest, message: AppMessage, members: list[str], *, repeated: bool) -> None:
    state, day_key = request.state, f"day {request.app.corpid} {request.app.agentid}"
    cap = request.corp.account_cap * state.rules.sends_per_account
    if state.windows.count(day_key, DAY, request.now) + len(members) > cap:
        raise ApiError(45009, "person-sends of this app today")
    for userid in members:
        state.windows.add(day_key, request.now)
        if repeated:
            message.dropped[userid] = "duplicate"
        elif not _within_rate(request, userid):
            message.dropped[userid] = "rate"
        else:
            message.delivered.append(userid)
            if "template_card" in message.body:
                message.views[userid] = CardView(message.body["template_card"])
    state.app_messages[message.msgid] = message


def _within_rate(request: AppRequest, userid: str) -> bool:
    state, rules = request.state, request.state.rules
    key = f"member {request.app.corpid} {request.app.agentid} {userid}"
    if state.windows.count(key, MINUTE, request.now) >= rules.member_per_minute:
        return False
    if state.windows.count(key, HOUR, request.now) >= rules.member_per_hour:
        return False
    state.windows.add(key, request.now)
    return True


def recall(request: AppRequest) -> Answer:
    """POST message/recall within 24 hours; 42052 after that (wecom.md 4.1)."""
    request.check.only(request.body, frozenset({"msgid"}), "body")
    message = request.state.app_messages.get(str(request.body.get("msgid")))
    if message is None or message.agentid != request.app.agentid:
        raise ApiError(40058, "unknown msgid")
    if request.now >= message.sent_at + request.state.rules.recall_seconds:
        raise ApiError(42052)
    message.recalled = True
    return ok()
