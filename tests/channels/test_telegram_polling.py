"""Telegram by long polling, against the peer: what people do, and what they get."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers.message import Kind
from storage import schema as tables
from tests.channels.telegram_tools import ANNA, BERT, buttons, sent, settled
from tests.peers.telegram.peer import TelegramPeer
from tests.running import question, running


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as peer:
        yield peer


def test_a_question_gets_a_cited_answer_with_choices(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            peer.user_says(ANNA, question())
            (answer,) = await sent(app, peer, ANNA)
            assert "依据：《" in answer["text"]
            assert "human" in [button["callback_data"] for button in buttons(answer)]
            await settled(app, 1)
            (record,) = await app.records()
            assert (record.values["topic"], record.values["channel"]) == ("labor.unpaid-wages-general", "telegram")
            assert str(ANNA) not in str(record.values["person_key"])
            (row,) = await app.rows(tables.outbox)
            assert (row.state, row.platform_id, row.attempts) == ("sent", str(answer["message_id"]), 1)

    asyncio.run(main())


def test_a_tap_on_a_choice_is_answered_and_its_clock_stops(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            peer.user_says(ANNA, "/start")
            (menu,) = await sent(app, peer, ANNA)
            choice = next(b for b in buttons(menu) if b["callback_data"].startswith("topic:"))
            peer.user_presses(ANNA, menu["message_id"], choice["text"])
            answer = (await sent(app, peer, ANNA, 2))[1]
            assert "依据：" in answer["text"]
            await app.until(lambda: all(press.answer is not None for press in peer.presses), "the tap acknowledged")
            (record,) = await app.records()
            assert record.values["topic"] == choice["callback_data"].removeprefix("topic:")

    asyncio.run(main())


def test_start_is_greeted_with_who_speaks_and_a_bold_title(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            for person, words in ((ANNA, "/start"), (BERT, "/start@peer_bot from-a-poster")):
                peer.user_says(person, words)
                (greeting,) = await sent(app, peer, person)
                assert "不是律师" in greeting["text"]
                title = greeting["entities"][0]
                assert (title["type"], title["offset"]) == ("bold", 0)
                assert len(greeting["text"].split("\n")[0]) == title["length"]
                assert buttons(greeting)
            assert await app.records() == []

    asyncio.run(main())


def test_poison_in_the_middle_is_set_aside_and_the_rest_answered(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        peer.user_says(ANNA, question())
        poison = peer.raw_update()
        strange = peer.raw_update({"message": {"message_id": "x", "chat": 7, "date": "yesterday"}})
        nothing = peer.raw_update({"brand_new_kind": {"x": 1}})
        peer.user_says(BERT, question())
        async with running(tmp_path, peer) as app:
            await sent(app, peer, ANNA)
            await sent(app, peer, BERT)
            await app.until(lambda: not peer.pending_updates, "all updates confirmed")
            rows = await app.rows(tables.inbox)
            aside = {row.message_id: row for row in rows if row.state == "failed"}
            assert set(aside) == {f"u{poison['update_id']}", f"u{strange['update_id']}"}
            assert all(row.error.startswith("not understood: ") for row in aside.values())
            assert str(nothing["update_id"]) not in str([row.message_id for row in rows])
            peer.user_says(ANNA, "谢谢")
            await sent(app, peer, ANNA, 2)

    asyncio.run(main())


def test_an_update_delivered_twice_is_one_record_and_one_answer(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            update = peer.user_says(ANNA, question())
            await sent(app, peer, ANNA)
            peer.deliver_again(update["update_id"])
            peer.deliver_again(update["update_id"])
            peer.user_says(ANNA, "谢谢")
            await sent(app, peer, ANNA, 2)
            await settled(app, 2)
            assert len(peer.sent_to(ANNA)) == 2
            (record,) = await app.records()
            assert record.values["messages"] == 1

    asyncio.run(main())


def test_an_edited_message_is_answered_anew(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            said = peer.user_says(ANNA, "你好")
            await sent(app, peer, ANNA)
            peer.user_edits(ANNA, said["message"]["message_id"], question())
            answers = await sent(app, peer, ANNA, 2)
            assert "依据：" in answers[1]["text"]

    asyncio.run(main())


def test_groups_are_none_of_ours(tmp_path: Path, peer: TelegramPeer) -> None:
    group = -100123

    async def main() -> None:
        async with running(tmp_path, peer) as app:
            peer.user_says(ANNA, question(), chat_id=group)
            peer.user_sends_photo(ANNA, chat_id=group)
            peer.removed_from_group(ANNA, group)
            peer.user_says(BERT, question())
            await sent(app, peer, BERT)
            await settled(app, 1)
            assert peer.sent_to(group) == []
            assert peer.sent_to(ANNA) == []

    asyncio.run(main())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"location": {"latitude": 28.84, "longitude": 108.77}}, "还不会看地图"),
        ({"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}}, "请用文字说"),
        (
            {
                "sticker": {
                    "file_id": "s",
                    "file_unique_id": "s",
                    "type": "regular",
                    "width": 9,
                    "height": 9,
                    "is_animated": False,
                    "is_video": False,
                }
            },
            "请用文字说",
        ),
        ({"contact": {"phone_number": "13800000000", "first_name": "X"}}, "请用文字说"),
        ({"dice": {"emoji": "🎲", "value": 3}}, "请用文字说"),
        ({"text": " \n "}, "我没看到"),
        ({"text": "\u202e\u200b👨\u200d👩\u200d👧\x00"}, ""),
        ({"text": "我" * 4096}, ""),
        ({"something_of_next_year": {"x": 1}}, "请用文字说"),
    ],
)
def test_what_cannot_be_read_gets_a_kind_reply(
    tmp_path: Path, peer: TelegramPeer, content: dict[str, Any], words: str
) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            peer.user_sends(ANNA, content)
            (reply,) = await sent(app, peer, ANNA)
            assert words in reply["text"]
            (row,) = await app.rows(tables.inbox)
            assert row.state == "done"

    asyncio.run(main())


def test_a_photo_gets_a_kind_reply_and_its_caption_is_a_question(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            peer.user_sends_photo(ANNA)
            peer.user_sends_document(BERT, "合同.pdf", b"%PDF", caption=question())
            assert "请用文字说" in (await sent(app, peer, ANNA))[0]["text"]
            assert "依据：" in (await sent(app, peer, BERT))[0]["text"]

    asyncio.run(main())


def test_who_blocks_us_is_told_nothing_more(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            peer.user_says(ANNA, "你好")
            await sent(app, peer, ANNA)
            peer.blocked_by(ANNA)
            await settled(app, 2)
            assert (await app.rows(tables.inbox))[-1].body["kind"] == Kind.LEAVE.value
            assert len(peer.calls("sendMessage")) == 1

    asyncio.run(main())


def test_a_restart_goes_on_where_it_stopped(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            peer.user_says(ANNA, question())
            await sent(app, peer, ANNA)
        peer.user_says(ANNA, "谢谢")
        peer.user_says(BERT, question())
        async with running(tmp_path, peer) as app:
            await sent(app, peer, BERT)
            await sent(app, peer, ANNA, 2)
            await settled(app, 3)
            assert (len(peer.sent_to(ANNA)), len(peer.sent_to(BERT))) == (2, 1)
            assert len(await app.records()) == 2
            asked = [int(call.params["offset"]) for call in peer.calls("getUpdates")]
            assert asked == sorted(asked)

    asyncio.run(main())
