"""Safe mode on the web: the API says so, in answers and in streams, and says when a page is to clear itself."""

import asyncio
from pathlib import Path

from storage.conversations import read_conversation
from storage.records import ConversationKey
from storage.safety import set_safe_mode
from tests.channels.test_web_stream import listening
from tests.running import Running, question, running

HURT = "我被家暴了，怎么申请人身安全保护令"


async def staff_set(app: Running, conversation: str, on: bool) -> None:
    key = ConversationKey("web", "web", conversation)
    found = await app.app.database.read(lambda c: read_conversation(c, key))
    assert found is not None
    await app.app.database.write(lambda c: set_safe_mode(c, found.id, on, app.app.tools.clock()))
    app.app.tools.said(key)


def test_answers_say_so_from_the_message_that_sets_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            told = await app.say(question())
            assert "safe" not in told
            assert "safe" not in await app.later(told["conversation"])
            told = await app.say(HURT, conversation=told["conversation"])
            assert told["safe"] is True
            assert (await app.later(told["conversation"]))["safe"] is True
            assert (await app.say("谢谢", conversation=told["conversation"]))["safe"] is True
            await staff_set(app, told["conversation"], on=False)
            assert "safe" not in await app.later(told["conversation"])
            assert "safe" not in await app.say(question())  # somebody else

    asyncio.run(main())


def test_a_stream_says_when_it_changes(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            conversation = (await app.say(question()))["conversation"]
            async with listening(app, conversation) as events:
                await events.replies(1)
                await staff_set(app, conversation, on=True)
                assert await events.next() == {"event": "safe", "data": "true"}
                await staff_set(app, conversation, on=False)
                assert await events.next() == {"event": "safe", "data": "false"}
                await staff_set(app, conversation, on=True)
                await events.next()
            async with listening(app, conversation) as events:
                assert await events.next() == {"event": "safe", "data": "true"}
                await events.replies(1)

    asyncio.run(main())


def test_forgetting_tells_pages_to_clear_what_they_show(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            told = await app.say(HURT)
            assert all("clears" not in reply for reply in told["replies"])
            told = await app.say("清除", conversation=told["conversation"])
            assert [reply.get("clears") for reply in told["replies"]] == [True]
            later = await app.later(told["conversation"])
            assert [reply["text"] for reply in later["replies"]] == [told["replies"][0]["text"]]

    asyncio.run(main())
