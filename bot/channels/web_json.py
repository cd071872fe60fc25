"""The JSON that a client of `/api/v1` sends, and no more of it than a question needs."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from bot.channels.bad_request import BadRequest

LONGEST_BODY = 256 * 1024


async def json_body(request: Request) -> Mapping[str, Any]:
    """The object in the body of a request.

    Raises:
        BadRequest: it is no JSON, no object, or too long.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise BadRequest(415, "not_json", "请用 Content-Type: application/json。")
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LONGEST_BODY:
            raise BadRequest(413, "too_large", "内容太长了，请分几次发。")
        chunks.append(chunk)
    try:
        body = json.loads(b"".join(chunks))
    except (ValueError, RecursionError) as error:
        raise BadRequest(400, "not_json", "内容不是 JSON。") from error
    if not isinstance(body, dict):
        raise BadRequest(422, "not_an_object", "内容要是一个 JSON 对象。")
    return body
