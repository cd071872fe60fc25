"""The Telegram peer's webhook: setting it, delivery in order, redelivery until the bot takes an update."""

import asyncio
import json
from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest
from telegram import Bot
from telegram.error import Conflict

from tests.peers.telegram.peer import TelegramPeer
from tests.peers.telegram.webhook import DeliveryOptions
from tests.peers.telegram_client import Receiver, receiver, refused, with_bot

ANN = 4711
BEN = 4712


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer(delivery=DeliveryOptions(time_scale=0.01, timeout=0.3)) as running:
        yield running


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def set_webhook(peer: TelegramPeer, url: str, **more: object) -> str:
    answer = httpx.post(f"{peer.base_url}/bot{peer.token}/setWebhook", json={"url": url, **more})
    return str(answer.json()["description"])


def test_secret_and_order(peer: TelegramPeer, hook: Receiver) -> None:
    waiting = [peer.user_says(ANN, "before")["update_id"]]
    assert set_webhook(peer, hook.address, secret_token="s3cret_-") == "Webhook was set"
    waiting += [peer.user_says(ANN + number % 3, str(number))["update_id"] for number in range(30)]
    hook.wait(31)
    assert hook.ids == waiting
    assert set(hook.secrets) == {"s3cret_-"}
    peer.wait_until(lambda: not peer.pending_updates)


@pytest.mark.parametrize("status", [500, 403, 302])
def test_redelivery_of_the_same_update_until_it_succeeds(peer: TelegramPeer, hook: Receiver, status: int) -> None:
    hook.answers = [(status, b"")] * 3
    set_webhook(peer, hook.address)
    first = peer.user_says(ANN, "one")["update_id"]
    second = peer.user_says(ANN, "two")["update_id"]
    hook.wait(5)
    assert hook.ids == [first] * 4 + [second]
    assert hook.bodies[0] == hook.bodies[3]
    peer.wait_until(lambda: len(peer.deliveries) == 5)
    deliveries = peer.deliveries
    assert [(item.attempt, item.status) for item in deliveries[:4]] == [
        (1, status),
        (2, status),
        (3, status),
        (4, 200),
    ]
    pauses = [later.at - sooner.at for sooner, later in pairwise(deliveries[:4])]
    assert pauses[1] >= 0.02
    assert pauses[2] >= 0.04


def test_redelivery_after_a_timeout_and_a_dead_address(peer: TelegramPeer, hook: Receiver) -> None:
    hook.delay = 0.5
    set_webhook(peer, hook.address)
    update_id = peer.user_says(ANN, "slow")["update_id"]
    hook.wait(1)
    hook.delay = 0.0
    hook.wait(2)
    assert hook.ids == [update_id] * 2
    assert peer.deliveries[0].status is None
    set_webhook(peer, "http://127.0.0.1:9/nobody")
    peer.user_says(ANN, "lost on the way")
    peer.wait_until(lambda: "Connection failed" in peer.deliveries[-1].error)


def test_retry_after_is_heeded(peer: TelegramPeer, hook: Receiver) -> None:
    hook.answers = [(503, b""), (503, b"")]
    hook.headers = {"retry-after": "30"}
    set_webhook(peer, hook.address)
    peer.user_says(ANN, "later")
    peer.wait_until(lambda: len(peer.deliveries) == 3)
    first, second, _ = peer.deliveries
    assert second.at - first.at >= 0.3


def test_chats_wait_for_each_other_unless_parallel(hook: Receiver) -> None:
    with TelegramPeer(delivery=DeliveryOptions(timeout=5, parallel=True)) as peer:
        set_webhook(peer, hook.address)
        hook.delay = 0.3
        ids = [peer.user_says(user, "hi")["update_id"] for user in (ANN, ANN, BEN)]
        hook.wait(2)
        assert sorted(hook.ids) == [ids[0], ids[2]]
        hook.wait(3)
        assert hook.ids[2] == ids[1]


