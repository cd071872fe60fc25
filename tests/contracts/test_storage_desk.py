"""Who holds a conversation, on SQLite and on PostgreSQL: claims race, and one wins."""

from collections.abc import Callable
from functools import partial

import pytest

from storage import desk, desk_views, notes
from storage.conversations import commit_turn
from storage.database import Database
from storage.errors import Changed
from storage.schema import accounts, conversations, handovers, inbox, outbox
from tests.desk_tools import account, asks_for_a_person, conversation, take
from tests.storage_tools import DAY, HOUR, KEY, MINUTE, NOW, SECOND, arrive, chat, due, race, reply, rows, say, turn

Open = Callable[[], Database]
RACING = 50


class TestClaim:
    def test_one_of_fifty_racing_claims_wins_and_the_others_hear_who(self, database: Database, replica: Open) -> None:
        about = asks_for_a_person(database)
        people = [account(database, f"clerk{number}") for number in range(RACING)]
        holders = [desk.Holder(one.id, one.name, "console") for one in people]
        works = [partial(desk.claim, conversation_id=about.id, holder=holder, now=NOW) for holder in holders]
        told = race(works, [database, replica()])
        won = [taken for taken in told if taken is not None and taken.won]
        assert len(won) == 1
        winner = conversation(database).holder_name
        lost = [taken for taken in told if taken is not None and not taken.won]
        assert len(lost) == RACING - 1
        assert {taken.conversation.holder_name for taken in lost} == {winner}
        (handover,) = rows(database, handovers)
        assert (handover["state"], handover["claimed_name"]) == ("claimed", winner)

    def test_who_claims_twice_has_it_once(self, database: Database) -> None:
        about, wang = asks_for_a_person(database), account(database, "wang")
        first, second = take(database, about, wang), take(database, about, wang, NOW + MINUTE)
        assert (first.won, first.fresh, second.won, second.fresh) == (True, True, True, False)
        assert [row["claimed_at"] for row in rows(database, handovers)] == [NOW]

    def test_all_that_waits_in_the_conversation_goes_with_it(self, database: Database) -> None:
        asks_for_a_person(database, "RG-1")
        about, other = asks_for_a_person(database, "RG-2"), asks_for_a_person(database, "RG-3", chat("other"))
        taken = take(database, about, account(database, "wang"))
        assert len(taken.handovers) == 2
        states = {row["number"]: row["state"] for row in rows(database, handovers)}
        assert states == {"RG-1": "claimed", "RG-2": "claimed", "RG-3": "waiting"}
        assert conversation(database, other.key).holder == "waiting"

    def test_stepping_in_unasked_is_a_reception_of_its_own(self, database: Database) -> None:
        say(database, "1")
        taken = take(database, conversation(database), account(database, "wang"))
        (handover,) = rows(database, handovers)
        assert (handover["id"],) == taken.handovers
        assert (handover["reason"], handover["state"]) == ("stepped_in", "claimed")
        assert handover["inbox_id"] == rows(database, inbox)[0]["id"]

    def test_a_chat_of_staff_cannot_be_taken(self, database: Database) -> None:
        say(database, "1")
        database.write_now(lambda c: c.execute(conversations.update().values(kind="staff")))
        holder = desk.Holder(account(database, "wang").id, "wang", "console")
        assert database.write_now(lambda c: desk.claim(c, conversation(database).id, holder, NOW)) is None


