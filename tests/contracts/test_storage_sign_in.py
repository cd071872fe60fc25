"""Attempts to sign in, sessions, and the audit log, on both databases."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from storage import audit, sessions, sign_in
from storage.account_records import SignedIn
from storage.database import Database
from storage.desk_records import AuditEntry
from storage.schema import sessions as session_table
from tests.account_tools import attempt, change, make, open_session
from tests.conftest import Open
from tests.storage_tools import DAY, MINUTE, NOW, SECOND, race, rows


class TestAttempts:
    def test_the_fifth_locks_and_the_lock_ends(self, database: Database) -> None:
        wang = make(database, "wang")
        for _ in range(5):
            assert attempt(database, "wang").credentials is not None
        locked = attempt(database, "wang")
        assert (locked.credentials, locked.locked_until) == (None, NOW + 15 * MINUTE)
        later = NOW + 15 * MINUTE
        assert attempt(database, "wang", later).credentials is not None
        assert attempt(database, "wang", later).credentials is not None  # the lock began a new count
        database.write_now(lambda c: sign_in.forgive(c, wang.id))
        for _ in range(5):
            assert attempt(database, "wang", later).credentials is not None

    def test_nobody_has_this_login(self, database: Database) -> None:
        assert attempt(database, "nobody") == sign_in.Attempt(None, None)

    def test_a_step_is_used_once_and_never_goes_back(self, database: Database) -> None:
        wang = make(database, "wang")
        used = [
            database.write_now(partial(sign_in.use_totp_step, account_id=wang.id, step=step)) for step in (7, 7, 6, 8)
        ]
        assert used == [True, False, False, True]

    def test_many_at_once_use_a_step_once(self, database: Database, replica: Open) -> None:
        wang = make(database, "wang")
        works = [lambda c: sign_in.use_totp_step(c, wang.id, 7)] * 4
        assert sum(race(works, [database, replica()])) == 1


class TestSessions:
    def test_are_found_until_they_are_over(self, database: Database) -> None:
        wang = make(database, "wang")
        open_session(database, "token", wang)
        found = find(database, "token", NOW)
        assert found is not None
        assert (found.account.id, found.verified, found.expires_at) == (wang.id, True, NOW + DAY / 2)
        assert found.account.seen_at == NOW
        assert find(database, "another", NOW) is None
        assert find(database, "token", NOW + 60 * MINUTE) is None
        database.write_now(lambda c: sessions.touch(c, "token", NOW + 59 * MINUTE))
        assert find(database, "token", NOW + 60 * MINUTE) is not None
        database.write_now(lambda c: sessions.touch(c, "token", NOW + DAY / 2 - SECOND))
        assert find(database, "token", NOW + DAY / 2) is None

    def test_those_that_are_over_are_cleared_away(self, database: Database) -> None:
        wang = make(database, "wang")
        open_session(database, "old", wang)
        database.write_now(
            lambda c: sessions.open_session(
                c, "new", wang.id, NOW + DAY, NOW + 2 * DAY, verified=False, agent="x" * 900
            )
        )
        (row,) = rows(database, session_table)
        assert (row["token_hash"], row["verified"], len(row["agent"])) == ("new", False, 200)
        database.write_now(lambda c: sessions.close(c, "new"))
        assert rows(database, session_table) == []


class TestAudit:
    def test_newest_first_by_person_object_and_day(self, database: Database) -> None:
        wang, li = make(database, "wang"), make(database, "li")
        lines = [
            AuditEntry(NOW, wang.id, "Wang", "case.seen", "case:1", "龙潭镇", {"n": 1}),
            AuditEntry(NOW + DAY, li.id, "Li", "case.seen", "case:11"),
            AuditEntry(NOW + DAY, None, "（未登录）", "sign_in.refused", "account:?"),
            AuditEntry(NOW + 2 * DAY, wang.id, "Wang", "casebook", "casebook:1"),
        ]

        def work(connection: Connection) -> None:
            for line in lines:
                audit.write_audit(connection, line)

        database.write_now(work)

        def found(**asked: Any) -> list[int]:
            return [row.id for row in database.read_now(lambda c: audit.entries(c, **asked))]

        assert found() == [4, 3, 2, 1]
        assert found(limit=2) == [4, 3]
        assert found(limit=2, before_id=3) == [2, 1]
        assert found(actor="Wang") == found(actor="WANG") == [4, 1]
        assert found(object_="case:1") == [1]
        assert found(object_="case") == [2, 1]
        assert found(object_="c%") == []
        assert found(since=NOW + DAY) == [3, 2]
        first = database.read_now(lambda c: audit.entries(c, object_="case:1"))[0]
        assert (first.actor, first.unit, first.detail, first.at) == ("Wang", "龙潭镇", {"n": 1}, NOW)

    def test_a_renamed_person_keeps_their_lines(self, database: Database) -> None:
        wang = make(database, "wang")
        database.write_now(lambda c: audit.write_audit(c, AuditEntry(NOW, wang.id, "Wang", "sign_in", "account:1")))
        change(database, replace(wang, name="王敏敏"))
        for asked in ("Wang", "wang", "王敏敏"):
            assert len(database.read_now(partial(audit.entries, actor=asked))) == 1


def find(database: Database, token: str, now: datetime) -> SignedIn | None:
    return database.read_now(lambda c: sessions.find(c, token, now, 60 * MINUTE))
