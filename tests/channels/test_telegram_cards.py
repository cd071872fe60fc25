"""Cards that staff got: changed where they stand; and what is sent to a group at which pace."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import build
from bot.channels.base import DeliveryError, Refused, Sent, TooLate, TryLater, Unreachable
from handlers.message import Button, Reply
from storage.records import ConversationKey, OutboxRow
from tests.channels.telegram_tools import ANNA, buttons
from tests.peers.telegram.faults import Fault
from tests.peers.telegram.peer import TelegramPeer
from tests.running import matcher, settings_for

GROUP = -1001234567890
CARD = Reply(
    "编号：RG1127-12\n乡镇：龙潭镇", title="有人等您接待", buttons=(Button("接待", "claim:12"),), purpose="alert"
)


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as peer:
        peer.add_group(GROUP)
        peer.add_user(ANNA)
        yield peer


def play(tmp_path: Path, peer: TelegramPeer, *replies: Reply, chat: int = GROUP) -> list[Sent | DeliveryError]:
    """What comes of sending these one after the other; "card" in `updates` stands for the first one's handle."""

    async def main() -> list[Sent | DeliveryError]:
        app = build(settings_for(tmp_path, peer), matcher=matcher())
        channel = app.channels["telegram"]
        app.database.start()
        key = ConversationKey("telegram", peer.token.partition(":")[0], str(chat))
        row = OutboxRow(1, "k", 1, None, key, "alert", {}, None, 1, None, datetime.now(UTC))
        results: list[Sent | DeliveryError] = []
        try:
            for reply in replies:
                first = results[0].update_code if results and isinstance(results[0], Sent) else ""
                body = reply.body() | ({"updates": first} if reply.updates == "card" else {})
                try:
                    results.append(await channel.send(row, Reply.from_body(body)))
                except DeliveryError as error:
                    results.append(error)
        finally:
            await app.stop()
        return results

    return asyncio.run(main())


def taken(words: str = "张三 已接待") -> Reply:
    return Reply(words, title="RG1127-12", updates="card", purpose="alert")


def test_a_card_that_is_taken_loses_its_button(tmp_path: Path, peer: TelegramPeer) -> None:
    first, second = play(tmp_path, peer, CARD, taken())
    assert isinstance(first, Sent)
    (shown,) = peer.sent_to(GROUP)
    assert first == second == Sent(str(shown["message_id"]), update_code=str(shown["message_id"]))
    assert shown["text"] == "RG1127-12\n\n张三 已接待"
    assert shown["entities"] == [{"type": "bold", "offset": 0, "length": 9}]
    assert buttons(shown) == []


def test_a_change_that_changes_nothing_and_a_card_that_is_gone_are_as_wanted(
    tmp_path: Path, peer: TelegramPeer
) -> None:
    assert all(isinstance(one, Sent) for one in play(tmp_path, peer, CARD, taken(), taken()))
    gone = Reply("张三 已接待", updates="999999", purpose="alert")
    assert play(tmp_path, peer, gone) == [Sent("999999", update_code="999999")]


def test_a_card_that_telegram_will_not_change_troubles_nobody(tmp_path: Path, peer: TelegramPeer) -> None:
    text = "Bad Request: message can't be edited"
    peer.inject(Fault("refuse", 1, method="editMessageText", status=400, description=text))
    _, late = play(tmp_path, peer, CARD, taken())
    assert isinstance(late, TooLate)
    assert "can't be edited" in str(late).lower()
    (strange,) = play(tmp_path, peer, Reply("张三 已接待", updates="a code of another platform", purpose="alert"))
    assert isinstance(strange, TooLate)


@pytest.mark.parametrize("fault", ["429", "502", "reset", "kicked"])
def test_other_faults_of_a_change_are_those_of_a_message(tmp_path: Path, peer: TelegramPeer, fault: str) -> None:
    if fault == "429":
        peer.too_many_requests(7, method="editMessageText")
    elif fault == "502":
        peer.server_error(502, method="editMessageText", raw="<html>")
    elif fault == "reset":
        peer.reset_before(method="editMessageText")
    else:
        peer.forbidden("Forbidden: bot was kicked from the supergroup chat", method="editMessageText")
    _, came = play(tmp_path, peer, CARD, taken())
    assert isinstance(came, Unreachable if fault == "kicked" else TryLater)
    if isinstance(came, TryLater):
        assert (came.after, came.everybody) == ((7, True) if fault == "429" else (None, False))


def test_a_link_is_a_button_where_it_can_be_and_words_where_not(tmp_path: Path, peer: TelegramPeer) -> None:
    outside = Reply("x", link="https://fawen.example.gov.cn/console/conversations/1", purpose="alert")
    inside = Reply("y", link="http://127.0.0.1:8348/console/conversations/1", purpose="alert")
    assert all(isinstance(one, Sent) for one in play(tmp_path, peer, outside, inside, chat=ANNA))
    first, second = peer.sent_to(ANNA)
    assert [button.get("url") for button in buttons(first)] == [outside.link]
    assert inside.link not in first["text"]
    assert buttons(second) == []
    assert inside.link in second["text"]


def test_what_comes_too_fast_for_a_group_goes_back_to_the_outbox(tmp_path: Path, peer: TelegramPeer) -> None:
    peer.watch_rates()
    replies = [Reply(str(number), purpose="alert") for number in range(3)]
    first, second, third = play(tmp_path, peer, *replies)
    assert isinstance(first, Sent)
    assert isinstance(second, Sent), "a second is waited for"
    assert isinstance(third, Sent)
    assert peer.violations == []


def test_a_group_that_cannot_be_found_is_unreachable(tmp_path: Path, peer: TelegramPeer) -> None:
    assert isinstance(play(tmp_path, peer, CARD, chat=-999)[0], Unreachable)
    peer.group_upgraded(ANNA, GROUP, -1005555555555)
    assert isinstance(play(tmp_path, peer, CARD)[0], Unreachable)


def test_a_card_that_breaks_a_rule_is_refused(tmp_path: Path, peer: TelegramPeer) -> None:
    (refused,) = play(tmp_path, peer, Reply("x", buttons=(Button("接待", "c" * 65),), purpose="alert"))
    assert isinstance(refused, Refused)
    assert not isinstance(refused, TooLate)
