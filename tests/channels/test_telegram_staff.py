"""Groups: only the staff's own is heard; the numbers that an administrator enters; coming and going."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import schema as tables
from storage.conversations import ensure
from storage.records import ConversationKey
from tests.channels.telegram_tools import ANNA, BERT, WEBHOOK, sent, settled
from tests.peers.telegram.peer import TelegramPeer
from tests.running import Running, Sections, question, running

OURS, OTHER, LARGE = -1001234567890, -1009876543210, -1005555555555
STAFF: Sections = {"telegram": {"staff_chat": str(OURS)}}


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as peer:
        peer.add_group(OURS, "值班群")
        yield peer


async def everything_taken(app: Running, peer: TelegramPeer) -> None:
    await app.until(lambda: not peer.pending_updates, "all updates confirmed")


async def our_group(app: Running, peer: TelegramPeer) -> ConversationKey:
    """The group as it is known once something was sent there."""
    key = ConversationKey("telegram", peer.token.partition(":")[0], str(OURS))
    await app.app.database.write(lambda c: ensure(c, key, "group", app.app.tools.clock()))
    return key


@pytest.mark.parametrize("settings", [STAFF, {"telegram": {**WEBHOOK["telegram"], **STAFF["telegram"]}}])
def test_only_taps_in_the_staff_group_are_taken(tmp_path: Path, peer: TelegramPeer, settings: Sections) -> None:
    async def main() -> None:
        async with running(tmp_path, peer, settings=settings) as app:
            for chat in (OURS, OTHER):
                peer.user_says(ANNA, question(), chat_id=chat)
                peer.user_says(ANNA, "/start", chat_id=chat)
                peer.user_sends_photo(ANNA, caption="你好", chat_id=chat)
                said = peer.user_says(ANNA, "a", chat_id=chat)
                peer.user_edits(ANNA, said["message"]["message_id"], "b", chat_id=chat)
            tap = {"callback_query": {"id": "1", "from": person(ANNA), "chat_instance": "1", "data": "claim:7"}}
            for chat in (OTHER, OURS):
                tap["callback_query"]["message"] = {"message_id": 1, "date": 0, "chat": group(chat)}
                peer.raw_update(tap)
            await settled(app, 1)
            (row,) = await app.rows(tables.inbox)
            assert (row.chat, row.sender) == (str(OURS), str(ANNA))
            assert row.body == {"kind": "button", "payload": "claim:7", "group": True}
            await everything_taken(app, peer)

    def group(chat: int) -> dict[str, object]:
        return {"id": chat, "type": "supergroup", "title": "x"}

    def person(number: int) -> dict[str, object]:
        return {"id": number, "is_bot": False, "first_name": "Anna"}

    asyncio.run(main())


@pytest.mark.parametrize("words", ["/whoami", "/chatid", "/whoami@peer_bot", "/chatid please"])
def test_anybody_learns_their_number_in_private(tmp_path: Path, peer: TelegramPeer, words: str) -> None:
    async def main() -> None:
        async with running(tmp_path, peer, settings=STAFF) as app:
            peer.user_says(ANNA, words)
            (answer,) = await sent(app, peer, ANNA)
            assert f"您的编号：{ANNA}" in answer["text"]
            assert await app.rows(tables.inbox) == [], "no question of a resident"

    asyncio.run(main())


@pytest.mark.parametrize(("staff_chat", "heard"), [("", [OURS, OTHER]), (str(OURS), [OURS]), (str(OTHER), [OTHER])])
def test_the_number_of_a_group_is_told_until_it_is_entered(
    tmp_path: Path, peer: TelegramPeer, staff_chat: str, heard: list[int]
) -> None:
    async def main() -> None:
        async with running(tmp_path, peer, settings={"telegram": {"staff_chat": staff_chat}}) as app:
            for chat in (OURS, OTHER):
                peer.user_says(ANNA, "/chatid@peer_bot", chat_id=chat)
            peer.user_says(BERT, "/whoami")
            await sent(app, peer, BERT)
            await app.until(lambda: sum(len(peer.sent_to(chat)) for chat in heard) == len(heard), "the answers")
            for chat in (OURS, OTHER):
                said = [message["text"] for message in peer.sent_to(chat)]
                assert len(said) == (1 if chat in heard else 0)
                assert all(f"这个群的编号：{chat}\n您的编号：{ANNA}" in text for text in said)
                assert all(("staff_chat" in text) is (staff_chat == "") for text in said)

    asyncio.run(main())


def test_a_bot_that_is_thrown_out_says_so_and_works_again_once_it_is_back(
    tmp_path: Path, peer: TelegramPeer, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with running(tmp_path, peer, settings=STAFF) as app:
            key = await our_group(app, peer)

            async def reason() -> str:
                rows = await app.rows(tables.conversations)
                return next(str(row.unreachable or "") for row in rows if row.chat == key.chat)

            peer.removed_from_group(ANNA, OTHER)
            peer.removed_from_group(ANNA, OURS)
            await app.until(reason, "the group unreachable")
            assert await reason() == "the bot was removed from the group"
            peer.added_to_group(ANNA, OTHER)
            peer.added_to_group(ANNA, OURS)
            await everything_taken(app, peer)

            async def back() -> bool:
                return await reason() == ""

            await app.until(back, "the group reachable again")

    with caplog.at_level(logging.WARNING, "bot.channels.telegram"):
        asyncio.run(main())
    assert "removed from the staff group" in caplog.text
    assert f'staff_chat = "{OTHER}"' in caplog.text


def test_a_group_with_a_new_number_is_told_in_the_log(
    tmp_path: Path, peer: TelegramPeer, caplog: pytest.LogCaptureFixture
) -> None:
    small = -4001

    async def main() -> None:
        peer.add_group(small)
        async with running(tmp_path, peer, settings={"telegram": {"staff_chat": str(small)}}) as app:
            peer.group_upgraded(ANNA, small, LARGE)
            await everything_taken(app, peer)
            (line,) = await app.app.channels["telegram"].check()  # type: ignore[attr-defined]
            assert f'staff_chat = "{LARGE}"' in line

    with caplog.at_level(logging.ERROR, "bot.channels.telegram"):
        asyncio.run(main())
    assert f'staff_chat = "{LARGE}"' in caplog.text


def test_the_doctor_looks_whether_the_group_can_be_written_to(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer, settings=STAFF) as app:
            check = app.app.channels["telegram"].check  # type: ignore[attr-defined]
            assert await check() == []
            assert peer.sent_to(OURS) == []
            peer.removed_from_group(ANNA, OURS)
            (line,) = await check()
            assert str(OURS) in line
            assert "/chatid" in line

    asyncio.run(main())


def test_who_blocks_the_bot_is_unreachable_until_they_come_back(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            peer.user_says(ANNA, question())
            await sent(app, peer, ANNA)
            peer.blocked_by(ANNA)

            async def reason() -> str | None:
                return str((await app.rows(tables.conversations))[0].unreachable or "")

            await app.until(reason, "Anna unreachable")
            peer.unblocked_by(ANNA)

            async def reached() -> bool:
                return await reason() == ""

            await app.until(reached, "Anna reachable")

    asyncio.run(main())
