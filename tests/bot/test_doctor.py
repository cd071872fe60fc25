"""The doctor: what is wrong, in one line each, with how to mend it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache, partial
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.config import Service, Settings
from bot.desk_settings import Desk
from bot.doctor import BAD, GOOD, HINT, Finding, examine_channels, examine_clock, examine_database, examine_knowledge
from knowledge.load import Knowledge, load
from storage.database import Database
from storage.outbox import settle
from storage.upgrade import newest_revision
from tests.storage_tools import MINUTE, NOW, SECOND, accept, draft, due, message, reply, say


@lru_cache
def knowledge() -> Knowledge:
    return load(None)


def graded(findings: list[Finding], grade: str) -> list[str]:
    return [finding.text for finding in findings if finding.grade == grade]


def database_findings(database: Database) -> list[Finding]:
    return list(examine_database(database, NOW))


class TestDatabase:
    def test_sound_database_is_one_good_line(self, database: Database) -> None:
        say(database, "1", consultation=draft())
        (finding,) = database_findings(database)
        assert finding.grade == GOOD
        assert newest_revision() in finding.text
        assert "1 条" in finding.text

    def test_failed_messages_and_dead_replies_are_bad(self, database: Database) -> None:
        say(database, "1", state="failed", error="KeyError", replies=(reply("a"), reply("b")))
        (row,) = due(database)
        database.write_now(partial(settle, row_id=row.id, state="dead", now=NOW, error="40003"))
        received, given_up = graded(database_findings(database), BAD)
        assert "1 条消息处理出错" in received
        assert "1 条答复" in given_up
        assert "inbox 表的 error" in received
        assert "outbox 表的 error" in given_up

    @pytest.mark.parametrize(("age", "stuck"), [(5 * MINUTE, False), (5 * MINUTE + SECOND, True)])
    def test_message_that_waits_too_long_is_bad(self, database: Database, age: timedelta, stuck: bool) -> None:
        accept(database, message("1", received_at=NOW - age))
        assert bool(graded(database_findings(database), BAD)) is stuck

    def test_empty_database_wants_an_upgrade(self, bare_url: str, opened: Callable[[str], Database]) -> None:
        (finding,) = database_findings(opened(bare_url))
        assert finding.grade == HINT
        assert "fawen db upgrade" in finding.text

    def test_database_of_another_version_is_bad(self, database: Database) -> None:
        move = text("UPDATE alembic_version SET version_num = :number")
        database.write_now(lambda c: c.execute(move, {"number": "9876"}))
        (finding,) = database_findings(database)
        database.write_now(lambda c: c.execute(move, {"number": newest_revision()}))
        assert finding.grade == BAD
        assert "9876" in finding.text

    def test_database_that_cannot_be_opened_is_one_bad_line(self, tmp_path: Path) -> None:
        (tmp_path / "fawen.db").write_bytes(b"no database " * 1000)
        for url in (f"sqlite:///{tmp_path}/fawen.db", "postgresql+psycopg://fawen:hush@127.0.0.1:1/fawen"):
            database = Database(url)
            (finding,) = database_findings(database)
            asyncio.run(database.close())
            assert finding.grade == BAD
            assert "[database] url" in finding.text
            assert "hush" not in finding.text


class TestClock:
    def test_clock_and_office_hours_are_shown_in_the_bureaus_zone(self, database: Database) -> None:
        clock, hours = examine_clock(database, Settings(), NOW)
        assert (clock.grade, hours.grade) == (GOOD, GOOD)
        assert "2026-09-01 10:00" in clock.text
        assert "现在上班" in hours.text

    def test_clock_behind_the_newest_message_is_bad(self, database: Database) -> None:
        accept(database, message("1", received_at=NOW + 5 * MINUTE))
        assert next(examine_clock(database, Settings(), NOW)).grade == GOOD
        accept(database, message("2", received_at=NOW + 6 * MINUTE))
        assert next(examine_clock(database, Settings(), NOW)).grade == BAD

    def test_closed_office_is_told(self, database: Database) -> None:
        settings = Settings(desk=Desk(days_off=(NOW.date(),)), service=Service(timezone="Asia/Shanghai"))
        assert "现在下班" in list(examine_clock(database, settings, NOW))[1].text


class TestKnowledge:
    def test_what_the_county_has_to_supply_is_hinted(self) -> None:
        hints = graded(list(examine_knowledge(knowledge(), Settings(), NOW)), HINT)
        assert any("[county.places]" in hint for hint in hints)

    def test_entries_overdue_for_review_are_bad(self) -> None:
        findings = list(examine_knowledge(knowledge(), Settings(), NOW.replace(year=2099)))
        assert len(graded(findings, BAD)) == 9  # eight of them, and how many more there are
        assert "fawen faq lint" in graded(findings, BAD)[-1]


class Plain:
    """A channel without credentials."""


class Fine:
    """A channel whose credentials are right."""

    name = "fine"

    async def check(self) -> list[str]:
        return []


class Broken(Fine):
    """A channel whose credentials are wrong."""

    async def check(self) -> list[str]:
        return ["corp_id 不对：…", "secret 不对：…"]


def test_channels_tell_of_their_own_credentials() -> None:
    findings = asyncio.run(examine_channels({"web": Plain(), "telegram": Fine(), "wecom": Broken()}))
    assert [str(finding) for finding in findings] == [
        "[好] 渠道 telegram 正常", "[问题] corp_id 不对：…", "[问题] secret 不对：…",
    ]  # fmt: skip
