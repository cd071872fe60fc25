"""The web channel: `/api/v1/messages`, for our own page and for other programs of the bureau."""

import asyncio
import json
import logging
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.channels.bad_request import BadRequest
from bot.channels.base import Accept, Rate, Sent
from bot.channels.fetched import Fetched, FetchGone
from bot.channels.web_files import WebFiles
from bot.channels.web_json import json_body
from bot.fit import fit
from bot.outbox import TokenBucket
from bot.privacy import PersonKeys
from bot.text import storable
from handlers.message import Kind, Message, Reply
from storage import outbox
from storage.database import Database
from storage.errors import StorageError
from storage.records import ConversationKey, OutboxRow
from storage.safety import is_safe

NAME = "web"
LONGEST_REPLY = 6000  # bytes: one phone screen holds less, a person reads no more at once
WAIT_SECONDS = 10.0
STREAM_SECONDS = 300.0
PING_SECONDS = 15.0
MOST_STREAMS = 500
PAGE = 100
_ID = re.compile(r"[0-9A-Za-z_.:\-]{1,100}")
_log = logging.getLogger(__name__)
_PAYLOAD = re.compile(r"[0-9a-z:.\-]{1,64}")


class WebChannel:
    """Answers over HTTP at once; what comes later is fetched or streamed."""

    name = NAME
    rate: Rate | None = None

    def __init__(
        self,
        database: Database,
        accept: Accept,
        answered: Callable[[int, float], Awaitable[list[OutboxRow]]],
        keys: PersonKeys,
        clock: Callable[[], datetime],
        per_minute: int,
        files: WebFiles,
    ) -> None:
        self._database = database
        self._accept = accept
        self._answered = answered
        self._keys = keys
        self._clock = clock
        self._per_minute = per_minute
        self._files = files
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()
        self._streams: dict[str, set[asyncio.Event]] = {}
        self._closing = False

    def fit(self, reply: Reply) -> Reply:
        """The reply, shortened only where nobody would read it at once."""
        return fit(reply, LONGEST_REPLY)

    async def send(self, row: OutboxRow, reply: Reply) -> Sent:
        """Never called: replies are fetched."""
        raise NotImplementedError

    async def fetch(self, source: str) -> Fetched:
        """Never in need: what the page hands in is stored before its message is."""
        raise FetchGone(f"{source[:20]} did not come by the web")

    def routes(self) -> Sequence[BaseRoute]:
        """`/api/v1/messages`, both ways, and `/api/v1/attachments`."""
        return [
            Route("/api/v1/messages", self._post, methods=["POST"]),
            Route("/api/v1/messages", self._get, methods=["GET"]),
            Route("/api/v1/attachments", self._attach, methods=["POST"]),
        ]

    async def start(self) -> None:
        """Nothing to listen to but the routes."""

    async def stop(self) -> None:
        """End the streams, so that the server can stop."""
        self._closing = True
        for events in self._streams.values():
            for event in events:
                event.set()

    async def close(self) -> None:
        """Nothing is held."""

    def said(self, key: ConversationKey) -> None:
        """Something new was said in a conversation: tell its streams."""
        if key.channel == NAME:
            for event in self._streams.get(key.chat, ()):
                event.set()

    async def _post(self, request: Request) -> Response:
        try:
            message = self._message(await json_body(request))
            self._limit(message.chat)
            return await self._handled(message)
        except BadRequest as error:
            return error.response
        except StorageError as error:
            return _busy(error)

    async def _attach(self, request: Request) -> Response:
        """A file: refused at once where it is not taken, else kept and answered as a message is."""
        try:
            handed_in = await self._files.read(request)
            chat, given = self._place(handed_in.conversation, handed_in.message_id)
            self._limit(chat)
            media = await self._files.kept(_key(chat), handed_in)
            now, message_id = self._clock(), given or secrets.token_hex(16)
            return await self._handled(Message(NAME, NAME, chat, chat, message_id, Kind.MEDIA, now, now, media=media))
        except BadRequest as error:
            return error.response
        except StorageError as error:
            return _busy(error)

    async def _handled(self, message: Message) -> Response:
        stored = await self._accept(message)
        rows = await self._answered(stored.inbox_id, WAIT_SECONDS)
        safe = await self._database.read(lambda connection: is_safe(connection, _key(message.chat)))
        return JSONResponse(_told(message.chat, rows, safe=safe))

    async def _get(self, request: Request) -> Response:
        try:
            chat = self._known(request.query_params.get("conversation"))
            after = _after(request)
            if "text/event-stream" in request.headers.get("accept", ""):
                return self._stream(chat, after)
            rows, safe = await self._read(chat, after)
        except BadRequest as error:
            return error.response
        except StorageError as error:
            return _busy(error)
        return JSONResponse(_told(chat, rows, after, safe=safe), headers={"Cache-Control": "no-store"})

    def _message(self, body: Mapping[str, Any]) -> Message:
        text, payload = body.get("text", ""), body.get("payload") or ""
        if not isinstance(text, str):
            raise BadRequest(422, "bad_text", "text 要是文字。")
        if not isinstance(payload, str) or (payload and not _PAYLOAD.fullmatch(payload)):
            raise BadRequest(422, "bad_payload", "payload 要是按钮带回来的值。")
        chat, given = self._place(body.get("conversation"), body.get("id"))
        now = self._clock()
        return Message(
            channel=NAME,
            account=NAME,
            chat=chat,
            sender=chat,
            message_id=given or secrets.token_hex(16),
            kind=Kind.BUTTON if payload else Kind.TEXT,
            text=storable(text),
            payload=payload,
            sent_at=now,
            received_at=now,
        )

    def _place(self, conversation: object, given: object) -> tuple[str, str | None]:
        """The conversation of a message, a new one where none is named, and the client's id of it."""
        if given is None:
            message_id = None
        elif isinstance(given, str) and _ID.fullmatch(given):
            message_id = given
        else:
            raise BadRequest(422, "bad_id", "id 要是 1 到 100 位的字母、数字和 _ . : -。")
        if conversation is not None:
            return self._known(conversation), message_id
        return self._keys.new_web_conversation(message_id), message_id

    def _known(self, conversation: object) -> str:
        if not isinstance(conversation, str) or not self._keys.is_web_conversation(conversation):
            raise BadRequest(404, "unknown_conversation", "没有这个会话，请重新开始（conversation 传 null）。")
        return conversation

    def _limit(self, chat: str) -> None:
        now = time.monotonic()
        bucket = self._buckets.get(chat)
        if bucket is None:
            bucket = self._buckets[chat] = TokenBucket(Rate(self._per_minute / 60, self._per_minute), now)
            if len(self._buckets) > 20_000:  # noqa: PLR2004 - the oldest have refilled long ago
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(chat)
        if bucket.available(now) < 1:
            wait = str(max(1, round(bucket.wait())))
            raise BadRequest(
                429, "too_fast", f"您发得太快了，请等 {wait} 秒再发。有危险马上打 110。", {"Retry-After": wait}
            )
        bucket.take(1)

    async def _read(self, chat: str, after: int) -> tuple[list[OutboxRow], bool]:
        """What was said since, and whether the conversation is in safe mode."""
        key = _key(chat)
        return await self._database.read(lambda c: (outbox.said_after(c, key, after, PAGE), is_safe(c, key)))

    def _stream(self, chat: str, after: int) -> Response:
        if sum(map(len, self._streams.values())) >= MOST_STREAMS:
            raise BadRequest(503, "too_many_streams", "现在连接太多，请改用定时查询。", {"Retry-After": "30"})
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._events(chat, after), media_type="text/event-stream", headers=headers)

    async def _events(self, chat: str, after: int) -> AsyncIterator[str]:
        event = asyncio.Event()
        self._streams.setdefault(chat, set()).add(event)
        end = time.monotonic() + STREAM_SECONDS
        known_as_safe = False
        try:
            yield "retry: 3000\n\n"
            while time.monotonic() < end and not self._closing:
                event.clear()
                try:
                    rows, safe = await self._read(chat, after)
                except StorageError:
                    return  # the client opens it again, as any stream that breaks
                if safe != known_as_safe:
                    known_as_safe = safe
                    yield f"event: safe\ndata: {json.dumps(safe)}\n\n"
                for row in rows:
                    after = row.id
                    if row.body:
                        yield f"id: {row.id}\nevent: reply\ndata: {json.dumps(_reply(row), ensure_ascii=False)}\n\n"
                if len(rows) == PAGE:
                    continue  # there may be more that nobody will tell us about
                try:
                    async with asyncio.timeout(PING_SECONDS):
                        await event.wait()
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self._streams[chat].discard(event)
            if not self._streams[chat]:
                del self._streams[chat]


