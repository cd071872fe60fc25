"""The HTTP face of the peer: a Starlette application, with faults played on the real connection."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from typing import cast

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from . import oauth
from .errors import error_body
from .faults import Fault, FaultKind, Faults
from .gateway import PREFIX, Wire, as_json, record, serve
from .model import Call
from .state import State

_TRANSPORT = "transport"
_LINGER_OFF = struct.pack("ii", 1, 0)


class ResettableProtocol(H11Protocol):
    """HTTP/1.1 that hands the connection to the application, so that a fault can reset it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put the transport where each request's scope shows it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _TRANSPORT: transport}


def build_app(state: State, faults: Faults, more: Sequence[BaseRoute] = ()) -> Starlette:
    """The application with all endpoints of the API, and `more` routes of the control interface."""

    async def api(request: Request) -> Response:
        raw = await request.body()
        path = request.url.path.removeprefix(PREFIX)
        call = record(state, path, request.method, request.query_params, raw)
        fault = faults.take(path)
        if fault is None:
            return _plain(serve(state, call, request.headers, raw))
        return await _faulty(state, request, call, fault, raw)

    route = Route(PREFIX + "{path:path}", api, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    return Starlette(routes=[*more, oauth.route(state), route])


def _plain(wire: Wire) -> Response:
    return Response(wire.body, wire.status, wire.headers)


async def _faulty(state: State, request: Request, call: Call, fault: Fault, raw: bytes) -> Response:
    """Play one fault."""
    if fault.kind is FaultKind.RESET_BEFORE:
        return await _reset(request)
    if fault.kind is FaultKind.STATUS:
        page = f"<html><h1>{fault.status}</h1></html>".encode()
        return Response(page, fault.status, {"content-type": "text/html"})
    if fault.kind is FaultKind.ERRCODE:
        if fault.after_work:
            serve(state, call, request.headers, raw)
        call.errcode = fault.errcode
        return _plain(as_json(error_body(fault.errcode, "fault on demand")))
    wire = serve(state, call, request.headers, raw)
    if fault.kind is FaultKind.RESET_AFTER:
        return await _reset(request)
    headers = {**wire.headers, "content-length": str(len(wire.body))}
    return StreamingResponse(_slowly(wire.body, fault.seconds), wire.status, headers)


async def _slowly(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    half = len(body) // 2
    yield body[:half]
    await asyncio.sleep(seconds)
    yield body[half:]


async def _reset(request: Request) -> Response:
    """Cut the connection with a TCP reset; nothing of the returned response reaches the client."""
    transport = cast("asyncio.Transport", request.scope["state"][_TRANSPORT])
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
    transport.abort()
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response(status_code=500)
