"""Accounts of staff on both databases: one person each, a last administrator, and what leaving does."""

from functools import partial

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from storage import accounts, desk
from storage.account_records import Account, Held
from storage.database import Database
from storage.hand_back import held_by
from storage.records import HandoverDraft
from storage.schema import accounts as table
from storage.schema import case_events, cases, conversations, handovers
from storage.schema import sessions as session_table
from tests.account_tools import attempt, change, disable, draft, leave, make, open_session
from tests.conftest import Open
from tests.storage_tools import HOUR, NOW, chat, race, rows, say


class TestAccounts:
    def test_are_found_again(self, database: Database) -> None:
        made = make(database, "wang", "desk", "supervisor", wecom_userid="wangmin", telegram_id="7001")
        ways = (
            lambda c: accounts.by_id(c, made.id),
            lambda c: accounts.by_login(c, " WANG"),
            lambda c: accounts.by_wecom_userid(c, "WangMin"),
            lambda c: accounts.by_telegram_id(c, "7001"),
            lambda c: accounts.active(c, made.id),
            lambda c: accounts.of_chat(c, "wecom_app", "WangMin"),
            lambda c: accounts.of_chat(c, "telegram", "7001"),
        )
        assert [database.read_now(way) for way in ways] == [made] * len(ways)
        assert database.read_now(lambda c: accounts.of_chat(c, "web", "7001")) is None
        assert (made.roles, made.must_change, made.has_totp, made.created_at) == (
            ("desk", "supervisor"),
            True,
            False,
            NOW,
        )

    def test_login_and_bindings_are_one_persons(self, database: Database) -> None:
        make(database, "wang", wecom_userid="w", telegram_id="7001")
        for second in (
            draft("wang"),
            draft("li", wecom_userid="w"),
            draft("li", telegram_id="7001"),
        ):
            assert database.write_now(partial(accounts.create, draft=second, now=NOW)) is None
        li = make(database, "li")
        assert database.read_now(lambda c: accounts.taken(c, login="wang")) == "login"
        assert database.read_now(lambda c: accounts.taken(c, wecom_userid="w", besides=li.id)) == "wecom_userid"
        assert database.read_now(lambda c: accounts.taken(c, login="li", telegram_id=None, besides=li.id)) is None
        with pytest.raises(IntegrityError):
            change(database, li, wecom_userid="w")

    def test_the_first_is_made_once(self, database: Database) -> None:
        first = database.write_now(lambda c: accounts.create_first(c, draft("admin", "administrator"), NOW))
        assert first is not None
        assert database.write_now(lambda c: accounts.create_first(c, draft("other"), NOW)) is None

    def test_everybody_with_the_disabled_last(self, database: Database) -> None:
        make(database, "boss", "administrator")
        for login in ("a", "b", "c"):
            make(database, login)
        disable(database, "a")
        assert [one.login for one in database.read_now(accounts.everybody)] == ["b", "boss", "c", "a"]

    def test_who_is_disabled_acts_nowhere(self, database: Database) -> None:
        make(database, "boss", "administrator")
        gone = make(database, "gone", wecom_userid="g", telegram_id="9009")
        open_session(database, "token", gone)
        disable(database, "gone")
        assert database.read_now(lambda c: accounts.by_wecom_userid(c, "g")) is None
        assert database.read_now(lambda c: accounts.by_telegram_id(c, "9009")) is None
        assert database.read_now(lambda c: accounts.active(c, gone.id)) is None
        assert rows(database, session_table) == []
        assert attempt(database, "gone").credentials is None
        enabled = database.write_now(lambda c: accounts.enable(c, gone.id))
        assert enabled.disabled_at is None
        assert attempt(database, "gone").credentials is not None

    def test_a_password_ends_sessions_and_locks(self, database: Database) -> None:
        wang, li = make(database, "wang"), make(database, "li")
        open_session(database, "one", wang)
        open_session(database, "two", wang)
        open_session(database, "other", li)
        for _ in range(3):
            attempt(database, "wang")
        changed = database.write_now(lambda c: accounts.set_password(c, wang.id, "new"))
        assert (changed.must_change, changed.locked_until) == (False, None)
        assert [row["token_hash"] for row in rows(database, session_table)] == ["other"]
        found = database.read_now(lambda c: accounts.credentials(c, wang.id))
        assert found is not None
        assert found.password == "new"
        database.write_now(lambda c: accounts.set_totp(c, wang.id, "sealed", 7))
        reset = database.write_now(lambda c: accounts.reset_password(c, wang.id, "once"))
        assert (reset.must_change, reset.has_totp) == (True, False)

    def test_an_old_hash_does_not_undo_a_change(self, database: Database) -> None:
        wang = make(database, "wang")
        database.write_now(lambda c: accounts.set_password(c, wang.id, "new"))
        database.write_now(lambda c: accounts.rehash(c, wang.id, "hash of wang", "newer parameters"))
        (row,) = rows(database, table)
        assert row["password"] == "new"


