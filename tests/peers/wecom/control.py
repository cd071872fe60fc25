"""The JSON interface under /_peer/ through which a test in another process drives the peer."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .bells import Arrival, Bell
from .delivery import Delivery
from .member_actions import Click
from .world import World

ACTIONS = frozenset(
    {
        "verify_url",
        "member_text",
        "member_location",
        "member_event",
        "system_event",
        "click_button",
        "ring",
        "release_bells",
        "resident_text",
        "resident_sends",
        "enter_session",
        "resident_recalls",
        "kf_event",
        "send_fails",
        "servicer_takes",
        "servicer_transfers",
        "servicer_says",
        "servicer_recalls",
        "servicer_ends",
        "servicer_duty",
    }
)
"""Methods of CallbackSender that POST /_peer/do runs with the JSON's other fields as arguments."""

_Handler = Callable[[Request], Awaitable[Response]]


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "accepted": delivery.accepted,
        "problem": delivery.problem,
        "attempts": [{"status": item.status, "error": item.error} for item in delivery.attempts],
        "reply": delivery.reply and {"msgtype": delivery.reply.msgtype, "fields": delivery.reply.fields},
    }


def _outcome(result: object) -> dict[str, Any]:
    """What an action gave, as JSON."""
    if isinstance(result, Arrival):
        return {"msgid": result.msgid, "bells": [_delivery(bell) for bell in result.bells]}
    if isinstance(result, Click):
        return {"response_code": result.response_code, **_delivery(result.delivery)}
    if isinstance(result, Delivery):
        return _delivery(result)
    return {"bells": [_delivery(item) for item in result]} if isinstance(result, list) else {}


def _perform(world: World, order: dict[str, Any]) -> dict[str, Any]:
    name = str(order.pop("action", ""))
    if name not in ACTIONS:
        raise ValueError(f"unknown action {name!r}; known: {', '.join(sorted(ACTIONS))}")
    if "bell" in order:
        order["bell"] = Bell(order["bell"])
    if "account" in order:
        order["account"] = world.corp.accounts[order["account"]]
    return _outcome(getattr(world.callbacks, name)(**order))


def _settings(world: World) -> dict[str, Any]:
    """All that a client must be configured with."""
    return {
        "corp_id": world.corp.corpid,
        "agent_id": world.app.agentid,
        "secret": world.app.secret,
        "token": world.app.callback_token,
        "aes_key": world.app.aes_key,
        "open_kfid": world.kf.open_kfid,
        "webhook_key": world.webhook.key,
        "members": [member.userid for member in world.corp.members.values()],
    }


def _set_clock(world: World, order: dict[str, Any]) -> dict[str, Any]:
    if "set" in order:
        world.clock.set(float(order["set"]))
    if "advance" in order:
        world.clock.advance(float(order["advance"]))
    return {"now": world.clock.now()}


def _add_fault(world: World, order: dict[str, Any]) -> dict[str, Any]:
    world.faults.add(**order)
    return {"waiting": world.faults.waiting}


def _set_target(world: World, order: dict[str, Any]) -> dict[str, Any]:
    world.callbacks.target = str(order["target"])
    world.callbacks.time_factor = float(order.get("time_factor", world.callbacks.time_factor))
    return {"target": world.callbacks.target}


def _revoke(world: World, order: dict[str, Any]) -> dict[str, Any]:
    world.state.revoke_token(world.app, int(order.get("errcode", 40014)))
    return {}


def _sent(world: World, order: dict[str, Any]) -> dict[str, Any]:
    if "external_userid" in order:
        return {"sent": world.sent_to(order["external_userid"])}
    if "userid" in order:
        return {"sent": world.app_sent_to(order["userid"])}
    return {"sent": world.group_sent()}


def _violations(world: World, order: dict[str, Any]) -> dict[str, Any]:
    found = [dataclasses.asdict(violation) for violation in world.violations]
    if order.get("clear"):
        world.clear_violations()
    return {"violations": found}


def _calls(world: World, order: dict[str, Any]) -> dict[str, Any]:
    return {"calls": [dataclasses.asdict(call) for call in world.calls(order.get("path"))]}


ORDERS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "settings": lambda world, order: _settings(world),
    "do": _perform,
    "clock": _set_clock,
    "fault": _add_fault,
    "target": _set_target,
    "revoke_token": _revoke,
    "sent": _sent,
    "violations": _violations,
    "calls": _calls,
}
"""POST /_peer/<name> with a JSON object, or GET with the same in the query."""


def _route(world: World, name: str) -> Route:
    async def run(request: Request) -> Response:
        try:
            order = await request.json() if request.method == "POST" else dict(request.query_params)
            # In a thread: an action waits for the service, which may call the peer meanwhile.
            return JSONResponse(await run_in_threadpool(ORDERS[name], world, order))
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

    handler: _Handler = run
    return Route(f"/_peer/{name}", handler, methods=["GET", "POST"])


def routes(world: World) -> list[Route]:
    """The routes of the control interface."""
    return [_route(world, name) for name in ORDERS]
