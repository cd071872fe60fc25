"""message/update_template_card: change a card once with a response_code (wecom.md 4.2)."""

from .cards import check_card
from .check import Field
from .errors import ApiError
from .model import AppMessage, CardView, JsonObject, ResponseCode
from .request import Answer, AppRequest, ok
from .tokens import own_agent

_RECEIVERS = frozenset({"userids", "partyids", "tagids", "atall"})
# enable_id_trans is sent by an independent client (wecomkit) and harmless.
_FIELDS = _RECEIVERS | {"agentid", "response_code", "enable_id_trans", "button", "template_card"}
_BUTTON = {"replace_name": Field()}


def update(request: AppRequest) -> Answer:
    """Apply the change to the named receivers; `invaliduser` comes back as a list (wecom.md 10)."""
    own_agent(request)
    request.check.only(request.body, _FIELDS, "body")
    change = _change(request)
    code = _live_code(request)
    message = request.state.app_messages[code.msgid]
    invalid = []
    for userid in _targets(request, message):
        view = message.views.get(userid)
        if view is None:
            invalid.append(userid.lower())
        else:
            apply_change(view, change)
    code.used = True
    return ok(**({"invaliduser": invalid} if invalid else {}))


def _change(request: AppRequest) -> JsonObject:
    body, check = request.body, request.check
    if ("button" in body) == ("template_card" in body):
        check.refuse(40058, "button", "wanted either button or template_card")
    if "button" in body:
        return check.read(check.child(body, "button", "body"), _BUTTON, "button")
    card = check.child(body, "template_card", "body")
    check_card(check, card, extra=frozenset({"replace_text"}))
    return card


def apply_change(view: CardView, change: JsonObject) -> None:
    """Grey the button, or put another card in place of the old one."""
    if "replace_name" in change:
        view.replaced = change["replace_name"]
    else:
        view.card = change
        view.replaced = change.get("replace_text")


def _live_code(request: AppRequest) -> ResponseCode:
    code = request.state.response_codes.get(str(request.body.get("response_code")))
    if code is None:
        raise ApiError(60140, "unknown response_code")
    message = request.state.app_messages.get(code.msgid)
    if message is None or message.agentid != request.app.agentid:
        raise ApiError(60140, "response_code of another app")
    if code.used:
        raise ApiError(request.state.rules.used_response_code, "response_code was used")
    if request.now >= code.expires_at:
        raise ApiError(60140, "response_code is older than 72 hours")
    return code


def _targets(request: AppRequest, message: AppMessage) -> list[str]:
    check, corp = request.check, request.corp
    if check.flag(request.body, "atall"):
        return list(message.views)
    for key, most in (("userids", 1000), ("partyids", 100), ("tagids", 100)):
        value = request.body.get(key, [])
        if not isinstance(value, list) or len(value) > most:
            check.refuse(40058, key, f"wanted a list of at most {most}")
    named = [str(userid) for userid in request.body.get("userids", [])]
    for key, groups in (("partyids", corp.departments), ("tagids", corp.tags)):
        for group in request.body.get(key, []):
            named += sorted(groups.get(str(group), set()))
    if not named:
        check.refuse(82001, "userids", "no receiver given")
    # Members are known in their own spelling; ids compare without case.
    spelling = {userid: member.userid for userid, member in corp.members.items()}
    return [spelling.get(userid.lower(), userid) for userid in named]
