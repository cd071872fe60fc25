"""Telegram's faults: too fast, gone, broken, twice; what is lost, what is sent again, what is never said aloud."""

import asyncio
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import build
from handlers.message import Button, Reply
from storage import schema as tables
from storage.records import ConversationKey, OutboxRow
from tests.channels.telegram_tools import ANNA, BERT, WEBHOOK, sent, settled
from tests.peers.telegram.peer import TelegramPeer
from tests.processes import fawen_run
from tests.running import Clock, matcher, question, running, settings_for

PERSONS = range(5_000_000_100, 5_000_000_112)


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as peer:
        yield peer


def test_after_a_429_the_whole_account_waits_and_everything_arrives_once(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        peer.watch_rates()
        async with running(tmp_path, peer) as app:
            peer.too_many_requests(2, times=1, method="sendMessage")
            peer.user_says(ANNA, question())
            await app.until(lambda: peer.calls("sendMessage"), "the refused try")
            for person in PERSONS:
                peer.user_says(person, "你好")
            await settled(app, 1 + len(PERSONS))
            assert peer.violations == []
            assert [len(peer.sent_to(person)) for person in (ANNA, *PERSONS)] == [1] * (1 + len(PERSONS))
            assert [row.attempts for row in await app.rows(tables.outbox)] == [2] + [1] * len(PERSONS)

    asyncio.run(main())


def test_who_blocked_us_is_marked_and_reached_again_when_they_write(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            peer.forbidden(chat_id=ANNA)
            peer.user_says(ANNA, question())
            await settled(app, 1)
            (conversation,) = await app.rows(tables.conversations)
            (reply,) = await app.rows(tables.outbox)
            assert conversation.unreachable.startswith("403")
            assert (reply.state, reply.attempts) == ("dropped", 1)
            peer.user_says(ANNA, "你好")
            await sent(app, peer, ANNA)
            assert (await app.rows(tables.conversations))[0].unreachable is None

    asyncio.run(main())


def test_someone_who_is_gone_does_not_hold_up_the_others(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            peer.user_says(ANNA, question())
            peer.deactivated(ANNA)
            peer.user_says(BERT, question())
            await settled(app, 2)
            assert len(peer.sent_to(BERT)) == 1
            states = {row.chat: row.state for row in await app.rows(tables.outbox)}
            assert states == {str(ANNA): "dropped", str(BERT): "sent"}

    asyncio.run(main())


@pytest.mark.parametrize("fault", ["500", "502 page", "reset before"])
def test_what_was_not_taken_is_sent_once_the_fault_is_over(tmp_path: Path, peer: TelegramPeer, fault: str) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, peer, clock=clock) as app:
            inject(fault)
            peer.user_says(ANNA, question())
            await app.until(lambda: peer.calls("sendMessage"), "the failed try")
            await app.until(lambda: postponed(app.rows(tables.outbox)), "the reply postponed")
            clock.advance(minutes=10)
            await settled(app, 1)
            assert len(peer.sent_to(ANNA)) == 1
            assert (await app.rows(tables.outbox))[0].attempts == 2

    def inject(fault: str) -> None:
        if fault == "reset before":
            peer.reset_before(method="sendMessage")
        else:
            raw = "<html>Bad Gateway</html>" if "page" in fault else ""
            peer.server_error(int(fault[:3]), method="sendMessage", raw=raw)

    async def postponed(rows: Any) -> bool:
        return [row.error is not None for row in await rows] == [True]

    asyncio.run(main())


def test_a_reply_whose_fate_is_unknown_is_sent_again(tmp_path: Path, peer: TelegramPeer) -> None:
    """At least once, as `docs` say: Telegram has no key by which to know a repetition."""

    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, peer, clock=clock) as app:
            peer.reset_after(method="sendMessage")
            peer.user_says(ANNA, question())
            await sent(app, peer, ANNA)
            clock.advance(minutes=10)
            first, second = await sent(app, peer, ANNA, 2)
            assert first["text"] == second["text"]
            await settled(app, 1)
            assert len(await app.records()) == 1

    asyncio.run(main())


def test_a_reply_that_telegram_never_takes_is_given_up_with_its_reason(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app:
            peer.server_error(400, chat_id=ANNA, times=1, method="sendMessage")
            peer.user_says(ANNA, question())
            await settled(app, 1)
            (row,) = await app.rows(tables.outbox)
            assert (row.state, row.attempts) == ("dead", 1)
            assert row.error.startswith("400")

    asyncio.run(main())


@pytest.mark.parametrize("fault", ["500", "429", "reset", "no list", "not JSON"])
def test_polling_goes_on_after_a_fault(tmp_path: Path, peer: TelegramPeer, fault: str) -> None:
    if fault == "429":
        peer.too_many_requests(1, method="getUpdates")
    elif fault == "reset":
        peer.reset_before(method="getUpdates")
    else:
        raw = {"500": "", "no list": '{"ok": true, "result": {}}', "not JSON": "<html>"}[fault]
        peer.server_error(500 if fault == "500" else 200, method="getUpdates", raw=raw)

    async def main() -> None:
        async with running(tmp_path, peer) as app:
            peer.user_says(ANNA, question())
            await sent(app, peer, ANNA)
            first, second = (call.at for call in peer.calls("getUpdates")[:2])
            assert fault == "no list" or second - first > 0.9, "a fault is followed by a pause"

    asyncio.run(main())


def test_another_poller_makes_us_step_back_and_come_again(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer) as app, httpx.AsyncClient() as other:
            await app.until(lambda: peer.calls("getUpdates"), "our poll")
            url = f"{peer.base_url}/bot{peer.token}/getUpdates"
            theirs = await other.post(url, json={"timeout": 1}, timeout=10)
            assert theirs.status_code == 200
            await app.until(lambda: [call.status for call in peer.calls("getUpdates")].count(409) == 1, "409")
            peer.user_says(ANNA, question())
            await sent(app, peer, ANNA)
            assert len(peer.calls("getUpdates")) < 8, "no stampede"

    asyncio.run(main())


def test_a_telegram_that_is_down_at_the_start_holds_nobody_up(tmp_path: Path) -> None:
    async def main() -> None:
        peer = TelegramPeer()
        with peer:
            pass  # takes a port, and gives it back
        async with running(tmp_path, peer) as app:
            assert (await app.say(question()))["replies"]
            with peer:
                peer.user_says(ANNA, question())
                await sent(app, peer, ANNA)

    asyncio.run(main())


def test_a_webhook_that_cannot_be_set_is_tried_again(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        peer.server_error(500, method="setWebhook", times=1)
        async with running(tmp_path, peer, settings=WEBHOOK) as app:
            peer.user_says(ANNA, question())
            await sent(app, peer, ANNA)
            assert [call.status for call in peer.calls("setWebhook")] == [500, 200]

    asyncio.run(main())


def test_the_longest_answers_fit_into_one_message(tmp_path: Path, peer: TelegramPeer) -> None:
    """UTF-16 units count: what lies outside the basic plane counts twice."""
    texts = ["工" * 6000, "𠮷" * 3000, "👨\u200d👩\u200d👧" * 900, "一句话。" * 2000]

    async def main() -> None:
        app = build(settings_for(tmp_path, peer), matcher=matcher())
        channel = app.channels["telegram"]
        app.database.start()
        try:
            for person, text in enumerate(texts, ANNA):
                key = ConversationKey("telegram", peer.token.partition(":")[0], str(person))
                row = OutboxRow(1, "k", 1, None, key, "answer", {}, None, 1, None, datetime.now(UTC))
                peer.add_user(person)
                whole = Reply(text, title="拖欠工资" * 9, cites=("《劳动合同法》第三十条",) * 4)
                fitted = channel.fit(whole)
                assert fitted.text + fitted.more == text
                assert Button("更多", "more") in fitted.buttons
                await channel.send(row, fitted)
                shown = peer.sent_to(person)[-1]["text"]
                assert 3800 < len(shown.encode("utf-16-le")) // 2 <= 4096
                assert shown.endswith("第三十条")
        finally:
            await app.stop()

    asyncio.run(main())


def test_the_token_is_never_in_the_log(tmp_path: Path, peer: TelegramPeer) -> None:
    telegram = {"ENABLED": "true", "TOKEN": peer.token, "API_BASE": peer.base_url}
    peer.server_error(500, method="sendMessage")
    peer.reset_before(method="deleteWebhook")
    peer.raw_update()
    peer.user_says(ANNA, question())
    with fawen_run(tmp_path, {f"FAWEN__TELEGRAM__{key}": value for key, value in telegram.items()}) as process:
        peer.wait_for_sent(ANNA, timeout=30)
        peer.stop()
        process.send_signal(signal.SIGTERM)
        said, errors = process.communicate(timeout=20)
    assert "set aside" in errors
    assert "Telegram cannot be read" in errors
    assert peer.token.partition(":")[2] not in said + errors
