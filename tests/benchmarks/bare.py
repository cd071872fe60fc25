"""`python -m tests.benchmarks.bare PART`: what the callback's route is held against.

nothing    a route that reads the body and answers 200: what client, uvicorn and Starlette cost
bare       a route that verifies and decrypts a callback with wechatpy, and does nothing about it
"""

import os
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wechatpy.enterprise.crypto import WeChatCrypto

from tests.benchmarks.listening import listen, serve_one_of


async def _nothing() -> None:
    async def answer(request: Request) -> Response:
        await request.body()
        return Response()

    await listen(_one_route(answer))


async def _bare() -> None:
    token, aes_key, corp_id = (os.environ[f"FAWEN__WECOM__{name}"] for name in ("TOKEN", "AES_KEY", "CORP_ID"))
    crypto = WeChatCrypto(token, aes_key, corp_id)

    async def answer(request: Request) -> Response:
        query = request.query_params
        body = await request.body()
        crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        return Response()

    await listen(_one_route(answer))


def _one_route(answer: Callable[[Request], Awaitable[Response]]) -> Starlette:
    return Starlette(routes=[Route("/wecom/app", answer, methods=["POST"])])


if __name__ == "__main__":
    serve_one_of({"nothing": _nothing, "bare": _bare})