def _busy(error: StorageError) -> Response:
    """Too much waits to be written, or the database is away: nothing was lost that the client heard 200 for."""
    _log.error("the web channel cannot serve: %s", type(error).__name__)
    message = "现在有点忙，请过一会儿再发；急事请打 12348。"
    return BadRequest(503, "busy", message, {"Retry-After": "5"}).response


def _after(request: Request) -> int:
    given = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    if not given.isascii() or not given.isdigit() or len(given) > 18:  # noqa: PLR2004 - the digits of a 64-bit id
        raise BadRequest(422, "bad_after", "after 要是上次收到的编号。")
    return int(given)


def _key(chat: str) -> ConversationKey:
    return ConversationKey(NAME, NAME, chat)


def _told(chat: str, rows: Sequence[OutboxRow], after: int = 0, *, safe: bool) -> dict[str, Any]:
    """The answer of the API; replies without a body were forgotten at the resident's word."""
    told = {
        "conversation": chat,
        "replies": [_reply(row) for row in rows if row.body],
        "next": max((row.id for row in rows), default=after),
    }
    return {**told, "safe": True} if safe else told


def _reply(row: OutboxRow) -> dict[str, Any]:
    return {"id": row.id, "at": row.created_at.isoformat(timespec="seconds"), **row.body}
