"""The Telegram peer's faults on demand, its watch over sending rates, and its control API."""

import asyncio
import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram import Bot
from telegram.error import Forbidden, NetworkError, RetryAfter, TimedOut

from tests.peers.telegram.faults import Fault
from tests.peers.telegram.images import blank_png
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.telegram.rates import Limits
from tests.peers.telegram_client import with_bot

ANN = 4711
BEN = 4712
GROUP = -4713


@pytest.fixture(autouse=True)
def _seconds_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it python-telegram-bot warns each time it raises RetryAfter."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as running:
        running.add_user(ANN)
        running.add_user(BEN)
        running.add_group(GROUP)
        yield running


def texts(peer: TelegramPeer, chat_id: int = ANN) -> list[str]:
    return [message["text"] for message in peer.sent_to(chat_id)]


def test_429_for_one_chat_and_for_all(peer: TelegramPeer) -> None:
    async def use(bot: Bot) -> None:
        peer.too_many_requests(3, chat_id=ANN, times=2)
        await bot.send_message(BEN, "free")
        for _ in range(2):
            with pytest.raises(RetryAfter) as caught:
                await bot.send_message(ANN, "a")
            assert caught.value.retry_after == timedelta(seconds=3)
        await bot.send_message(ANN, "b")
        peer.too_many_requests(1)
        assert await bot.get_updates() == ()
        with pytest.raises(RetryAfter):
            await bot.send_message(BEN, "c")

    with_bot(peer, use)
    assert (texts(peer), texts(peer, BEN)) == (["b"], ["free"])
    assert [call.status for call in peer.calls("sendMessage")] == [200, 429, 429, 200, 429]


def test_429_on_the_wire(peer: TelegramPeer) -> None:
    peer.too_many_requests(7)
    answer = httpx.get(f"{peer.base_url}/bot{peer.token}/getMe")
    assert answer.headers["retry-after"] == "7"
    assert answer.json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }


def test_403_500_and_502(peer: TelegramPeer) -> None:
    async def use(bot: Bot) -> None:
        peer.forbidden(chat_id=ANN)
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(ANN, "a")
        peer.server_error(500)
        with pytest.raises(NetworkError, match="Internal Server Error"):
            await bot.send_message(ANN, "b")
        peer.server_error(502, raw="<html><h1>502 Bad Gateway</h1></html>")
        with pytest.raises(NetworkError, match="Bad Gateway"):
            await bot.send_message(ANN, "c")
        peer.server_error(502, method="getUpdates", times=None)
        await bot.send_message(ANN, "d")
        with pytest.raises(NetworkError):
            await bot.get_updates()
        peer.clear_faults()
        assert await bot.get_updates() == ()

    with_bot(peer, use)
    assert texts(peer) == ["d"]


def test_slow_answer_after_the_work(peer: TelegramPeer) -> None:
    async def use(bot: Bot) -> None:
        peer.slow(5)
        with pytest.raises(TimedOut):
            await bot.send_message(ANN, "done all the same", read_timeout=0.3)
        peer.slow(0.2)
        began = time.monotonic()
        await bot.send_message(ANN, "late")
        assert time.monotonic() - began >= 0.2

    with_bot(peer, use)
    assert texts(peer) == ["done all the same", "late"]


@pytest.mark.parametrize("after", [False, True])
def test_reset_before_and_after_the_work(peer: TelegramPeer, after: bool) -> None:
    (peer.reset_after if after else peer.reset_before)(chat_id=ANN)

    async def use(bot: Bot) -> None:
        with pytest.raises(NetworkError, match="ReadError"):
            await bot.send_message(ANN, "a")
        await bot.send_message(ANN, "b")

    with_bot(peer, use)
    assert texts(peer) == (["a", "b"] if after else ["b"])
    first = peer.calls("sendMessage")[0]
    assert first.status == (200 if after else None)
    assert "connection reset" in first.description


def test_only_the_named_method_fails(peer: TelegramPeer) -> None:
    peer.inject(Fault("refuse", method="sendPhoto", status=500, description="Internal Server Error"))

    async def use(bot: Bot) -> None:
        await bot.send_message(ANN, "a")
        with pytest.raises(NetworkError):
            await bot.send_photo(ANN, blank_png())

    with_bot(peer, use)


def test_rates_are_watched_in_strict_mode_only(peer: TelegramPeer) -> None:
    async def burst(bot: Bot) -> None:
        await asyncio.gather(*(bot.send_message(ANN, str(number)) for number in range(3)))
        await bot.send_message(BEN, "other")

    with_bot(peer, burst)
    assert peer.violations == []
    peer.watch_rates()
    with_bot(peer, burst)
    assert [(item.rule, item.chat_id) for item in peer.violations] == [("chat", ANN)] * 2


