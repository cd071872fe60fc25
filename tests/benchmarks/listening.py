"""The uvicorn of `fawen run`, for parts of the service and for less."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import uvicorn
import uvloop
from starlette.applications import Starlette

Serve = Callable[[], Coroutine[Any, Any, None]]


def serve_one_of(parts: Mapping[str, Serve]) -> None:
    """Serve the part that the command line names until somebody ends it."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(parts[sys.argv[1]]())


async def listen(app: Starlette) -> None:
    """Serve on a free port of 127.0.0.1, whose address goes to the output."""
    config = uvicorn.Config(
        app, port=0, http="httptools", lifespan="off", access_log=False, log_config=None, server_header=False
    )
    await _Server(config).serve()


class _Server(uvicorn.Server):
    async def startup(self, sockets: object = None) -> None:
        await super().startup()
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        sys.stdout.write(f"http://{host}:{port}\n")
        sys.stdout.flush()