class TestLetGo:
    def test_given_back_it_waits_again_and_is_told_anew(self, database: Database) -> None:
        about, wang = asks_for_a_person(database), account(database, "wang")
        take(database, about, wang)
        database.write_now(lambda c: c.execute(handovers.update().values(alerted_at=NOW)))
        assert database.write_now(lambda c: desk.give_back(c, about.id, wang.id, NOW)) != ()
        (handover,) = rows(database, handovers)
        assert (handover["state"], handover["claimed_by"], handover["alerted_at"]) == ("waiting", None, None)
        now = conversation(database)
        assert (now.holder, now.holder_id, now.holder_name) == ("waiting", None, None)

    def test_only_the_holder_gives_back_hands_on_or_ends(self, database: Database) -> None:
        about, wang, li = asks_for_a_person(database), account(database, "wang"), account(database, "li")
        take(database, about, wang)
        to_li = desk.Holder(li.id, "li", "console")
        assert database.write_now(lambda c: desk.give_back(c, about.id, li.id, NOW)) == ()
        assert not database.write_now(lambda c: desk.hand_on(c, about.id, li.id, to_li, NOW))
        assert database.write_now(lambda c: desk.end(c, about.id, li.id, "当场答复", NOW)) is None
        assert not database.write_now(lambda c: desk.spoke(c, about.id, li.id, NOW))
        assert conversation(database).holder_id == wang.id

    def test_handed_on_it_is_the_colleagues(self, database: Database) -> None:
        about, wang, li = asks_for_a_person(database), account(database, "wang"), account(database, "li")
        take(database, about, wang)
        assert database.write_now(
            lambda c: desk.hand_on(c, about.id, wang.id, desk.Holder(li.id, "li", "console"), NOW)
        )
        assert conversation(database).holder_id == li.id
        assert rows(database, handovers)[0]["claimed_by"] == li.id

    def test_ended_the_bot_answers_again_and_the_outcome_stands(self, database: Database) -> None:
        about, wang = asks_for_a_person(database), account(database, "wang")
        (taken,) = take(database, about, wang).handovers
        ended = database.write_now(lambda c: desk.end(c, about.id, wang.id, "引导法援", NOW + HOUR))
        assert ended == (taken,)
        (handover,) = rows(database, handovers)
        assert (handover["state"], handover["outcome"], handover["closed_by"]) == ("closed", "引导法援", wang.id)
        assert conversation(database).holder == "bot"

    def test_the_first_reply_is_noted_once(self, database: Database) -> None:
        about, wang = asks_for_a_person(database), account(database, "wang")
        take(database, about, wang)
        for minutes in (1, 2):
            database.write_now(lambda c, m=minutes: desk.spoke(c, about.id, wang.id, NOW + m * MINUTE))  # type: ignore[misc]
        assert rows(database, handovers)[0]["first_reply_at"] == NOW + MINUTE
        assert rows(database, conversations)[0]["holder_active_at"] == NOW + 2 * MINUTE


class TestInTheClient:
    def test_the_platform_decides_who_serves(self, database: Database) -> None:
        about, wang = asks_for_a_person(database), account(database, "wang")
        li = account(database, "li", name="李四", wecom_userid="lisi")
        take(database, about, wang)
        database.write_now(lambda c: desk.taken_in_client(c, KEY, "LiSi", NOW + MINUTE))
        now = conversation(database)
        assert (now.holder_id, now.holder_name, now.holder_via) == (li.id, "李四", "client")
        assert rows(database, handovers)[0]["claimed_by"] == li.id

    def test_a_servicer_without_an_account_is_known_by_the_platforms_name(self, database: Database) -> None:
        asks_for_a_person(database)
        assert len(database.write_now(lambda c: desk.taken_in_client(c, KEY, "ZhangSan", NOW))) == 1
        now = conversation(database)
        assert (now.holder, now.holder_id, now.holder_name) == ("person", None, "ZhangSan")

    def test_an_account_that_may_not_act_any_more_holds_nothing(self, database: Database) -> None:
        asks_for_a_person(database)
        gone = account(database, "gone", name="走了的", wecom_userid="gone")
        database.write_now(
            lambda c: c.execute(accounts.update().where(accounts.c.id == gone.id).values(disabled_at=NOW))
        )
        database.write_now(lambda c: desk.taken_in_client(c, KEY, "gone", NOW))
        now = conversation(database)
        assert (now.holder, now.holder_id, now.holder_name) == ("person", None, "gone")

    def test_ended_there_it_wants_its_outcome_later(self, database: Database) -> None:
        asks_for_a_person(database)
        li = account(database, "li", wecom_userid="lisi")
        database.write_now(lambda c: desk.said_in_client(c, KEY, "lisi", NOW))
        database.write_now(lambda c: desk.ended_in_client(c, KEY, NOW + HOUR))
        (item,) = database.read_now(lambda c: desk_views.without_outcome(c, li.id))
        assert (item.state, item.outcome, item.first_reply_at) == ("closed", None, NOW)
        database.write_now(lambda c: desk.set_outcome(c, item.id, "当场答复"))
        assert database.read_now(lambda c: desk_views.without_outcome(c, li.id)) == []
        assert conversation(database).holder == "bot"


class TestSilence:
    def test_a_turn_that_began_before_the_claim_writes_nothing(self, database: Database) -> None:
        held = arrive(database, "1")
        take(database, held.conversation, account(database, "wang"))
        with pytest.raises(Changed):
            database.write_now(lambda c: commit_turn(c, turn(held, replies=(reply("a"),))))
        assert rows(database, outbox) == []
        assert rows(database, inbox)[0]["state"] == "new"

    def test_what_was_decided_before_the_claim_does_not_go_after_it(self, database: Database) -> None:
        say(database, "1", replies=(reply("a"), reply("b", purpose="urgent", priority=0), reply("c", purpose="staff")))
        take(database, conversation(database), account(database, "wang"))
        sent = []
        for _ in range(3):
            found = due(database)
            sent += [row.purpose for row in found]
            gone = outbox.update().where(outbox.c.id.in_([row.id for row in found])).values(state="sent")
            database.write_now(lambda c, gone=gone: c.execute(gone))  # type: ignore[misc]
        assert sorted(sent) == ["staff", "urgent"]
        states = {row["key"]: row["state"] for row in rows(database, outbox)}
        assert states == {"a": "dropped", "b": "sent", "c": "sent"}


