"""`python -m tests.benchmarks.serve PART`: a part of the service, or less, under the same uvicorn as `fawen run`.

nothing    a route that reads the body and answers 200: what client, uvicorn and Starlette cost
bare       a route that verifies and decrypts a callback with wechatpy, and does nothing about it
accept     the real callback route on the real database; nobody works on what was accepted
working    the same, and the inbox works on it; nothing is sent
platform   the WeCom peer, with the members that the benchmarks write as
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.app import build, now
from bot.channels.wecom.app import WeComAppChannel
from bot.channels.wecom.client import WeComClient
from bot.config import Settings, WeCom
from bot.inbox import new_message
from bot.server import build_application
from handlers.message import Message
from storage import inbox
from storage.database import Database
from storage.records import Accepted
from storage.upgrade import upgrade
from tests.benchmarks.members import MEMBERS
from tests.peers.wecom import WeComPeer
from tests.peers.wecom.control import ORDERS

Serve = Callable[[], Coroutine[Any, Any, None]]


async def nothing() -> None:
    async def answer(request: Request) -> Response:
        await request.body()
        return Response()

    await _listen(_one_route(answer))


async def bare() -> None:
    wecom = Settings().wecom
    crypto = WeChatCrypto(wecom.token.get_secret_value(), wecom.aes_key.get_secret_value(), wecom.corp_id)

    async def answer(request: Request) -> Response:
        query = request.query_params
        body = await request.body()
        crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        return Response()

    await _listen(_one_route(answer))


async def accept() -> None:
    settings = Settings()
    database = Database(settings.database_url)
    upgrade(database)
    database.start()

    async def keep(message: Message) -> Accepted:
        return await database.write_batch(inbox.accept, new_message(message))

    client = _client(settings.wecom)
    channel = WeComAppChannel(settings.wecom, client, keep, now)
    await _listen(build_application([], [channel.routes()]))
    await client.aclose()
    await database.close()


async def working() -> None:
    app = build(Settings())
    app.database.start()
    await app.inbox.start()
    await _listen(app.web)
    await app.inbox.stop()
    await app.database.close()


def platform() -> None:
    with WeComPeer() as peer:
        peer.state.add_members(peer.corp, MEMBERS)
        told = {"base_url": peer.base_url, **ORDERS["settings"](peer, {})}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        peer.wait()


PARTS: dict[str, Serve] = {"nothing": nothing, "bare": bare, "accept": accept, "working": working}


def main() -> None:
    """Serve the part that the command line names until somebody ends it."""
    if sys.argv[1] == "platform":
        platform()
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(PARTS[sys.argv[1]]())


def _one_route(answer: Callable[[Request], Awaitable[Response]]) -> Starlette:
    return Starlette(routes=[Route("/wecom/app", answer, methods=["POST"])])


def _client(wecom: WeCom) -> WeComClient:
    return WeComClient(wecom.corp_id, wecom.secret.get_secret_value(), wecom.api_base)


class _Server(uvicorn.Server):
    async def startup(self, sockets: object = None) -> None:
        await super().startup()
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        sys.stdout.write(f"http://{host}:{port}\n")
        sys.stdout.flush()


async def _listen(app: Starlette) -> None:
    config = uvicorn.Config(
        app, port=0, http="httptools", lifespan="off", access_log=False, log_config=None, server_header=False
    )
    await _Server(config).serve()


if __name__ == "__main__":
    main()
