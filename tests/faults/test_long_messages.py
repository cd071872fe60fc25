"""The longest message that is taken must not stop the service: no pattern may look at it again and again."""

import asyncio
import time
from pathlib import Path

from bot.channels.web_json import LONGEST_BODY
from tests.running import running

UNITS = (
    "A",
    "a.",
    "a@",
    "1",
    "1-",
    "0",
    "12345678901 ",
    " ",
    "老板欠钱",
    "不",
    "转人工 ",
    "😀",
    "\u202e",
    "\u0301",
    "㍿",
    "<a>",
)
MOST_SECONDS = 5.0  # a pattern that looks again and again would take minutes


def test_longest_message_of_anything_is_answered_soon(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, settings={"web": {"messages_per_minute": 1000}}) as app:
            for unit in UNITS:
                text = unit * ((LONGEST_BODY - 100) // len(unit.encode()))
                start = time.monotonic()
                told = await app.client.post(
                    "/api/v1/messages",
                    content=b'{"text": "' + text.encode() + b'"}',
                    headers={"content-type": "application/json"},
                )
                assert told.status_code == 200, unit
                assert told.json()["replies"], unit
                assert time.monotonic() - start < MOST_SECONDS, unit

    asyncio.run(main())
