"""Telegram by webhook: what the peer delivers, and what strangers send."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import schema as tables
from tests.channels.telegram_tools import ANNA, BERT, SECRET, WEBHOOK, buttons, sent, settled
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.telegram.webhook import DeliveryOptions
from tests.running import Apart, Running, question, running, running_apart

HEADERS = {"x-telegram-bot-api-secret-token": SECRET, "content-type": "application/json"}
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_PARTS = st.sampled_from(["message_id", "date", "chat", "from", "text", "id", "type", "location", "data"])
_BODIES = st.dictionaries(_PARTS, _VALUES | st.fixed_dictionaries({"id": st.integers(), "type": st.text()}))
_KINDS = st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member", "poll"])


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer(delivery=DeliveryOptions(time_scale=0.01)) as peer:
        yield peer


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    with TelegramPeer() as peer, running_apart(tmp_path_factory.mktemp("hook"), peer, settings=WEBHOOK) as app:
        yield app


def update(number: int, text: object, person: int = ANNA) -> dict[str, Any]:
    chat = {"id": person, "type": "private", "first_name": "Anna"}
    sender = {"id": person, "is_bot": False, "first_name": "Anna"}
    message = {"message_id": number, "date": 1_790_000_000, "chat": chat, "from": sender, "text": text}
    return {"update_id": number, "message": message}


async def ready(app: Running, peer: TelegramPeer) -> None:
    await app.until(lambda: peer.calls("setWebhook"), "the webhook set")


def test_question_choice_and_start_work_as_by_polling(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer, settings=WEBHOOK) as app:
            await ready(app, peer)
            peer.user_says(ANNA, question())
            (answer,) = await sent(app, peer, ANNA)
            assert "依据：《" in answer["text"]
            peer.user_says(BERT, "/start")
            (menu,) = await sent(app, peer, BERT)
            choice = next(b for b in buttons(menu) if b["callback_data"].startswith("topic:"))
            peer.user_presses(BERT, menu["message_id"], choice["callback_data"])
            assert "依据：" in (await sent(app, peer, BERT, 2))[1]["text"]
            await settled(app, 3)
            assert len(await app.records()) == 2
            assert {delivery.status for delivery in peer.deliveries} == {200}

    asyncio.run(main())


def test_poison_and_duplicates_do_not_hold_up_the_others(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer, settings=WEBHOOK) as app:
            await ready(app, peer)
            first = peer.user_says(ANNA, question())
            peer.raw_update()
            peer.deliver_again(first["update_id"])
            peer.user_says(ANNA, "谢谢")
            await sent(app, peer, ANNA, 2)
            await app.until(lambda: not peer.pending_updates, "everything taken")
            assert [delivery.attempt for delivery in peer.deliveries] == [1] * 4
            assert [row.state for row in await app.rows(tables.inbox)].count("failed") == 1
            await settled(app, 3)
            assert len(peer.sent_to(ANNA)) == 2
            assert len(await app.records()) == 1

    asyncio.run(main())


def test_what_came_while_the_service_was_down_is_answered_after_the_start(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer, settings=WEBHOOK) as app:
            await ready(app, peer)
        peer.user_says(ANNA, question())
        await asyncio.sleep(0.1)
        async with running(tmp_path, peer, settings=WEBHOOK) as app:
            await sent(app, peer, ANNA)
            await settled(app, 1)
            assert len(peer.sent_to(ANNA)) == 1

    asyncio.run(main())


def test_the_same_update_many_times_at_once_is_answered_once(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer, settings=WEBHOOK) as app:
            peer.add_user(ANNA)
            body = json.dumps(update(1, question()))
            posts = [app.client.post("/telegram", content=body, headers=HEADERS) for _ in range(8)]
            assert {answer.status_code for answer in await asyncio.gather(*posts)} == {200}
            await settled(app, 1)
            assert len(peer.sent_to(ANNA)) == 1
            assert (await app.records())[0].values["messages"] == 1

    asyncio.run(main())


@pytest.mark.parametrize("secret", [None, "", SECRET[:-1], SECRET + "x", SECRET.upper(), "ü"])
def test_without_the_secret_nothing_is_taken(service: Apart, secret: str | None) -> None:
    headers = [] if secret is None else [(b"x-telegram-bot-api-secret-token", secret.encode())]
    before = len(service.do(service.running.rows(tables.inbox)))
    post = service.running.client.post("/telegram", content=json.dumps(update(9, "你好")), headers=headers)
    assert service.do(post).status_code == 403
    assert len(service.do(service.running.rows(tables.inbox))) == before


def test_nothing_is_taken_where_updates_are_polled(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer, settings={"telegram": {"webhook_secret": SECRET}}) as app:
            for given in ({}, {"x-telegram-bot-api-secret-token": ""}, HEADERS):
                answer = await app.client.post("/telegram", content=json.dumps(update(9, "你好")), headers=given)
                assert answer.status_code == 403
            assert await app.rows(tables.inbox) == []

    asyncio.run(main())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"update_id": 1, "message": "\xff"}', 400),
        (b"[" * 100_000, 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"x"', 400),
        (b"{}", 400),
        (b'{"update_id": "1"}', 400),
        (b'{"update_id": 1.5}', 400),
        (b'{"update_id": null, "message": {}}', 400),
        (b'{"update_id": true}', 400),
        (b'{"update_id": ' + b"9" * 200 + b"}", 400),
        (b'{"update_id": -1, "message": {}}', 400),
        (b" " * (1024 * 1024 + 1), 413),
    ],
)
def test_a_bad_body_is_refused(service: Apart, body: bytes, status: int) -> None:
    before = len(service.do(service.running.rows(tables.inbox)))
    answer = service.do(service.running.client.post("/telegram", content=body, headers=HEADERS))
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert len(service.do(service.running.rows(tables.inbox))) == before


def test_lone_surrogates_and_nul_are_answered(tmp_path: Path, peer: TelegramPeer) -> None:
    async def main() -> None:
        async with running(tmp_path, peer, settings=WEBHOOK) as app:
            peer.add_user(ANNA)
            body = json.dumps(update(1, "老板\ud800不给\x00工资\udfff"))
            assert (await app.client.post("/telegram", content=body, headers=HEADERS)).status_code == 200
            await settled(app, 1)
            assert (await app.rows(tables.inbox))[0].state == "done"
            assert len(peer.sent_to(ANNA)) == 1

    asyncio.run(main())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=_KINDS, body=_BODIES | _VALUES, number=st.integers(1, 2**31))
def test_any_update_is_taken_and_never_fails(service: Apart, kind: str, body: Any, number: int) -> None:
    content = json.dumps({"update_id": number, kind: body})
    answer = service.do(service.running.client.post("/telegram", content=content, headers=HEADERS))
    assert answer.status_code == 200
