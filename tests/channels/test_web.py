"""`/api/v1/messages` as the contract has it: shape, repetition, strangers, choices, forgetting."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.openapi import describe
from bot.privacy import PersonKeys
from storage import schema as tables
from tests.running import Running, question, running
from tests.schema import faults

DOCUMENT = describe("test")
LONG_ID = "01HZX3J7Q2M5T8V9"  # 16 characters: nobody else's


def wrong(told: dict[str, Any]) -> list[str]:
    return faults(told, {"$ref": "#/components/schemas/Replies"}, DOCUMENT)


async def counts(app: Running) -> tuple[int, int, int]:
    """Records, messages in the inbox, replies in the outbox."""
    return len(await app.records()), len(await app.rows(tables.inbox)), len(await app.rows(tables.outbox))


def test_a_question_gets_a_cited_answer_of_the_contracts_shape(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            told = await app.say(question())
            assert wrong(told) == []
            (reply,) = told["replies"]
            assert reply["kind"] == "card"
            assert reply["topic"] == "labor.unpaid-wages-general"
            assert reply["cites"][0].startswith("《")
            assert {"label": "转人工", "payload": "human"} in reply["buttons"]
            assert told["next"] == reply["id"]
            (record,) = await app.records()
            assert (record.values["topic"], record.values["channel"]) == (reply["topic"], "web")

    asyncio.run(main())


def test_get_gives_what_came_after(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            first = await app.say(question())
            second = await app.say("要什么材料", conversation=first["conversation"])
            told = await app.later(first["conversation"])
            assert wrong(told) == []
            assert told["replies"] == first["replies"] + second["replies"]
            assert (await app.later(first["conversation"], first["next"]))["replies"] == second["replies"]
            nothing = await app.later(first["conversation"], second["next"])
            assert nothing == {"conversation": first["conversation"], "replies": [], "next": second["next"]}

    asyncio.run(main())


def test_a_tap_on_a_choice_is_answered(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            menu = await app.say("你好")
            choice = next(b for b in menu["replies"][0]["buttons"] if b["payload"].startswith("topic:"))
            told = await app.say(conversation=menu["conversation"], payload=choice["payload"])
            assert told["replies"][0]["topic"] == choice["payload"].removeprefix("topic:")

    asyncio.run(main())


@pytest.mark.parametrize("begun", [True, False], ids=["in a conversation", "as the first message"])
def test_the_same_id_twice_gives_the_same_replies_and_one_record(tmp_path: Path, *, begun: bool) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            conversation = (await app.say("你好"))["conversation"] if begun else None
            before = await counts(app)
            first = await app.say(question(), conversation=conversation, id=LONG_ID)
            again = await app.say(question(), conversation=conversation, id=LONG_ID)
            assert again == first
            records, messages, replies = before
            assert await counts(app) == (records + 1, messages + 1, replies + 1)
            assert (await app.records())[0].values["messages"] == 1

    asyncio.run(main())


@pytest.mark.parametrize("begun", [True, False], ids=["in a conversation", "as the first message"])
def test_the_same_id_eight_times_at_once_is_answered_once(tmp_path: Path, *, begun: bool) -> None:
    async def main() -> None:
        async with running(tmp_path, settings={"web": {"messages_per_minute": 100}}) as app:
            conversation = (await app.say("你好"))["conversation"] if begun else None
            for turn in range(4):  # who waits for whom differs from time to time
                sent_id = f"{LONG_ID}-{turn}"
                at_once = [app.say(question(), conversation=conversation, id=sent_id) for _ in range(8)]
                async with asyncio.timeout(5):
                    told = await asyncio.gather(*at_once)
                assert all(one == told[0] and len(one["replies"]) == 1 for one in told)
            assert len([row for row in await app.rows(tables.inbox) if row.message_id.startswith(LONG_ID)]) == 4
            assert len(await app.records()) == (1 if begun else 4)

    asyncio.run(main())


def test_nobody_reads_or_writes_a_conversation_by_making_up_its_id(tmp_path: Path) -> None:
    elsewhere = PersonKeys(b"another bureau").new_web_conversation(None)

    async def main() -> None:
        async with running(tmp_path) as app:
            mine = (await app.say(question()))["conversation"]
            turned = mine[:-1] + ("0" if mine[-1] != "0" else "1")
            for made_up in (elsewhere, turned, mine.upper(), mine + "\n", "", "'; --", "\x00", "？" * 40):
                told = await app.client.get("/api/v1/messages", params={"conversation": made_up})
                said = await app.post(conversation=made_up, text="你好")
                for answer in (told, said):
                    assert answer.status_code == 404, made_up
                    assert answer.json()["error"]["code"] == "unknown_conversation"
            assert (await app.client.get("/api/v1/messages")).status_code == 404
            assert len(await app.rows(tables.conversations)) == 1

    asyncio.run(main())


def test_conversations_do_not_see_each_other(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            mine, yours = await asyncio.gather(app.say(question()), app.say("你好"))
            assert mine["conversation"] != yours["conversation"]
            assert (await app.later(yours["conversation"]))["replies"] == yours["replies"]

    asyncio.run(main())


def test_too_many_messages_are_told_when_to_come_back(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, settings={"web": {"messages_per_minute": 3}}) as app:
            conversation = (await app.say("你好"))["conversation"]
            for _ in range(2):
                await app.say("你好", conversation=conversation)
            answer = await app.post(conversation=conversation, text="你好")
            assert answer.status_code == 429
            assert 1 <= int(answer.headers["retry-after"]) <= 20
            assert answer.json()["error"]["code"] == "too_fast"
            assert "110" in answer.json()["error"]["message"]
            assert len(await app.rows(tables.inbox)) == 3, "what was refused is not kept"
            await app.say("你好")  # others go on

    asyncio.run(main())


def test_what_is_left_after_forgetting_still_has_the_contracts_shape(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            first = await app.say(question(), id=LONG_ID)
            conversation = first["conversation"]
            await app.say("清除我的记录", conversation=conversation)
            told = await app.say(conversation=conversation, payload="forget:yes")
            assert wrong(told) == []
            later = await app.later(conversation)
            assert wrong(later) == []
            assert first["replies"][0]["text"] not in [reply["text"] for reply in later["replies"]]
            assert wrong(await app.say(question(), conversation=conversation, id=LONG_ID)) == []

    asyncio.run(main())
