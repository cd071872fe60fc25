"""Messages of one claim: what the first sets is known to the second."""

import asyncio
from pathlib import Path

from storage import schema as tables
from tests.bot.test_inbox import left_by_a_crash, message, settled
from tests.running import running


def test_a_word_that_clears_right_after_what_set_safe_mode(tmp_path: Path) -> None:
    left_by_a_crash(tmp_path, [message("c1", 1, "我被家暴了"), message("c1", 2, "清除")])

    async def main() -> None:
        async with running(tmp_path) as app:
            await settled(app, 2)
            replies = [row.body.get("text", "") for row in await app.rows(tables.outbox)]
            assert "已经清除" in replies[-1]
            assert [row.safe_mode for row in await app.rows(tables.conversations)] == [True]

    asyncio.run(main())
