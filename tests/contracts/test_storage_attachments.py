"""Rows of files on SQLite and on PostgreSQL: fetched by one, kept once in a case, gone when nobody needs them."""

from dataclasses import replace
from typing import Any

from storage import attachments, retention
from storage.database import Database
from storage.desk_records import AttachmentDraft
from storage.schema import attachments as table
from tests.case_tools import submitted
from tests.desk_tools import account, conversation
from tests.storage_tools import DAY, KEY, LEASE, MINUTE, NOW, chat, rows, say

HASH, OTHER = "a" * 64, "b" * 64


def sent(source: str = "media-1", **changes: Any) -> AttachmentDraft:
    return replace(AttachmentDraft(source, "图片", "", 0), **changes)


def stored(sha256: str = HASH, **changes: Any) -> AttachmentDraft:
    return sent(f"sha256:{sha256}", name="欠条.jpg", media_type="image/jpeg", size=9, sha256=sha256, **changes)


def claim(database: Database, now: Any = NOW) -> list[attachments.Wanted]:
    return database.write_now(lambda c: attachments.claim_wanted(c, now, LEASE, 10))


def keep(database: Database, row_id: int, sha256: str = HASH) -> bool:
    values: Any = {"sha256": sha256, "name": "欠条.jpg", "media_type": "image/jpeg", "size": 9}
    return database.write_now(lambda c: attachments.stored(c, row_id, **values))


class TestFetched:
    def test_leased_to_one_and_due_again_after_a_crash(self, database: Database) -> None:
        say(database, "1", attachments=(sent(),))
        (wanted,) = claim(database)
        assert (wanted.source, wanted.chat, wanted.attempts) == ("media-1", KEY, 1)
        assert claim(database) == []
        (again,) = claim(database, NOW + LEASE + MINUTE)
        assert again.attempts == 2
        assert keep(database, again.id)
        assert claim(database, NOW + DAY) == []
        (row,) = rows(database, table)
        assert (row["state"], row["sha256"], row["name"]) == ("stored", HASH, "欠条.jpg")

    def test_later_and_never(self, database: Database) -> None:
        say(database, "1", attachments=(sent("a"), sent("b")))
        first, second = claim(database)
        database.write_now(lambda c: attachments.postpone(c, first.id, NOW + DAY, "away"))
        assert database.write_now(lambda c: attachments.refuse(c, second.id, "压缩包"))
        assert not database.write_now(lambda c: attachments.refuse(c, second.id, "压缩包"))
        assert claim(database, NOW + LEASE + MINUTE) == []
        assert [one.source for one in claim(database, NOW + DAY)] == ["a"]

    def test_a_redelivered_message_notes_its_file_once(self, database: Database) -> None:
        say(database, "1", attachments=(sent(), sent()))
        assert len(rows(database, table)) == 1


class TestTwice:
    def test_the_same_file_in_one_case_is_kept_once(self, database: Database) -> None:
        case = submitted(database)
        for name in ("1", "2"):
            say(database, name, attachments=(stored(case_number=case.number),))
        listed = database.read_now(lambda c: attachments.of_case(c, case.id))
        assert [(file.state, file.reason) for file in listed] == [("stored", None), ("removed", attachments.TWICE)]

    def test_fetched_after_its_twin(self, database: Database) -> None:
        say(database, "1", attachments=(sent("a"), sent("b")))
        first, second = claim(database)
        assert keep(database, first.id)
        assert not keep(database, second.id)

    def test_in_two_conversations_both_are_kept(self, database: Database) -> None:
        say(database, "1", attachments=(stored(),))
        say(database, "2", chat("other"), attachments=(stored(),))
        assert [row["state"] for row in rows(database, table)] == ["stored", "stored"]

    def test_by_staff(self, database: Database) -> None:
        case, wang = submitted(database), account(database, "wang")
        by = (wang.id, "王五")
        added = database.write_now(lambda c: attachments.add(c, case.id, stored(), by, NOW))
        assert added is not None
        assert (added.uploaded_by, added.account_id) == ("王五", wang.id)
        assert database.write_now(lambda c: attachments.add(c, case.id, stored(), by, NOW)) is None


class TestGone:
    def test_deleted_only_when_no_other_row_needs_it(self, database: Database) -> None:
        say(database, "1", attachments=(stored(),))
        say(database, "2", chat("other"), attachments=(stored(),))
        first, second = [row["id"] for row in rows(database, table)]
        assert database.write_now(lambda c: attachments.remove(c, first, "发错了"))
        assert database.read_now(lambda c: attachments.to_delete(c, 9)) == []
        assert database.write_now(lambda c: attachments.remove(c, second, "发错了"))
        both = database.read_now(lambda c: attachments.to_delete(c, 9))
        assert both == [(first, HASH), (second, HASH)]
        database.write_now(lambda c: attachments.deleted(c, [first, second]))
        assert database.read_now(lambda c: attachments.to_delete(c, 9)) == []

    def test_known_hashes(self, database: Database) -> None:
        say(database, "1", attachments=(stored(),))
        assert database.read_now(lambda c: attachments.known(c, [HASH, OTHER])) == {HASH}

    def test_forgotten_with_the_person_but_not_out_of_a_case(self, database: Database) -> None:
        case = submitted(database)
        say(database, "loose", attachments=(stored(OTHER), sent("wanted")))
        say(database, "of the case", attachments=(stored(case_number=case.number),))
        say(database, "forget", forget=True)
        states = {row["source"]: (row["state"], row["name"]) for row in rows(database, table)}
        assert states == {
            f"sha256:{OTHER}": ("removed", ""),
            "wanted": ("removed", ""),
            f"sha256:{HASH}": ("stored", "欠条.jpg"),
        }

    def test_purged_by_age(self, database: Database) -> None:
        case = submitted(database)
        say(database, "loose", attachments=(stored(OTHER),))
        say(database, "of the case", attachments=(stored(case_number=case.number),))
        gone = database.write_now(lambda c: retention.purge(c, NOW + DAY, NOW - DAY))
        assert gone["attachments"] == 1
        assert [row["state"] for row in rows(database, table)] == ["removed", "stored"]
        (lost,) = database.read_now(lambda c: attachments.to_delete(c, 9))
        database.write_now(lambda c: attachments.deleted(c, [lost[0]]))
        database.write_now(lambda c: retention.purge(c, NOW + DAY, NOW + DAY))
        assert [row["state"] for row in rows(database, table)] == ["stored"]


def test_how_many_came_since(database: Database) -> None:
    say(database, "1", attachments=(stored(), stored(OTHER)))
    assert database.read_now(lambda c: attachments.sent_since(c, KEY, NOW - MINUTE)) == 2
    assert database.read_now(lambda c: attachments.sent_since(c, KEY, NOW)) == 0
    assert database.read_now(lambda c: attachments.sent_since(c, chat("other"), NOW - DAY)) == 0
    listed = database.read_now(lambda c: attachments.of_conversation(c, conversation(database).id))
    assert [file.sha256 for file in listed] == [HASH, OTHER]
