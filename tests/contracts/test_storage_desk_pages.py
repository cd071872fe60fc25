"""What the desk's pages read: the queue in numbers, whether a page has something new, records, topics by month."""

from typing import Any

import pytest

from storage import desk, finding, notes, outbox, queue, receptions, standings, topic_counts
from storage.database import Database
from storage.desk_views import waiting
from storage.queue import QueueState
from storage.schema import consultations, conversations, handovers, inbox
from tests.desk_tools import account, asks_for_a_person, conversation, take
from tests.storage_tools import DAY, HOUR, MINUTE, NOW, chat, draft, due, reply, say, write_consultations


def state(database: Database) -> QueueState:
    return database.read_now(queue.state)


def set_all(database: Database, table: Any, **values: Any) -> None:
    database.write_now(lambda c: c.execute(table.update().values(**values)))


class TestQueue:
    def test_counts_by_scope_township_and_channel(self, database: Database) -> None:
        asks_for_a_person(database, "RG-1", chat("1"), township="龙潭镇")
        asks_for_a_person(database, "RG-2", chat("2"), township="龙潭镇")
        asks_for_a_person(database, "RG-3", chat("3"), township="麻旺镇")
        asks_for_a_person(database, "RG-4", chat("4"))
        urgent = handovers.update().where(handovers.c.number == "RG-3").values(urgent=True, created_at=NOW - DAY)
        database.write_now(lambda c: c.execute(urgent))
        found = state(database)
        numbers = [found.counts(unit) for unit in ("", "龙潭镇", "麻旺镇", "可大乡")]
        assert [(one.waiting, one.urgent) for one in numbers] == [(4, 1), (2, 0), (1, 1), (0, 0)]
        assert (found.counts("").oldest, found.counts("可大乡").oldest) == (NOW - DAY, None)
        assert found.by_township("") == {"龙潭镇": 2, "麻旺镇": 1}
        assert found.by_channel("龙潭镇") == {"wecom_kf": 2}

    def test_its_word_changes_with_each_change_of_the_scope_and_with_no_other(self, database: Database) -> None:
        first = asks_for_a_person(database, "RG-1", chat("1"), township="龙潭镇")
        seen = [state(database).version("龙潭镇")]
        asks_for_a_person(database, "RG-2", chat("2"), township="龙潭镇")
        seen.append(state(database).version("龙潭镇"))
        wang = account(database, "wang")
        take(database, first, wang)
        seen.append(state(database).version("龙潭镇"))
        database.write_now(lambda c: desk.give_back(c, first.id, wang.id, NOW))
        assert state(database).version("龙潭镇") == seen[1]
        set_all(database, handovers, summary="老板欠我工钱；补充：三个月")
        seen.append(state(database).version("龙潭镇"))
        set_all(database, conversations, safe_mode=True)
        seen.append(state(database).version("龙潭镇"))
        assert len(set(seen)) == len(seen)
        asks_for_a_person(database, "RG-3", chat("3"), township="麻旺镇")
        assert state(database).version("龙潭镇") == seen[-1]

    def test_narrowed_to_a_township_it_still_shows_who_is_in_safe_mode(self, database: Database) -> None:
        asks_for_a_person(database, "RG-1", chat("1"), township="龙潭镇")
        asks_for_a_person(database, "RG-2", chat("2"), township="麻旺镇")
        hidden = asks_for_a_person(database, "RG-3", chat("3"), township="黑水镇")
        protected = conversations.update().where(conversations.c.id == hidden.id).values(safe_mode=True)
        database.write_now(lambda c: c.execute(protected))
        found = database.read_now(lambda c: waiting(c, "", None, 9, township="龙潭镇"))
        assert [item.number for item in found] == ["RG-1", "RG-3"]
        assert "黑水镇" not in state(database).by_township("")
        # A workstation sees its own alone, whatever is asked for.
        found = database.read_now(lambda c: waiting(c, "龙潭镇", None, 9, township="麻旺镇"))
        assert found == []

    def test_narrowed_to_a_channel(self, database: Database) -> None:
        asks_for_a_person(database, "RG-1", chat("1"))
        asks_for_a_person(database, "RG-2", chat("2"))
        web = conversations.update().where(conversations.c.chat == "2").values(channel="web")
        database.write_now(lambda c: c.execute(web))
        found = database.read_now(lambda c: waiting(c, "", None, 9, channel="web"))
        assert [item.number for item in found] == ["RG-2"]


class TestStandings:
    def test_the_word_changes_with_all_that_the_page_shows(self, database: Database) -> None:
        about, wang = asks_for_a_person(database, "RG-1"), account(database, "wang")

        def word() -> str:
            return database.read_now(lambda c: standings.standings(c, [about.id]))[about.id]

        seen = [word()]
        assert word() == seen[0]
        take(database, about, wang)
        seen.append(word())
        say(database, "more", replies=(reply("a", purpose="staff"),))
        seen.append(word())
        (sent,) = due(database)
        seen.append(word())
        database.write_now(lambda c: outbox.settle(c, sent.id, "sent", NOW))
        seen.append(word())
        database.write_now(lambda c: notes.add(c, "备注", wang.id, "王敏", NOW, conversation_id=about.id))
        seen.append(word())
        set_all(database, conversations, window_left=2, window_until=NOW + HOUR)
        seen.append(word())
        database.write_now(lambda c: desk.end(c, about.id, wang.id, "当场答复", NOW))
        seen.append(word())
        assert len(set(seen)) == len(seen)

    def test_of_several_each_has_its_own_and_of_none_nothing_is_asked(self, database: Database) -> None:
        first, second = asks_for_a_person(database, "RG-1", chat("1")), asks_for_a_person(database, "RG-2", chat("2"))
        before = database.read_now(lambda c: standings.standings(c, [first.id, second.id]))
        say(database, "more", chat("2"))
        after = database.read_now(lambda c: standings.standings(c, [first.id, second.id]))
        assert after[first.id] == before[first.id]
        assert after[second.id] != before[second.id]
        assert database.read_now(lambda c: standings.standings(c, [])) == {}


