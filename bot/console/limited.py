"""Reading a form without taking in more than it may bring."""

from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from bot.console.refusal import Refusal

_MOST_FIELDS = 500
_MOST_FILES = 10


class _TooLarge(MultiPartException):
    """More came than was allowed. Of this kind, so that the parser lets go of the files that it has begun."""


async def read_form(request: Request, largest: int) -> FormData:
    """The form of a request; empty where it brings none (a script's request).

    Raises:
        Refusal: 413 more than `largest` bytes, 400 not readable.
    """
    told = request.headers.get("content-length", "0")
    if told.isdigit() and int(told) > largest:
        raise Refusal(413)
    counted = Request(request.scope, _counting(request, largest))
    try:
        return await counted.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=largest)
    except (HTTPException, ClientDisconnect) as error:
        if isinstance(error.__context__, _TooLarge):
            raise Refusal(413) from error
        raise Refusal(400, "提交的内容读不出来，请返回再试一次。", title="内容有误") from error


def _counting(request: Request, largest: int) -> Any:
    seen = 0

    async def receive() -> MutableMapping[str, Any]:
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > largest:
            raise _TooLarge("too large")
        return message

    return receive