class TestTheLastAdministrator:
    def test_stays(self, database: Database) -> None:
        boss = make(database, "boss", "administrator", "desk")
        make(database, "wang")
        with pytest.raises(accounts.LastAdministrator):
            disable(database, "boss")
        with pytest.raises(accounts.LastAdministrator):
            change(database, boss, roles=("desk",))
        (row,) = [row for row in rows(database, table) if row["login"] == "boss"]
        assert (row["disabled_at"], row["roles"]) == (None, ["administrator", "desk"])
        make(database, "second", "administrator")
        assert change(database, boss, roles=("desk",)).roles == ("desk",)
        with pytest.raises(accounts.LastAdministrator):
            disable(database, "second")

    def test_a_disabled_one_does_not_count(self, database: Database) -> None:
        make(database, "boss", "administrator")
        make(database, "second", "administrator")
        disable(database, "second")
        with pytest.raises(accounts.LastAdministrator):
            disable(database, "boss")

    def test_two_who_disable_each_other_at_once(self, database: Database, replica: Open) -> None:
        make(database, "one", "administrator")
        make(database, "two", "administrator")

        def without(login: str, connection: Connection) -> bool:
            try:
                leave(connection, login)
            except accounts.LastAdministrator:
                return False
            return True

        works = [partial(without, login) for login in ("one", "two")]
        assert sorted(race(works, [database, replica()])) == [False, True]


class TestLeaving:
    def test_hands_back_what_was_in_hand_and_nothing_else(self, database: Database) -> None:
        make(database, "boss", "administrator")
        wang, li = make(database, "wang"), make(database, "li")
        for name in ("hers", "his", "nobodys"):
            say(
                database,
                name,
                key=chat(name),
                handover=HandoverDraft(name, "asked", "欠薪", urgent=False, promised_at=NOW + HOUR),
                now=NOW,
            )
        talks = {row["chat"]: row["id"] for row in rows(database, conversations)}
        for name, account in (("hers", wang), ("his", li)):
            holder = desk.Holder(account.id, account.name, "console")
            database.write_now(partial(desk.claim, conversation_id=talks[name], holder=holder, now=NOW))
        before = {row["number"]: row for row in rows(database, handovers)}
        opened = case_of(database, "open", wang, "in_progress")
        case_of(database, "done", wang, "closed")
        case_of(database, "other", li, "assigned")
        assert database.read_now(lambda c: held_by(c, wang.id)) == Held(1, 1)

        back = disable(database, "wang")
        by_number = {row["number"]: row for row in rows(database, handovers)}
        assert back.conversations == {talks["hers"]: by_number["hers"]["id"]}
        assert back.cases == (opened,)
        holders = {row["chat"]: (row["holder"], row["holder_id"]) for row in rows(database, conversations)}
        assert holders["hers"] == ("waiting", None)
        assert holders["his"] == ("person", li.id)
        hers = by_number["hers"]
        assert (hers["state"], hers["claimed_by"], hers["alerted_at"]) == ("waiting", None, None)
        kept = ("promised_at", "created_at", "sla_level", "summary", "urgent")
        assert [hers[name] for name in kept] == [before["hers"][name] for name in kept]
        assert by_number["his"]["state"] == "claimed"
        found = {row["title"]: (row["assignee_id"], row["state"], row["version"]) for row in rows(database, cases)}
        assert found == {
            "open": (None, "in_progress", 2),
            "done": (wang.id, "closed", 1),
            "other": (li.id, "assigned", 1),
        }
        (event,) = rows(database, case_events)
        assert (event["case_id"], event["actor"], event["action"], event["before"]) == (
            opened,
            "局长",
            "unassign",
            "in_progress",
        )

    def test_nothing_is_handed_back_where_they_may_not_go(self, database: Database) -> None:
        boss = make(database, "boss", "administrator")
        case_of(database, "open", boss, "assigned")
        with pytest.raises(accounts.LastAdministrator):
            disable(database, "boss")
        (row,) = rows(database, cases)
        assert row["assignee_id"] == boss.id


def case_of(database: Database, title: str, account: Account, state: str) -> int:
    values = {
        "kind": "mediation",
        "state": state,
        "version": 1,
        "channel": "window",
        "unit": "",
        "township": "",
        "title": title,
        "facts": [],
        "client_types": [],
        "details": {},
        "assignee_id": account.id,
        "submitted_at": NOW,
        "updated_at": NOW,
    }
    return database.write_now(lambda c: int(c.execute(insert(cases).values(values).returning(cases.c.id)).scalar_one()))