class TestQueue:
    def test_the_endangered_come_first_then_by_arrival(self, database: Database) -> None:
        for number in range(6):
            asks_for_a_person(database, f"RG-{number}", chat(str(number)))
        urgent = handovers.update().where(handovers.c.number == "RG-4").values(urgent=True)
        database.write_now(lambda c: c.execute(urgent))
        early = handovers.update().where(handovers.c.number == "RG-3").values(created_at=NOW - DAY)
        database.write_now(lambda c: c.execute(early))
        wanted = ["RG-4", "RG-3", "RG-0", "RG-1", "RG-2", "RG-5"]
        assert [item.number for item in _page(database, None, 50)] == wanted
        pages: list[list[str]] = []
        after: desk_views.Position | None = None
        while page := _page(database, after):
            pages.append([item.number for item in page])
            after = page[-1].position
        assert pages == [wanted[:2], wanted[2:4], wanted[4:]]

    def test_a_workstation_sees_its_own(self, database: Database) -> None:
        asks_for_a_person(database, "RG-1", chat("1"), township="龙潭镇")
        asks_for_a_person(database, "RG-2", chat("2"), township="麻旺镇")
        asks_for_a_person(database, "RG-3", chat("3"))
        for unit, wanted in (("龙潭镇", ["RG-1"]), ("麻旺镇", ["RG-2"]), ("", ["RG-1", "RG-2", "RG-3"])):
            assert [item.number for item in _page(database, None, 50, unit)] == wanted
            assert database.read_now(partial(desk_views.queue_counts, unit=unit)).waiting == len(wanted)

    def test_a_reception_in_which_the_resident_spoke_last_comes_first(self, database: Database) -> None:
        wang = account(database, "wang")
        for name in ("1", "2"):
            take(database, asks_for_a_person(database, f"RG-{name}", chat(name)), wang)
        say(database, "later", chat("2"))
        database.write_now(lambda c: c.execute(inbox.update().values(received_at=NOW - SECOND)))
        late = inbox.update().where(inbox.c.message_id == "later").values(received_at=NOW + MINUTE)
        database.write_now(lambda c: c.execute(late))
        found = database.read_now(lambda c: desk_views.held_by(c, wang.id))
        assert [(one.conversation.key.chat, one.awaits_answer) for one in found] == [("2", True), ("1", False)]
        assert [one.handover.number for one in found if one.handover] == ["RG-2", "RG-1"]

    def test_the_history_holds_everybodys_words_in_their_order(self, database: Database) -> None:
        say(database, "1", replies=(reply("a"),))
        about, wang = conversation(database), account(database, "wang", name="王敏")
        database.write_now(
            lambda c: notes.add(c, "像是要走仲裁", wang.id, "王敏", NOW + HOUR, conversation_id=about.id)
        )
        lines = database.read_now(lambda c: desk_views.history(c, about))
        assert [(line.by, line.body.get("text")) for line in lines] == [
            ("resident", "话 1"),
            ("bot", "答 a"),
            ("note", "像是要走仲裁"),
        ]

    def test_search_finds_by_number_and_words_and_keeps_to_the_scope(self, database: Database) -> None:
        wang = account(database, "wang", unit="龙潭镇")
        asks_for_a_person(database, "RG0901-1", chat("1"), township="龙潭镇")
        asks_for_a_person(database, "RG0901-2", chat("2"), township="麻旺镇")

        def found(words: str, unit: str) -> list[str]:
            items = database.read_now(lambda c: desk_views.search(c, words, unit, wang.id, 20))
            return [item.number for item in items]

        assert found("RG0901", "") == ["RG0901-2", "RG0901-1"]
        assert found("欠我工钱", "龙潭镇") == ["RG0901-1"]
        assert found("100%", "") == []
        hidden = conversations.update().values(safe_mode=True)
        database.write_now(lambda c: c.execute(hidden))
        assert found("欠我工钱", "") == []
        assert found("RG0901-1", "") == ["RG0901-1"]


def _page(
    database: Database, after: desk_views.Position | None, limit: int = 2, unit: str = ""
) -> list[desk_views.QueueItem]:
    return database.read_now(lambda c: desk_views.waiting(c, unit, after, limit))
