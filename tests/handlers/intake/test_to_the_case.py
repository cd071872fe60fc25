"""From the first question to the case, on SQLite and on PostgreSQL: every kind, and once whatever is repeated."""

import pytest

from handlers.cases.kinds import KINDS
from handlers.intake.forms import FORMS
from handlers.intake.start import payload_of
from handlers.message import Kind
from storage.database import Database
from storage.schema import case_events, cases, parties
from tests.case_tools import tools
from tests.intake_answers import ANSWERS, BEGUN, confirm
from tests.intake_tools import Chat
from tests.storage_tools import KEY, rows


class TestEveryKind:
    @pytest.mark.parametrize("kind", FORMS)
    def test_from_the_button_to_the_case(self, database: Database, kind: str) -> None:
        chat = Chat(database)
        first = chat.taps(payload_of(kind))
        total = len(ANSWERS[kind])
        assert first.title == f"{KINDS[kind].name}　第 1 步，共 {total} 步"
        summary = chat.fills(*ANSWERS[kind])
        assert summary.title.endswith("请核对")
        assert "138****5678" in summary.text
        assert "13812345678" not in summary.text
        assert rows(database, cases) == []  # nothing before the confirmation
        told = chat.says("确认提交")
        (row,) = rows(database, cases)
        assert told.title == f"已提交　{row['number']}"
        assert row["number"].startswith(f"{KINDS[kind].prefix}2026-YY-")
        assert "最迟 3月" in told.text or "最迟 明天" in told.text
        assert (row["kind"], row["state"], row["channel"]) == (kind, "submitted", KEY.channel)
        assert row["unit"] == ("龙潭镇" if KINDS[kind].at_station else "")

    @pytest.mark.parametrize("kind", FORMS)
    def test_people_are_sealed_and_facts_name_nobody(self, database: Database, kind: str) -> None:
        chat = Chat(database)
        chat.taps(payload_of(kind))
        chat.fills(*ANSWERS[kind], "确认提交")
        (row,) = rows(database, cases)
        seal = tools(database).seal
        assert seal.open(row["name_sealed"]) == "张三"
        assert seal.open(row["phone_sealed"]) == "13812345678"
        assert row["phone_hash"] == seal.hash("phone", "13812345678")
        assert row["consent_at"] is not None
        stored = {name: str(value) for name, value in row.items()}
        for word in ("张三", "13812345678", "李四", "王律师", "3组12号"):
            assert [name for name, value in stored.items() if word in value] == []
        own = {(party["side"], party["kind"]) for party in rows(database, parties)}
        assert {("own", "name"), ("own", "phone")} <= own


class TestOnce:
    def test_a_double_tap_on_the_confirmation(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, *ANSWERS["legal_aid"])
        tap = confirm(chat)
        first, second = chat.taps(tap), chat.taps(tap)
        (row,) = rows(database, cases)
        assert row["number"] in first.title
        assert f"已经提交过了，编号 {row['number']}" in second.text

    def test_a_crash_before_the_commit_repeats_the_number(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, *ANSWERS["legal_aid"])
        claim = chat.arrive(Kind.BUTTON, "确认提交", confirm(chat))
        (before,) = chat.handle(claim, commit=False)
        assert rows(database, cases) == []
        (after,) = chat.handle(claim)
        assert before.title == after.title
        (row,) = rows(database, cases)
        assert row["number"] in after.title
        assert [event["action"] for event in rows(database, case_events)] == ["submit"]

    def test_the_confirmation_of_an_older_form(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, *ANSWERS["legal_aid"])
        tap = confirm(chat)
        chat.taps(tap)
        chat.fills(BEGUN, *ANSWERS["legal_aid"])
        assert "以前那张表" in chat.taps(tap).text
        assert len(rows(database, cases)) == 1

    def test_not_confirmed_before_all_is_answered(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1")
        assert "还有没填完的" in chat.taps(confirm(chat)).text
        assert rows(database, cases) == []
