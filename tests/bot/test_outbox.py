"""The outbox: how fast, in which order, how often, and what may not go at all."""

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from bot.channels.base import DeliveryError, HeldByPerson, Rate, Refused, Sent, TooLate, TryLater, Unreachable
from bot.outbox import LONGEST_PAUSE, MOST_ATTEMPTS, TokenBucket, pause_before
from handlers.message import Reply
from storage import schema as tables
from storage.database import Database
from storage.records import OutboxRow
from tests.bot.outbox_tools import Desk, Wire, sending
from tests.running import Clock


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, Wire(), Clock())


@pytest.mark.parametrize(
    ("attempt", "shortest", "longest"), [(1, 1, 3), (2, 2, 6), (3, 4, 12), (7, 64, 192), (8, 128, 384), (9, 150, 450)]
)
def test_pauses_double_and_are_spread_by_half(attempt: int, shortest: float, longest: float) -> None:
    jitter = random.Random(attempt)
    pauses = [pause_before(attempt, jitter) for _ in range(400)]
    assert shortest <= min(pauses) < shortest * 1.1
    assert longest * 0.9 < max(pauses) <= longest


@given(st.integers(1, 1000), st.integers())
def test_no_pause_is_longer_than_a_few_minutes(attempt: int, seed: int) -> None:
    assert 0 < pause_before(attempt, random.Random(seed)) <= LONGEST_PAUSE * 1.5


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 40)), max_size=40))
def test_a_bucket_never_gives_more_than_its_rate_and_burst(steps: list[tuple[float, int]]) -> None:
    bucket, now, taken = TokenBucket(Rate(per_second=3, burst=10), 0.0), 0.0, 0
    for pause, wanted in steps:
        now += pause
        count = min(wanted, bucket.available(now))
        bucket.take(count)
        taken += count
        assert taken <= 10 + 3 * now + 1e-6


def test_an_empty_bucket_tells_when_the_next_may_go() -> None:
    bucket = TokenBucket(Rate(per_second=4, burst=2), 0.0)
    bucket.take(bucket.available(0.0))
    assert (bucket.available(0.0), bucket.wait()) == (0, 0.25)
    assert bucket.available(0.25) == 1
    assert bucket.wait() == 0.0
    assert bucket.available(100.0) == 2


def test_the_rate_of_the_channel_is_kept(desk: Desk) -> None:
    desk.wire.rate = Rate(per_second=20, burst=5)

    async def main() -> None:
        for number in range(15):
            desk.due(f"chat {number}", "answer")
        start = asyncio.get_running_loop().time()
        async with sending(desk):
            assert await desk.finished() == ["sent"] * 15
        assert asyncio.get_running_loop().time() - start >= 10 / 20 - 0.05

    asyncio.run(main())


def test_the_urgent_goes_before_answers_and_notices_last(desk: Desk) -> None:
    desk.wire.rate = Rate(per_second=200, burst=1)  # one after the other
    for number in range(3):
        desk.due(f"notice {number}", "notice", priority=9, purpose="notice")
        desk.due(f"answer {number}", "answer")
        desk.due(f"urgent {number}", "urgent", priority=0, purpose="urgent")

    async def main() -> None:
        async with sending(desk):
            await desk.finished()

    asyncio.run(main())
    assert desk.wire.sent == ["urgent"] * 3 + ["answer"] * 3 + ["notice"] * 3


def test_answers_of_one_conversation_keep_their_order_through_a_fault(desk: Desk) -> None:
    desk.wire.faults = [TryLater("busy", 0.05)]
    for text in ("first", "second", "third"):
        desk.due("chat", text)

    async def main() -> None:
        async with sending(desk):
            assert await desk.finished() == ["sent"] * 3

    asyncio.run(main())
    assert desk.wire.sent == ["first", "second", "third"]
    assert desk.wire.tried[:2] == [("first", 1), ("first", 2)]
    assert [row.platform_id for row in desk.rows()] == ["id of first", "id of second", "id of third"]


def test_a_429_holds_the_whole_account_and_no_other(desk: Desk) -> None:
    desk.wire.faults = [TryLater("429", 30, everybody=True)]
    desk.due("chat 0", "slow down")

    async def main() -> None:
        async with sending(desk):
            await desk.until(lambda: desk.rows()[0].error, "the refusal kept")
            for number in range(1, 4):
                desk.due(f"chat {number}", "waits")
            desk.due("chat", "elsewhere", account="b")
            await desk.until(lambda: "elsewhere" in desk.wire.sent, "the other account")
            await asyncio.sleep(0.3)
            assert desk.wire.sent == ["elsewhere"]
            desk.clock.advance(seconds=31)
            assert await desk.finished() == ["sent"] * 5

    asyncio.run(main())
    assert sorted(desk.wire.sent) == ["elsewhere", "slow down", "waits", "waits", "waits"]


@pytest.mark.parametrize("fault", [TryLater("no answer"), RuntimeError("a mistake of ours about Anna")])
def test_after_eight_tries_a_reply_is_given_up_and_says_so(desk: Desk, fault: Exception) -> None:
    desk.wire.faults = [fault] * (MOST_ATTEMPTS + 5)
    desk.due("chat", "unlucky")

    async def main() -> None:
        async with sending(desk):
            for attempt in range(1, MOST_ATTEMPTS + 1):
                await desk.until(lambda n=attempt: len(desk.wire.tried) >= n, f"try {attempt}")  # type: ignore[misc]
                await asyncio.sleep(0.03)
                assert len(desk.wire.tried) == attempt, "no try before its time"
                desk.clock.advance(seconds=LONGEST_PAUSE * 1.5)
            assert await desk.finished() == ["dead"]

    asyncio.run(main())
    (row,) = desk.rows()
    assert row.attempts == MOST_ATTEMPTS
    assert row.error.startswith("given up after 8 tries")
    assert "Anna" not in row.error


def test_being_slowed_down_for_long_gives_no_reply_up(desk: Desk) -> None:
    slow = MOST_ATTEMPTS + 2
    desk.wire.faults = [TryLater("429", 60, everybody=True)] * slow
    desk.due("chat", "patient")

    async def main() -> None:
        async with sending(desk):
            for attempt in range(1, slow + 1):
                await desk.until(lambda n=attempt: len(desk.wire.tried) >= n, f"try {attempt}")  # type: ignore[misc]
                await asyncio.sleep(0.05)
                desk.clock.advance(seconds=61)
            assert await desk.finished() == ["sent"]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Refused("400"), "dead"),
        (TooLate("60140"), "dropped"),
        (Unreachable("403"), "dropped"),
        (HeldByPerson("95018", "LiSi"), "dropped"),
    ],
)
def test_what_may_never_go_is_tried_once_and_kept_with_the_reason(desk: Desk, fault: DeliveryError, state: str) -> None:
    desk.wire.faults = [fault]
    desk.due("chat", "answer")

    async def main() -> None:
        async with sending(desk):
            assert await desk.finished() == [state]

    asyncio.run(main())
    assert desk.wire.tried == [("answer", 1)]
    assert desk.rows()[0].error == str(fault)


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"holder": "person"}, "a person holds"), ({"unreachable": "403"}, "unreachable: 403")],
    ids=["a person holds it", "the resident is gone"],
)
def test_what_may_not_go_any_more_is_dropped_without_a_try(desk: Desk, change: dict[str, str], reason: str) -> None:
    desk.due("chat", "answer")
    desk.due("chat", "danger", priority=0, purpose="urgent")
    desk.database.write_now(lambda c: c.execute(update(tables.conversations).values(change)))

    async def main() -> None:
        async with sending(desk):
            await desk.finished()

    asyncio.run(main())
    answer, danger = desk.rows()
    assert (answer.state, answer.attempts) == ("dropped", 0)
    assert answer.error.startswith(reason)
    assert (danger.state == "sent") == ("holder" in change), "danger is spoken over a person, not to nobody"


def test_after_a_person_took_over_the_rest_is_dropped(desk: Desk) -> None:
    desk.wire.faults = [HeldByPerson("95018", "LiSi")]
    desk.due("chat", "first")
    desk.due("chat", "second")

    async def main() -> None:
        async with sending(desk):
            assert await desk.finished() == ["dropped", "dropped"]

    asyncio.run(main())
    assert desk.wire.sent == []


def test_who_waits_with_the_platform_for_a_person_is_not_held_by_one(desk: Desk) -> None:
    desk.wire.faults = [HeldByPerson("in the pool", None)]
    desk.due("chat", "first")
    desk.due("chat", "second")

    async def main() -> None:
        async with sending(desk):
            assert await desk.finished() == ["dropped", "sent"]

    asyncio.run(main())
    assert [row.update_code for row in desk.rows()] == [None, "code of second"]


def test_a_reply_that_was_on_the_wire_when_the_process_died_is_sent_again_after_its_lease(desk: Desk) -> None:
    desk.due("chat", "answer")

    class Dead(Wire):
        async def send(self, row: OutboxRow, reply: Reply) -> Sent:
            raise asyncio.CancelledError

    async def main() -> None:
        dead = Desk(desk.database, Dead(), desk.clock)
        async with sending(dead):
            await dead.until(lambda: dead.rows()[0].attempts == 1, "leased")
        async with sending(desk):
            if not desk.database.is_sqlite:  # there nobody else can be at it, and the start takes it back at once
                await asyncio.sleep(0.2)
                assert desk.wire.sent == []
                desk.clock.advance(seconds=91)
            assert await desk.finished() == ["sent"]

    asyncio.run(main())
    assert desk.wire.tried == [("answer", 2)]


def test_stopping_ends_the_sender_even_where_something_new_comes_at_that_moment(desk: Desk) -> None:
    async def main() -> None:
        for ticks in range(6):
            await desk.outbox.start()
            await asyncio.sleep(0.05)  # the sender waits for something new
            desk.outbox.wake()
            for _ in range(ticks):
                await asyncio.sleep(0)
            async with asyncio.timeout(5):
                await desk.outbox.stop()

    asyncio.run(main())
