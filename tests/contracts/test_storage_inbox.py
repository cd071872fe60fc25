"""The durable inbox and the leases on conversations, on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest
from sqlalchemy.exc import StatementError

from storage import inbox, leases
from storage.database import Database
from storage.records import Accepted, ConversationKey, NewMessage
from storage.schema import inbox as inbox_table
from tests.storage_tools import (
    KEY,
    LEASE,
    NOW,
    SECOND,
    accept,
    chat,
    claim,
    commit,
    message,
    race,
    rows,
    try_claim,
    turn,
)

Open = Callable[[], Database]


class TestAccept:
    def test_same_message_twice_in_one_batch_is_fresh_once(self, database: Database) -> None:
        first, again, other = accept(database, message("1"), message("1"), message("2"))
        assert (first.fresh, again.fresh, other.fresh) == (True, False, True)
        assert first.inbox_id == again.inbox_id != other.inbox_id
        assert [row["message_id"] for row in rows(database, inbox_table)] == ["1", "2"]

    def test_repetition_in_a_later_batch_is_known_and_changes_nothing(self, database: Database) -> None:
        (first,) = accept(database, message("1"))
        new, again = accept(database, message("2"), message("1", body={"text": "别的"}))
        assert again == Accepted(first.inbox_id, fresh=False)
        assert new.fresh
        assert rows(database, inbox_table)[0]["body"] == {"kind": "text", "text": "话 1"}

    def test_results_come_in_the_order_of_the_messages(self, database: Database) -> None:
        known = {stored.inbox_id for stored in accept(database, *(message(str(n)) for n in range(0, 300, 3)))}
        results = accept(database, *(message(str(n)) for n in range(300)))
        found = {row["id"]: row["message_id"] for row in rows(database, inbox_table)}
        assert [found[result.inbox_id] for result in results] == [str(n) for n in range(300)]
        assert [result.fresh for result in results] == [n % 3 != 0 for n in range(300)]
        assert {result.inbox_id for result in results if not result.fresh} == known

    def test_a_batch_is_stored_in_its_order(self, database: Database) -> None:
        results = accept(database, *(message(str(n)) for n in range(200, 0, -1)))
        assert [result.inbox_id for result in results] == sorted(result.inbox_id for result in results)

    def test_page_of_a_thousand_known_messages(self, database: Database) -> None:
        page = [message(str(n)) for n in range(1000)]
        first = accept(database, *page)
        assert [(again.inbox_id, again.fresh) for again in accept(database, *page)] == [
            (stored.inbox_id, False) for stored in first
        ]

    @pytest.mark.parametrize(
        "other",
        [
            message("1", sender="somebody else"),
            message("1", key=ConversationKey("telegram", KEY.account, KEY.chat)),
            message("1", key=ConversationKey(KEY.channel, "wk2", KEY.chat)),
            message("1 "),
        ],
        ids=["sender", "channel", "account", "space"],
    )
    def test_another_sender_channel_account_or_id_is_another_message(
        self, database: Database, other: NewMessage
    ) -> None:
        assert [stored.fresh for stored in accept(database, message("1"), other)] == [True, True]

    def test_eight_writers_at_once_store_each_message_once(self, database: Database, replica: Open) -> None:
        messages = [message(str(n)) for n in range(40)]
        works = [partial(inbox.accept, messages=messages)] * 8
        results = race(works, [database, replica(), replica()])
        assert len(rows(database, inbox_table)) == 40
        for told in zip(*results, strict=True):
            assert sum(stored.fresh for stored in told) == 1
            assert len({stored.inbox_id for stored in told}) == 1

    def test_replicas_that_hear_the_same_in_opposite_order_lose_nothing(
        self, database: Database, replica: Open
    ) -> None:
        messages = [message(str(n)) for n in range(60)]
        other = replica()

        async def main() -> list[Accepted]:
            forth = [database.write_batch(inbox.accept, one) for one in messages]
            back = [other.write_batch(inbox.accept, one) for one in reversed(messages)]
            return await asyncio.gather(*forth, *back)

        results = asyncio.run(main())
        assert sum(stored.fresh for stored in results) == 60 == len(rows(database, inbox_table))
        assert {stored.inbox_id for stored in results[:60]} == {stored.inbox_id for stored in results[60:]}

    def test_text_comes_back_as_it_was(self, database: Database) -> None:
        text = "老板\u202e拖欠👨‍👩‍👧工资\u200b " + "长" * 20_000
        accept(database, message("1", body={"text": text, "payload": ""}))
        assert claim(database).messages[0].body == {"text": text, "payload": ""}

    def test_ignored_message_is_kept_and_waits_for_nobody(self, database: Database) -> None:
        (stored,) = accept(database, message("1", state="ignored", error="old"))
        assert try_claim(database) is None
        assert database.read_now(partial(inbox.settled, inbox_id=stored.inbox_id)) == "ignored"

    def test_settled_tells_the_state_only_when_nothing_waits(self, database: Database) -> None:
        (stored,) = accept(database, message("1"))
        assert database.read_now(partial(inbox.settled, inbox_id=stored.inbox_id)) is None
        commit(database, turn(claim(database), state="failed", error="KeyError"))
        assert database.read_now(partial(inbox.settled, inbox_id=stored.inbox_id)) == "failed"
        assert database.read_now(partial(inbox.settled, inbox_id=999)) is None


class TestTimes:
    def test_times_come_back_aware_and_in_utc(self, database: Database) -> None:
        beijing = datetime(2027, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=8)))
        accept(database, message("1", sent_at=beijing))
        stored = claim(database).messages[0]
        assert stored.sent_at == beijing
        assert stored.sent_at.tzinfo is UTC
        assert stored.sent_at.isoformat() == "2026-12-31T16:30:00+00:00"

    def test_microseconds_survive(self, database: Database) -> None:
        accept(database, message("1", sent_at=NOW.replace(microsecond=123_457)))
        assert claim(database).messages[0].sent_at.microsecond == 123_457

    def test_naive_time_is_refused(self, database: Database) -> None:
        naive = datetime(2026, 9, 1, 2, 0)  # noqa: DTZ001 - the fault that is tested
        with pytest.raises(StatementError, match="without a zone"):
            accept(database, message("1", sent_at=naive))
        assert rows(database, inbox_table) == []


class TestLeases:
    def test_one_of_twenty_racing_workers_gets_the_conversation(self, database: Database, replica: Open) -> None:
        accept(database, message("1"), message("2"))
        works = [partial(leases.claim, key=KEY, owner=f"w{n}", now=NOW, lease=LEASE) for n in range(20)]
        winners = [held for held in race(works, [database, replica(), replica()]) if held is not None]
        assert len(winners) == 1
        assert [stored.message_id for stored in winners[0].messages] == ["1", "2"]
        assert [stored.attempts for stored in winners[0].messages] == [1, 0]

    def test_messages_come_in_the_order_of_arrival(self, database: Database) -> None:
        names = ["9", "1", "5", "3", "7"]
        for name in names:
            accept(database, message(name), message(name, key=chat("somebody else")))
        assert [stored.message_id for stored in claim(database).messages] == names

    def test_lease_ends_by_itself(self, database: Database) -> None:
        accept(database, message("1"))
        claim(database, owner="dead", now=NOW)
        assert try_claim(database, owner="w", now=NOW + LEASE - SECOND) is None
        again = claim(database, owner="w", now=NOW + LEASE)
        assert [stored.attempts for stored in again.messages] == [2]

    def test_holder_may_claim_again(self, database: Database) -> None:
        accept(database, message("1"))
        first = claim(database, owner="w")
        accept(database, message("2"))
        again = claim(database, owner="w")
        assert again.conversation.id == first.conversation.id
        assert [(stored.message_id, stored.attempts) for stored in again.messages] == [("1", 2), ("2", 0)]

    def test_attempts_count_the_claims_that_began_with_a_message(self, database: Database) -> None:
        accept(database, message("1"), message("2"))
        commit(database, turn(claim(database)))
        for attempt in range(1, 4):
            (second,) = claim(database, now=NOW + attempt * LEASE).messages
            assert (second.message_id, second.attempts) == ("2", attempt)

    def test_nothing_to_claim_where_nothing_waits(self, database: Database) -> None:
        assert try_claim(database) is None

    def test_release_tells_of_messages_that_came_meanwhile(self, database: Database) -> None:
        accept(database, message("1"))
        commit(database, turn(claim(database)))
        release = partial(leases.release, key=KEY, owner="w")
        assert database.write_now(release) is False
        accept(database, message("2"))
        claim(database)
        assert database.write_now(release) is True
        assert try_claim(database, owner="another") is not None

    def test_release_takes_no_lease_from_another(self, database: Database) -> None:
        accept(database, message("1"))
        claim(database, owner="w")
        database.write_now(partial(leases.release, key=KEY, owner="stranger"))
        assert try_claim(database, owner="another") is None

    def test_release_all_frees_what_a_dead_process_held(self, database: Database) -> None:
        accept(database, message("1"))
        claim(database, owner="dead")
        database.write_now(leases.release_all)
        assert try_claim(database, owner="w") is not None

    def test_waiting_conversations_are_free_ones_oldest_message_first(self, database: Database) -> None:
        accept(database, *(message("1", key=chat(name)) for name in "dabc"), message("2", key=chat("d")))
        claim(database, chat("a"))
        commit(database, turn(claim(database, chat("b"))))

        def waiting(now: datetime, limit: int = 10) -> list[str]:
            found = database.read_now(partial(leases.waiting_conversations, now=now, limit=limit))
            return [key.chat for key in found]

        assert waiting(NOW) == ["d", "c"]
        assert waiting(NOW, limit=1) == ["d"]
        assert waiting(NOW + LEASE) == ["d", "a", "c"]

    def test_first_message_makes_the_conversation(self, database: Database) -> None:
        accept(database, message("1", sender="who"))
        conversation = claim(database).conversation
        assert (conversation.key, conversation.person, conversation.holder) == (KEY, "who", "bot")
        assert conversation.dialog == {}
        assert (conversation.window_left, conversation.window_until, conversation.unreachable) == (None, None, None)