def test_one_a_second_is_no_violation(peer: TelegramPeer) -> None:
    peer.watch_rates()

    async def use(bot: Bot) -> None:
        await bot.send_message(ANN, "a")
        await asyncio.sleep(1.0)
        await bot.send_message(ANN, "b")

    with_bot(peer, use)
    assert peer.violations == []


def test_overall_and_group_limits(peer: TelegramPeer) -> None:
    peer.watch_rates(Limits(per_chat=100, overall=5, per_group_minute=3))

    async def use(bot: Bot) -> None:
        for _ in range(4):
            await bot.send_message(GROUP, "x")
        for _ in range(2):
            await bot.send_message(ANN, "x")

    with_bot(peer, use)
    assert [item.rule for item in peer.violations] == ["group", "overall"]


def test_sending_during_a_halt_is_a_violation(peer: TelegramPeer) -> None:
    peer.watch_rates(Limits(per_chat=100))
    peer.too_many_requests(1, chat_id=ANN)

    async def use(bot: Bot) -> None:
        with pytest.raises(RetryAfter):
            await bot.send_message(ANN, "a")
        await bot.send_message(BEN, "free")
        await bot.send_message(ANN, "too early")
        await asyncio.sleep(1)
        await bot.send_message(ANN, "in time")

    with_bot(peer, use)
    assert [(item.rule, item.chat_id) for item in peer.violations] == [("retry_after", ANN)]


def test_stopping_does_not_wait_for_polls_or_slow_answers(peer: TelegramPeer) -> None:
    async def use(bot: Bot) -> None:
        poll = asyncio.create_task(bot.get_updates(timeout=30))
        peer.slow(30)
        slow = asyncio.create_task(bot.send_message(ANN, "a", read_timeout=30))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await asyncio.to_thread(peer.stop)
        assert time.monotonic() - began < 2
        assert await poll == ()
        assert (await slow).text == "a"
        peer.start()

    with_bot(peer, use)


@pytest.fixture
def control() -> Iterator[httpx.Client]:
    """The control API of a peer that runs as a process of its own."""
    command = [sys.executable, "-m", "tests.peers.telegram", "--token", "1:abc"]
    root = Path(__file__).resolve().parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, text=True) as process:
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())
        assert address["token"] == "1:abc"
        with httpx.Client(base_url=address["base_url"], trust_env=False) as client:
            yield client
        process.terminate()
        assert process.wait(10) == 0


def test_control_api_of_the_process(control: httpx.Client) -> None:
    def result(answer: httpx.Response) -> Any:
        return answer.raise_for_status().json()["result"]

    update = result(control.post("/_peer/user_says", json={"user_id": ANN, "text": "喂"}))
    assert result(control.post("/bot1:abc/getUpdates")) == [update]
    picture = base64.b64encode(blank_png(80, 60)).decode()
    photo = result(control.post("/_peer/user_sends_photo", json={"user_id": ANN, "data": picture}))
    assert photo["message"]["photo"][-1]["width"] == 80
    result(control.post("/_peer/strict", json={"on": True, "limits": {"per_chat": 1}}))
    fault = {"kind": "refuse", "status": 500, "description": "Internal Server Error"}
    assert len(result(control.post("/_peer/faults", json=fault))) == 1
    words = {"chat_id": ANN, "text": "好"}
    assert control.post("/bot1:abc/sendMessage", json=words).status_code == 500
    result(control.post("/bot1:abc/sendMessage", json=words))
    result(control.post("/bot1:abc/sendMessage", json=words))
    assert [item["text"] for item in result(control.get("/_peer/sent", params={"chat_id": ANN}))] == ["好", "好"]
    assert [item["rule"] for item in result(control.get("/_peer/violations"))] == ["chat"]
    assert len(result(control.get("/_peer/calls", params={"method": "sendMessage"}))) == 3
    assert result(control.get("/_peer/deliveries")) == []
    result(control.post("/_peer/faults", json=fault))
    assert result(control.delete("/_peer/faults")) == []


@pytest.mark.parametrize(
    ("path", "values", "code"),
    [
        ("user_dances", {}, 404),
        ("user_says", {"user_id": ANN}, 400),
        ("user_presses", {"user_id": ANN, "message_id": 5, "button": "x"}, 400),
        ("faults", {"kind": "refuse", "colour": "red"}, 400),
        ("user_says", [], 400),
        ("strict", {"limits": {"per_year": 1}}, 400),
    ],
)
def test_control_api_refuses_what_makes_no_sense(peer: TelegramPeer, path: str, values: object, code: int) -> None:
    answer = httpx.post(f"{peer.base_url}/_peer/{path}", json=values)
    assert answer.status_code == code
    assert answer.json()["ok"] is False
    assert httpx.get(f"{peer.base_url}/_peer/sent").status_code == 400
