"""Tearing connections down as a failing network does: with a reset instead of an answer."""

import asyncio
import socket
import struct

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_EXTENSION = "peer.transport"


class ResettableProtocol(H11Protocol):
    """uvicorn's HTTP protocol, with its transport within the application's reach."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        # app_state is what uvicorn copies into the scope of every request of this connection.
        self.app_state = {**self.app_state, _EXTENSION: transport}


class ConnectionReset(Response):
    """In place of an answer: the client sees ECONNRESET."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport: asyncio.Transport = scope["state"][_EXTENSION]
        # Lingering for zero seconds makes the kernel send RST; a plain close would be a polite FIN.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass
