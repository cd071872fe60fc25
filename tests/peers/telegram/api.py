"""One call from beginning to end: token, journal, faults, work, answer."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from .arguments import Arguments, from_json, read_arguments
from .connections import ConnectionReset
from .errors import ApiError
from .faults import Fault
from .journal import Call
from .methods import METHODS
from .state import Described, State

# What a webhook's answer may not ask for, as in the real server.
_NOT_BY_ANSWER = ("get", "setwebhook", "deletewebhook", "close", "logout")


class BotApi:
    """The endpoint /bot<token>/<method>."""

    def __init__(self, state: State) -> None:
        self.state = state

    async def endpoint(self, request: Request) -> Response:
        method = request.path_params["method"]
        try:
            self._check(request.path_params["token"], method)
            arguments = await read_arguments(request)
        except ApiError as error:
            return _refusal(error)
        except ClientDisconnect:
            return Response()
        call = self.state.journal.open(method, arguments)
        self.state.rates.attempted(method, arguments.chat_id)
        fault = self.state.faults.take(method, arguments.chat_id)
        if fault is None:
            return await self._work(call, arguments)
        return await self._with_fault(fault, call, lambda: self._work(call, arguments))

    def _check(self, token: str, method: str) -> None:
        if token != self.state.token:
            raise ApiError(401, "Unauthorized" if ":" in token else "Unauthorized: invalid token specified")
        if method.lower() not in METHODS:
            raise ApiError(404, "Not Found: method not found")

    async def _work(self, call: Call, arguments: Arguments) -> Response:
        try:
            result = await METHODS[call.method.lower()](self.state, arguments)
        except ApiError as error:
            call.status, call.description = error.code, error.description
            return _refusal(error)
        call.status = 200
        if isinstance(result, Described):
            return JSONResponse({"ok": True, "result": result.result, "description": result.description})
        return JSONResponse({"ok": True, "result": result})

    async def _with_fault(self, fault: Fault, call: Call, work: Callable[[], Awaitable[Response]]) -> Response:
        if fault.kind == "reset_before":
            call.description = "connection reset before the work"
            return ConnectionReset()
        if fault.kind == "refuse":
            return self._refuse(fault, call)
        answer = await work()
        if fault.kind == "slow":
            await self.state.pause(fault.seconds)
            return answer
        call.description = call.description or "connection reset after the work"
        return ConnectionReset()

    def _refuse(self, fault: Fault, call: Call) -> Response:
        call.status, call.description = fault.status, fault.description
        if fault.retry_after is not None:
            self.state.rates.halt(fault)
        if fault.raw:
            return Response(fault.raw, fault.status, media_type="text/html")
        return _refusal(ApiError(fault.status, fault.description, fault.retry_after))

    async def by_webhook_answer(self, body: dict[str, Any]) -> None:
        """A method named in the bot's answer to a webhook; nobody learns what came of it."""
        method = str(body["method"])
        if method.lower() not in METHODS or method.lower().startswith(_NOT_BY_ANSWER):
            return
        arguments = from_json({name: value for name, value in body.items() if name != "method"})
        self.state.rates.attempted(method, arguments.chat_id)
        await self._work(self.state.journal.open(method, arguments), arguments)


def _refusal(error: ApiError) -> JSONResponse:
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return JSONResponse(error.body, error.code, headers)
