"""Server-sent events: what is said later arrives, once, and goes on where it was broken off."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels import web
from tests.running import Running, question, running

SSE = {"accept": "text/event-stream"}


class Events:
    """The events of one stream, read one by one."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> dict[str, str]:
        """The next event's fields, comments and settings passed over; empty at the end of the stream."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(10):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if name in ("id", "event", "data"):
                    fields[name] = value
                elif not line and fields:
                    return fields
        return {}

    async def replies(self, count: int) -> list[dict[str, Any]]:
        found = [await self.next() for _ in range(count)]
        assert [event["event"] for event in found] == ["reply"] * count
        replies = [json.loads(event["data"]) for event in found]
        assert [event["id"] for event in found] == [str(reply["id"]) for reply in replies]
        return replies


@asynccontextmanager
async def listening(app: Running, conversation: str, **headers: str) -> AsyncIterator[Events]:
    async with _opened(app.client, app.base_url, conversation, headers) as events:
        yield events


@asynccontextmanager
async def _opened(
    client: httpx.AsyncClient, base_url: str, conversation: str, headers: dict[str, str]
) -> AsyncIterator[Events]:
    url = f"{base_url}/api/v1/messages?conversation={conversation}"
    async with client.stream("GET", url, headers=SSE | headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        yield Events(response)


def test_replies_arrive_in_every_open_stream_as_they_are_said(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            told = await app.say("你好")
            conversation = told["conversation"]
            async with listening(app, conversation) as here, listening(app, conversation) as there:
                assert await here.replies(1) == await there.replies(1) == told["replies"]
                later = await app.say(question(), conversation=conversation)
                assert await here.replies(1) == await there.replies(1) == later["replies"]

    asyncio.run(main())


def test_a_stream_goes_on_after_the_last_event_that_was_seen(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            first = await app.say("你好")
            conversation = first["conversation"]
            missed = await app.say(question(), conversation=conversation)
            resumed = {"last-event-id": str(first["replies"][-1]["id"])}
            async with listening(app, conversation, **resumed) as events:
                assert await events.replies(1) == missed["replies"]

    asyncio.run(main())


def test_nothing_arrives_twice_or_from_other_conversations(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, settings={"web": {"messages_per_minute": 100}}) as app:
            conversation = (await app.say("你好"))["conversation"]
            async with listening(app, conversation) as events:
                said = [app.say("你好", conversation=conversation, id=f"repeated-{n % 5}") for n in range(10)]
                strangers = [app.say(question()) for _ in range(5)]
                await asyncio.gather(*said, *strangers)
                replies = await events.replies(6)
                last = await app.say("谢谢", conversation=conversation)
                assert await events.replies(1) == last["replies"]
            ids = [reply["id"] for reply in replies]
            assert ids == sorted(set(ids))
            assert replies == (await app.later(conversation))["replies"][:6]

    asyncio.run(main())


def test_a_long_backlog_arrives_without_waiting(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, settings={"web": {"messages_per_minute": 1000}}) as app:
            conversation = (await app.say("你好"))["conversation"]
            count = web.PAGE + 5
            await asyncio.gather(*(app.say("谢谢", conversation=conversation) for _ in range(count - 1)))
            async with listening(app, conversation) as events, asyncio.timeout(web.PING_SECONDS / 2):
                assert len(await events.replies(count)) == count

    asyncio.run(main())


def test_streams_end_cleanly_when_the_service_stops(tmp_path: Path) -> None:
    async def main() -> None:
        async with httpx.AsyncClient(timeout=10) as client, AsyncExitStack() as streams:
            async with running(tmp_path) as app:
                conversation = (await app.say("你好"))["conversation"]
                events = await streams.enter_async_context(_opened(client, app.base_url, conversation, {}))
                await events.replies(1)
                before = asyncio.get_running_loop().time()
            assert asyncio.get_running_loop().time() - before < 3
            assert await events.next() == {}  # an end, no torn connection

    asyncio.run(main())


@pytest.mark.parametrize(
    ("conversation", "last", "status"), [("made-up", "0", 404), (None, "later", 422), (None, "-1", 422)]
)
def test_a_bad_stream_is_refused(tmp_path: Path, conversation: str | None, last: str, status: int) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            known = app.app.keys.new_web_conversation(None)
            answer = await app.client.get(
                "/api/v1/messages",
                params={"conversation": conversation or known},
                headers=SSE | {"last-event-id": last},
            )
            assert answer.status_code == status
            assert answer.json()["error"]["message"]

    asyncio.run(main())


def test_a_listener_that_leaves_does_not_hold_the_service(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            conversation = (await app.say("你好"))["conversation"]
            for _ in range(20):
                async with listening(app, conversation) as events:
                    await events.replies(1)
            told = await app.say("谢谢", conversation=conversation)
            async with listening(app, conversation) as events:
                assert (await events.replies(2))[-1:] == told["replies"]

    asyncio.run(main())