class TestInHand:
    def test_what_others_hold_the_quietest_first_within_the_scope(self, database: Database) -> None:
        wang, li = account(database, "wang", name="王敏"), account(database, "li")
        for number, township in (("1", "龙潭镇"), ("2", "麻旺镇"), ("3", "龙潭镇")):
            about = asks_for_a_person(database, f"RG-{number}", chat(number), township=township)
            take(database, about, li if number == "3" else wang, NOW + int(number) * MINUTE)
        first = conversation(database, chat("1"))
        database.write_now(lambda c: desk.spoke(c, first.id, wang.id, NOW + HOUR))
        say(database, "later", chat("2"))
        late = inbox.update().where(inbox.c.message_id == "later").values(received_at=NOW + HOUR)
        database.write_now(lambda c: c.execute(late))

        def found(unit: str, besides: int) -> list[tuple[str, bool]]:
            rows = database.read_now(lambda c: receptions.in_hand(c, unit, besides, 20))
            return [(row.conversation.key.chat, row.awaits_answer) for row in rows]

        assert found("", li.id) == [("2", True), ("1", False)]
        assert found("龙潭镇", 0) == [("3", False), ("1", False)]
        held = database.read_now(lambda c: standings.held(c, first.id))
        assert (held.since, held.active_at) == (NOW + MINUTE, NOW + HOUR)
        # A servicer without an account holds it too, and is shown.
        database.write_now(lambda c: desk.taken_in_client(c, chat("1"), "nobody", NOW))
        assert ("1", False) in found("", wang.id)


class TestRecords:
    @pytest.fixture(autouse=True)
    def _written(self, database: Database) -> None:
        write_consultations(database, 1, summary="工地欠薪 50%", township="龙潭镇")
        more = {"summary": "离婚怎么办", "title": "协议离婚", "township": "麻旺镇"}
        say(database, "a", chat("a"), consultation=draft("marriage.divorce", **more))

    def found(self, database: Database, words: str, unit: str = "", account_id: int = 0) -> list[str]:
        rows = database.read_now(lambda c: finding.records(c, words, unit, account_id, 20))
        return [row.summary for row in rows]

    def test_by_number_words_and_title_newest_first(self, database: Database) -> None:
        assert self.found(database, "ZX") == ["离婚怎么办", "工地欠薪 50%"]
        assert self.found(database, "欠薪") == ["工地欠薪 50%"]
        assert self.found(database, "协议") == ["离婚怎么办"]
        assert self.found(database, "50%") == ["工地欠薪 50%"]
        assert self.found(database, "5%0") == []

    def test_within_the_scope_or_answered_by_oneself(self, database: Database) -> None:
        wang = account(database, "wang", unit="龙潭镇")
        assert self.found(database, "ZX", "龙潭镇", wang.id) == ["工地欠薪 50%"]
        set_all(database, consultations, responder_id=wang.id)
        assert len(self.found(database, "ZX", "龙潭镇", wang.id)) == 2

    def test_in_safe_mode_by_number_alone(self, database: Database) -> None:
        set_all(database, conversations, safe_mode=True)
        assert self.found(database, "离婚") == []
        assert self.found(database, "ZX2026-YY") == ["离婚怎么办"]

    def test_merged_records_are_the_same_matter(self, database: Database) -> None:
        set_all(database, consultations, people=0)
        assert self.found(database, "ZX") == []


def test_topics_are_counted_within_the_month(database: Database) -> None:
    write_consultations(database, 3, opened_at=NOW)
    say(database, "a", chat("a"), consultation=draft("labor.wages", status="待人工"))
    say(database, "b", chat("b"), consultation=draft("marriage.divorce"))
    say(database, "c", chat("c"), consultation=draft(""))
    set_all(database, consultations, feedback="useful")
    wrong = consultations.update().where(consultations.c.topic == "marriage.divorce")
    database.write_now(lambda c: c.execute(wrong.values(feedback="other_case", opened_at=NOW + DAY)))
    counted = database.read_now(lambda c: topic_counts.of_period(c, NOW, NOW + DAY))
    assert counted == {"labor.wages": topic_counts.TopicCount(4, 1, 4, 0, 0)}
    counted = database.read_now(lambda c: topic_counts.of_period(c, NOW + MINUTE, NOW + 2 * DAY))
    assert counted == {"marriage.divorce": topic_counts.TopicCount(1, 0, 0, 0, 1)}
    set_all(database, consultations, people=0)
    assert database.read_now(lambda c: topic_counts.of_period(c, NOW, NOW + DAY)) == {}
