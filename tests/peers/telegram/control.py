"""The control API under /_peer/: it lets a test in another process do what a TelegramPeer object does."""

import base64
import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .errors import ApiError
from .faults import Fault
from .people import People
from .rates import Limits
from .state import State

_BAD_CALL = (TypeError, ValueError, LookupError, ApiError)


class Control:
    """``POST /_peer/<action>`` with the action's arguments as JSON, and queries."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.actions = actions(People(state))

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/_peer/sent", self.sent, methods=["GET"]),
            Route("/_peer/calls", self.calls, methods=["GET"]),
            Route("/_peer/violations", self.violations, methods=["GET"]),
            Route("/_peer/deliveries", self.deliveries, methods=["GET"]),
            Route("/_peer/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/_peer/strict", self.strict, methods=["POST"]),
            Route("/_peer/{action}", self.act, methods=["POST"]),
        ]

    async def act(self, request: Request) -> Response:
        action = self.actions.get(request.path_params["action"])
        if action is None:
            return _problem(404, f"no such action; there are {sorted(self.actions)}")
        try:
            values = await _object(request)
            if isinstance(values.get("data"), str):
                values["data"] = base64.b64decode(values["data"], validate=True)
            inspect.signature(action).bind(**values)
            return JSONResponse({"ok": True, "result": action(**values)})
        except _BAD_CALL as error:
            return _problem(400, f"{type(error).__name__}: {error}")

    async def sent(self, request: Request) -> Response:
        chat_id = request.query_params.get("chat_id", "")
        if not chat_id.lstrip("-").isdigit():
            return _problem(400, "chat_id is wanted")
        return JSONResponse({"ok": True, "result": People(self.state).sent_to(int(chat_id))})

    async def calls(self, request: Request) -> Response:
        method = request.query_params.get("method", "")
        journal = self.state.journal
        return _listed(journal.of(method) if method else journal.calls)

    async def violations(self, request: Request) -> Response:
        return _listed(self.state.rates.violations)

    async def deliveries(self, request: Request) -> Response:
        return _listed(self.state.sender.deliveries)

    async def faults(self, request: Request) -> Response:
        faults = self.state.faults
        try:
            if request.method == "POST":
                faults.add(Fault(**await _object(request)))
        except _BAD_CALL as error:
            return _problem(400, f"{type(error).__name__}: {error}")
        if request.method == "DELETE":
            faults.clear()
        return _listed(faults.waiting)

    async def strict(self, request: Request) -> Response:
        """``{"on": true, "limits": {…}}``."""
        try:
            values = await _object(request)
            self.state.rates.strict = bool(values.get("on", True))
            self.state.rates.limits = Limits(**values.get("limits", {}))
        except _BAD_CALL as error:
            return _problem(400, f"{type(error).__name__}: {error}")
        return JSONResponse({"ok": True, "result": self.state.rates.strict})


def actions(people: People) -> dict[str, Callable[..., Any]]:
    """The names under which people's actions are known outside."""
    return {
        "add_user": people.add_user,
        "add_group": people.add_group,
        "user_says": people.says,
        "user_sends": people.sends,
        "user_sends_location": people.sends_location,
        "user_sends_photo": people.sends_photo,
        "user_sends_document": people.sends_document,
        "user_sends_file": people.sends_file,
        "user_edits": people.edits,
        "user_touches": people.touches,
        "user_moves": people.moves,
        "user_presses": people.presses,
        "expire_callback_queries": people.forget_presses,
        "blocked_by": people.blocks,
        "unblocked_by": people.unblocks,
        "deactivated": people.deactivates,
        "removed_from_group": people.removes_bot,
        "added_to_group": people.adds_bot,
        "group_upgraded": people.upgrades_group,
        "raw_update": people.raw,
        "deliver_again": people.repeats,
    }


async def _object(request: Request) -> dict[str, Any]:
    body = await request.body()
    values = await request.json() if body else {}
    if not isinstance(values, dict):
        raise TypeError("a JSON object is wanted")
    return values


def _listed(items: list[Any]) -> Response:
    return JSONResponse({"ok": True, "result": [dataclasses.asdict(item) for item in items]})


def _problem(code: int, text: str) -> Response:
    return JSONResponse({"ok": False, "error_code": code, "description": text}, code)