def test_duplicate_and_raw_updates_arrive(peer: TelegramPeer, hook: Receiver) -> None:
    set_webhook(peer, hook.address)
    update_id = peer.user_says(ANN, "once")["update_id"]
    hook.wait(1)
    peer.deliver_again(update_id)
    hook.wait(2)
    assert hook.bodies[0] == hook.bodies[1]
    raw = peer.raw_update({"message": "nonsense"})
    hook.wait(3)
    assert hook.bodies[2] == raw


def test_webhook_and_polling_exclude_each_other(peer: TelegramPeer, hook: Receiver) -> None:
    async def use(bot: Bot) -> None:
        poll = asyncio.create_task(bot.get_updates(timeout=20))
        await asyncio.sleep(0.1)
        await bot.set_webhook(hook.address, max_connections=7, allowed_updates=["message"])
        with pytest.raises(Conflict, match="terminated by setWebhook"):
            await poll
        with pytest.raises(Conflict, match="while webhook is active"):
            await bot.get_updates()
        info = await bot.get_webhook_info()
        assert (info.url, info.max_connections, info.allowed_updates) == (hook.address, 7, ("message",))
        assert await bot.delete_webhook()
        assert (await bot.get_webhook_info()).url == ""
        assert await bot.get_updates() == ()

    with_bot(peer, use)


def test_webhook_info_tells_of_errors_and_what_is_pending(peer: TelegramPeer, hook: Receiver) -> None:
    hook.answers = [(500, b"")] * 1000
    set_webhook(peer, hook.address)
    peer.user_says(ANN, "one")
    peer.user_says(ANN, "two")
    hook.wait(2)

    async def use(bot: Bot) -> None:
        info = await bot.get_webhook_info()
        assert info.pending_update_count == 2
        assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
        await bot.delete_webhook(drop_pending_updates=True)
        assert await bot.get_updates() == ()

    with_bot(peer, use)


def test_webhook_can_drop_what_is_pending(peer: TelegramPeer, hook: Receiver) -> None:
    peer.user_says(ANN, "dropped")
    set_webhook(peer, hook.address, drop_pending_updates=True)
    kept = peer.user_says(ANN, "kept")["update_id"]
    hook.wait(1)
    assert hook.ids == [kept]
    assert set_webhook(peer, hook.address) == "Webhook is already set"


@pytest.mark.parametrize(
    ("url", "secret", "said"),
    [
        ("http://bot.example/x", "", "An HTTPS URL must be provided"),
        ("https://bot.example:8000/x", "", "only on ports 80, 88, 443 or 8443"),
        ("https://bot.example/x", "", "Failed to resolve host"),
        ("ftp://127.0.0.1/x", "", "invalid webhook URL"),
        ("http://127.0.0.1/x", "秘密", "unallowed characters"),
        ("http://127.0.0.1/x", "s" * 257, "too long"),
    ],
)
def test_refused_webhooks(peer: TelegramPeer, url: str, secret: str, said: str) -> None:
    async def use(bot: Bot) -> None:
        with refused(said):
            await bot.set_webhook(url, secret_token=secret)

    with_bot(peer, use)


def test_public_address_is_led_to_loopback(hook: Receiver) -> None:
    base = hook.address.removesuffix("/telegram")
    with TelegramPeer(delivery=DeliveryOptions(deliver_to=base)) as peer:
        set_webhook(peer, "https://bot.example/telegram")
        peer.user_says(ANN, "hi")
        hook.wait(1)


def test_method_in_the_answer_is_called(peer: TelegramPeer, hook: Receiver) -> None:
    reply = {"method": "sendMessage", "chat_id": ANN, "text": "in the answer"}
    hook.answers = [(200, json.dumps(reply).encode())]
    set_webhook(peer, hook.address)
    peer.user_says(ANN, "hi")
    assert peer.wait_for_sent(ANN)[0]["text"] == "in the answer"


def test_webhook_survives_a_restart_of_the_server(hook: Receiver) -> None:
    peer = TelegramPeer()
    with peer:
        set_webhook(peer, hook.address)
    with peer:
        peer.user_says(ANN, "after")
        hook.wait(1)
