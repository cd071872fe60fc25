"""Server-sent events for open pages: they are told that there is something new, and fetch it themselves.

A stream ends with the session of whoever opened it, and after five minutes anyway: the browser opens it again.
"""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from starlette.responses import Response, StreamingResponse

from bot.console.refusal import Refusal
from bot.console.visit import Visit
from bot.console.watch import Sight
from storage import sessions
from storage.errors import StorageError

PING_SECONDS = 15.0
LONGEST_SECONDS = 300.0
Told = Callable[[Sight], Mapping[str, Any]]
_HEADERS = {"X-Accel-Buffering": "no"}


def stream(visit: Visit, told: Told, conversation_id: int | None = None) -> Response:
    """Say `told` at once and whenever it has become something else.

    Raises:
        Refusal: 503, too many pages are open; the page asks now and then instead.
    """
    if not visit.console.watch.has_room(visit.staff.id):
        raise Refusal(503, "打开的页面太多了，这一页改成隔几秒刷新。")
    return StreamingResponse(_events(visit, told, conversation_id), media_type="text/event-stream", headers=_HEADERS)


async def _events(visit: Visit, told: Told, conversation_id: int | None) -> AsyncIterator[str]:
    watch = visit.console.watch
    end = time.monotonic() + LONGEST_SECONDS
    checked = time.monotonic()
    seen: Sight | None = None
    last: Mapping[str, Any] | None = None
    with watch.watching(visit.staff.id, conversation_id):
        yield "retry: 3000\n\n"
        while time.monotonic() < end and not watch.stopped:
            seen = await watch.next(seen, PING_SECONDS)
            now_told = last if seen is None else told(seen)
            if now_told is not None and now_told != last:
                last = now_told
                yield f"event: look\ndata: {json.dumps(last, ensure_ascii=False)}\n\n"
            if time.monotonic() - checked >= PING_SECONDS:
                checked = time.monotonic()
                if not await _is_signed_in(visit):
                    yield "event: over\ndata: {}\n\n"
                    return
                yield ": still here\n\n"


async def _is_signed_in(visit: Visit) -> bool:
    console, token = visit.console, visit.session.token_hash
    try:
        found = await visit.read(lambda c: sessions.find(c, token, console.now(), console.idle))
    except StorageError:
        return True  # nobody knows; the page's next request will tell
    return found is not None
