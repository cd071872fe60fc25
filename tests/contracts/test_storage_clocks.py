"""What the desk's clocks look at, on SQLite and on PostgreSQL: every act races, and is done once."""

from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from storage import desk, desk_clocks
from storage.database import Database
from storage.schema import handovers
from tests import case_tools
from tests.desk_tools import account, asks_for_a_person, conversation, take
from tests.storage_tools import HOUR, MINUTE, NOW, accept, chat, message, race

Open = Callable[[], Database]


class TestLevels:
    def test_of_racing_reminders_one_goes_and_none_after_a_later_level(self, database: Database, replica: Open) -> None:
        asks_for_a_person(database)
        (promise,) = database.read_now(lambda c: desk_clocks.running_promises(c, 10))
        raised = race([partial(desk_clocks.raise_promise, handover_id=promise.id, level=80)] * 8, [database, replica()])
        assert sorted(raised) == [False] * 7 + [True]
        assert not database.write_now(lambda c: desk_clocks.raise_promise(c, promise.id, 50))
        (promise,) = database.read_now(lambda c: desk_clocks.running_promises(c, 10))
        assert promise.level == 80
        assert database.write_now(lambda c: desk_clocks.raise_promise(c, promise.id, 100))
        assert database.read_now(lambda c: desk_clocks.running_promises(c, 10)) == []

    def test_what_is_closed_meanwhile_is_not_reminded_of(self, database: Database) -> None:
        about, wang = asks_for_a_person(database), account(database, "wang")
        (promise,) = database.read_now(lambda c: desk_clocks.running_promises(c, 10))
        take(database, about, wang)
        database.write_now(lambda c: desk.end(c, about.id, wang.id, "当场答复", NOW))
        assert not database.write_now(lambda c: desk_clocks.raise_promise(c, promise.id, 50))

    def test_the_promise_that_ends_first_comes_first_and_the_rest_next_time(self, database: Database) -> None:
        for number in (2, 1, 3):
            asks_for_a_person(database, f"RG-{number}", chat(str(number)))
            database.write_now(
                lambda c, n=number: c.execute(  # type: ignore[misc]
                    handovers.update().where(handovers.c.number == f"RG-{n}").values(promised_at=NOW + n * HOUR)
                )
            )
        found = database.read_now(lambda c: desk_clocks.running_promises(c, 2))
        assert [promise.number for promise in found] == ["RG-1", "RG-2"]

    def test_a_new_limit_of_a_case_has_reminders_of_its_own(self, database: Database, replica: Open) -> None:
        case = case_tools.submitted(database)
        case_tools.now_in(database, case, "submitted", due_from=NOW, due_at=NOW + HOUR)
        (limit,) = database.read_now(lambda c: desk_clocks.running_limits(c, 10))
        raises = partial(desk_clocks.raise_limit, case_id=case.id, due_at=limit.due_at, level=50)
        assert sorted(race([raises] * 8, [database, replica()])) == [False] * 7 + [True]
        case_tools.now_in(database, case, "accepted", due_at=NOW + 2 * HOUR, sla_level=0)
        assert not database.write_now(raises)
        assert database.write_now(partial(raises, due_at=NOW + 2 * HOUR))


class TestWaiters:
    def test_of_racing_words_one_is_said(self, database: Database, replica: Open) -> None:
        asks_for_a_person(database)
        (waiter,) = database.read_now(lambda c: desk_clocks.waiters(c, NOW, 10))
        tells = partial(desk_clocks.claim_telling, waiter=waiter, now=NOW + MINUTE)
        assert sorted(race([tells] * 8, [database, replica()])) == [False] * 7 + [True]
        (told,) = database.read_now(lambda c: desk_clocks.waiters(c, NOW, 10))
        assert told.told_at == NOW + MINUTE

    def test_who_was_taken_meanwhile_is_not_told(self, database: Database) -> None:
        about = asks_for_a_person(database)
        (waiter,) = database.read_now(lambda c: desk_clocks.waiters(c, NOW, 10))
        take(database, about, account(database, "wang"))
        assert not database.write_now(lambda c: desk_clocks.claim_telling(c, waiter, NOW))

    def test_who_heard_nothing_for_longest_comes_first(self, database: Database) -> None:
        for name in ("told", "untold"):
            asks_for_a_person(database, f"RG-{name}", chat(name))
        first, _ = database.read_now(lambda c: desk_clocks.waiters(c, NOW, 10))
        database.write_now(lambda c: desk_clocks.note_told(c, first.conversation.id, NOW + MINUTE))
        (next_one,) = database.read_now(lambda c: desk_clocks.waiters(c, NOW, 1))
        assert next_one.number == "RG-untold"


class TestSilence:
    def test_of_two_replicas_one_puts_a_reception_back(self, database: Database, replica: Open) -> None:
        about, wang = asks_for_a_person(database), account(database, "wang")
        take(database, about, wang)

        def put_back(connection: Connection) -> int:
            silent = desk_clocks.silent_receptions(connection, NOW + HOUR, 10)
            return sum(bool(desk.give_back(connection, one.conversation.id, one.holder_id, NOW)) for one in silent)

        assert sorted(race([put_back] * 6, [database, replica()])) == [0] * 5 + [1]
        assert conversation(database).holder == "waiting"

    def test_since_when_the_resident_waits(self, database: Database) -> None:
        about, wang = asks_for_a_person(database), account(database, "wang")
        take(database, about, wang)
        assert self.since(database) == [NOW]
        database.write_now(lambda c: desk.spoke(c, about.id, wang.id, NOW + MINUTE))
        assert self.since(database) == []
        for minutes in (5, 3):
            accept(database, message(f"m{minutes}", received_at=NOW + minutes * MINUTE))
        assert self.since(database) == [NOW + 3 * MINUTE]

    def since(self, database: Database) -> list[object]:
        return [one.since for one in database.write_now(lambda c: desk_clocks.silent_receptions(c, NOW + HOUR, 10))]
