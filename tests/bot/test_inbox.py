"""The inbox: each conversation in its order, conversations side by side, every message once, whatever breaks."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.app import open_database
from bot.inbox import MOST_ATTEMPTS
from bot.rows import new_message
from handlers.message import Kind, Message
from storage import inbox, leases
from storage import schema as tables
from storage.errors import Unready
from storage.upgrade import upgrade
from tests.postgres import Cluster
from tests.running import Clock, Running, question, running, settings_for

WORDS = "我那个老板欠我三万块"  # what a resident wrote, which no error may repeat


def message(chat: str, number: int, text: str = "谢谢") -> Message:
    now = datetime.now(UTC)
    return Message("web", "web", chat, chat, f"m{number}", Kind.TEXT, now, now, text)


def left_by_a_crash(data_dir: Path, messages: list[Message], *, tries: int = 0) -> None:
    """Messages that were accepted by a service that died; `tries` times it died over them."""
    database = open_database(settings_for(data_dir))
    upgrade(database)
    database.write_now(lambda c: inbox.accept(c, [new_message(one) for one in messages]))
    key = new_message(messages[0]).key
    for turn in range(tries):
        now = datetime.now(UTC)
        database.write_now(lambda c, n=now, t=turn: leases.claim(c, key, f"dead-{t}", n, timedelta(seconds=-1)))  # type: ignore[misc]
    asyncio.run(database.close())


async def settled(app: Running, count: int, *, seconds: float = 20) -> list[Any]:
    """All rows of the inbox, once there are `count` and none waits."""

    async def quiet() -> bool:
        states = [row.state for row in await app.rows(tables.inbox)]
        return len(states) == count and "new" not in states

    await app.until(quiet, f"{count} messages settled", seconds=seconds)
    return await app.rows(tables.inbox)


def answered_once_in_order(replies: list[Any]) -> bool:
    """One reply for each message, and in each conversation in the order of the messages."""
    by_chat: dict[str, list[int]] = {}
    for reply in replies:
        by_chat.setdefault(reply.chat, []).append(reply.inbox_id)
    return all(ids == sorted(set(ids)) for ids in by_chat.values())


def test_conversations_run_side_by_side_and_each_keeps_its_order(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            chats = [app.app.keys.new_web_conversation(None) for _ in range(50)]

            async def talk(chat: str) -> None:
                for number in range(5):
                    await app.app.inbox.accept(message(chat, number))

            await asyncio.gather(*(talk(chat) for chat in chats))
            rows = await settled(app, 250)
            replies = await app.rows(tables.outbox)
            assert {row.state for row in rows} == {"done"}
            assert len(replies) == 250
            assert answered_once_in_order(replies)
            firsts = [next(i for i, reply in enumerate(replies) if reply.chat == chat) for chat in chats]
            lasts = [max(i for i, reply in enumerate(replies) if reply.chat == chat) for chat in chats]
            assert sum(last - first > 4 for first, last in zip(firsts, lasts, strict=True)) > 10, "side by side"

    asyncio.run(main())


def test_what_a_crash_left_between_accept_and_handling_is_answered_once(tmp_path: Path) -> None:
    chat = "0" * 40
    left_by_a_crash(tmp_path, [message(chat, 1, question()), message(chat, 2)])

    async def main() -> None:
        for _ in range(2):  # the second start finds nothing left to do
            async with running(tmp_path) as app:
                rows = await settled(app, 2)
                assert [row.state for row in rows] == ["done", "done"]
                assert [reply.inbox_id for reply in await app.rows(tables.outbox)] == [row.id for row in rows]
                assert len(await app.records()) == 1

    asyncio.run(main())


def test_a_message_that_ended_the_process_three_times_is_set_aside_and_the_next_one_answered(tmp_path: Path) -> None:
    chat = "0" * 40
    left_by_a_crash(tmp_path, [message(chat, 1, WORDS), message(chat, 2, question())], tries=MOST_ATTEMPTS)

    async def main() -> None:
        async with running(tmp_path) as app:
            poison, innocent = await settled(app, 2)
            assert (poison.state, innocent.state) == ("failed", "done")
            fallback, answer = await app.rows(tables.outbox)
            assert "12348" in fallback.body["text"]
            assert answer.body["topic"]

    asyncio.run(main())


def test_a_handler_that_fails_is_told_kindly_kept_with_its_error_and_stops_nobody(tmp_path: Path) -> None:
    broken = {"options": [{"nonsense": WORDS}]}  # a dialog that no version of ours wrote
    dialogs = tables.conversations.c.dialog

    async def main() -> None:
        async with running(tmp_path) as app:
            conversation = (await app.say("你好"))["conversation"]
            kept = (await app.rows(tables.conversations))[0].dialog
            await app.app.database.write(lambda c: c.execute(update(tables.conversations).values({dialogs: broken})))
            told = await app.say(WORDS, conversation=conversation, id="broken")
            assert "出了点问题" in told["replies"][0]["text"]
            assert "12348" in told["replies"][0]["text"]
            assert await app.say(WORDS, conversation=conversation, id="broken") == told
            row = (await app.rows(tables.inbox))[-1]
            assert (row.state, row.body["text"]) == ("failed", WORDS)
            assert row.error
            assert not any(part in row.error for part in ("老板", "三万", "nonsense"))
            assert (await app.say(question()))["replies"][0]["topic"], "others are served"
            await app.app.database.write(lambda c: c.execute(update(tables.conversations).values({dialogs: kept})))
            assert (await app.say(question(), conversation=conversation))["replies"][0]["topic"]

    asyncio.run(main())


def test_a_resident_who_asks_the_same_within_a_day_counts_once(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, clock=clock) as app:
            conversation = (await app.say(question()))["conversation"]
            clock.advance(hours=23, minutes=50)
            await app.say(question(), conversation=conversation)
            assert [record.values["messages"] for record in await app.records()] == [2]
            await app.say(question("service.legalaid-conditions"), conversation=conversation)
            await app.say(question())
            assert len(await app.records()) == 3, "another matter, and another person, count"
            clock.advance(minutes=20)
            await app.say(question(), conversation=conversation)
            assert [record.values["messages"] for record in await app.records()] == [2, 1, 1, 1]
            await app.say("谢谢", conversation=conversation)
            assert len(await app.records()) == 4, "thanks are no consultation"

    asyncio.run(main())


def test_messages_of_a_channel_that_is_switched_off_wait_for_it(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    left_by_a_crash(tmp_path, [Message("telegram", "7", "7", "7", "u1", Kind.TEXT, now, now, question())])

    async def main() -> None:
        async with running(tmp_path) as app:
            await asyncio.sleep(0.3)
            (row,) = await app.rows(tables.inbox)
            assert (row.state, row.attempts) == ("new", 0)

    asyncio.run(main())


def test_two_services_on_one_database_share_the_work_and_never_answer_twice(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    cluster: Cluster = request.getfixturevalue("postgres")
    shared = {"database": {"url": cluster.create_database()}, "privacy": {"key": "one key for both of them"}}

    async def main() -> None:
        async with AsyncExitStack() as both:
            one = await both.enter_async_context(running(tmp_path / "one", settings=shared))
            two = await both.enter_async_context(running(tmp_path / "two", settings=shared))
            chats = [one.app.keys.new_web_conversation(None) for _ in range(15)]

            async def talk(chat: str) -> None:
                for number in range(6):
                    app = (one, two)[number % 2]
                    await app.app.inbox.accept(message(chat, number))
                    if number == 3:  # the platform sends it again, to the other one
                        await (one, two)[(number + 1) % 2].app.inbox.accept(message(chat, number))

            await asyncio.gather(*(talk(chat) for chat in chats))
            rows = await settled(one, 15 * 6, seconds=60)
            replies = await two.rows(tables.outbox)
            assert {row.state for row in rows} == {"done"}
            assert len(replies) == 15 * 6
            assert answered_once_in_order(replies)
            told = await two.say(question(), conversation=chats[0], id="seen-by-both")
            assert await one.say(question(), conversation=chats[0], id="seen-by-both") == told
            assert len(await one.records()) == 1

    asyncio.run(main())


def test_a_second_service_on_the_same_sqlite_file_does_not_start(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path):
            with pytest.raises(Unready, match="another Fawen"):
                async with running(tmp_path):
                    pass

    asyncio.run(main())
