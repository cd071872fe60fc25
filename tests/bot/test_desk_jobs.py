"""Reminders over two replicas and a clock that is moved: each goes once, to those who have to act, and is on record."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from handlers.desk.remind import MOST
from storage import roster
from storage.account_records import Account
from storage.database import Database
from storage.roster import Shift
from storage.schema import cases, handovers, job_runs, outbox
from tests import case_tools
from tests.desk_tools import conversation, take
from tests.handlers.test_hours import at
from tests.storage_tools import KEY, rows, say
from tests.town import LONGTAN, TEN, Town, people_of


@pytest.fixture
def town(database: Database, replica: Callable[[], Database]) -> Town:
    return Town((database, replica()))


@pytest.fixture
def people(town: Town) -> dict[str, Account]:
    return people_of(town.database)


@pytest.mark.usefixtures("people")
def test_a_promise_is_reminded_of_at_each_level_once_and_further_up(town: Town) -> None:
    town.waits()
    # Four office hours from 10:00: half at noon, when nobody is there, 80 % at 15:12, all at 16:00.
    town.at("11:59", "12:01", "13:59", "14:00", "14:01", "15:11", "15:12", "15:13", "15:59", "16:00", "16:01")
    town.at("10:00", day="2026-09-02")
    assert town.alerts() == [
        ("14:00", "ann", "催办：时间过半"),
        ("14:00", "bo", "催办：时间过半"),
        ("15:12", "ann", "催办：快到时间了"),
        ("15:12", "bo", "催办：快到时间了"),
        ("15:12", "boss", "催办：快到时间了"),
        ("16:00", "ann", "催办：已经超时"),
        ("16:00", "bo", "催办：已经超时"),
        ("16:00", "boss", "催办：已经超时"),
        ("16:00", "head", "催办：已经超时"),
    ]


@pytest.mark.usefixtures("people")
def test_what_is_said_names_the_matter_and_not_the_person(town: Town) -> None:
    about = town.waits()
    town.at("14:00")
    (first, _) = (row for row in rows(town.database, outbox) if row["purpose"] == "alert")
    assert first["body"]["text"] == "登记 RG-1（龙潭镇）还没有人接待，还剩 2 小时（上班时间）。"
    assert first["body"]["link"] == f"https://fawen.example/console/conversations/{about.id}"
    (handover,) = rows(town.database, handovers)
    assert first["body"]["buttons"] == [{"label": "接待", "payload": f"claim:{handover['id']}"}]
    assert first["handover_id"] == handover["id"]


@pytest.mark.usefixtures("people")
def test_of_a_protected_matter_not_even_the_place_is_told(town: Town) -> None:
    town.change(town.waits(), safe_mode=True)
    town.at("14:00")
    assert all(LONGTAN not in row["body"]["text"] for row in rows(town.database, outbox))
    assert len(town.alerts()) == 2


@pytest.mark.usefixtures("people")
def test_levels_that_passed_while_the_service_was_down_are_one_reminder(town: Town) -> None:
    town.waits()
    town.start_anew("15:30")
    assert {title for _, _, title in town.alerts()} == {"催办：快到时间了"}
    assert len(town.alerts()) == 3
    town.start_anew("15:30")
    assert len(town.alerts()) == 3


@pytest.mark.usefixtures("people")
def test_at_night_only_danger_rings(town: Town) -> None:
    town.now = at("2026-09-01 17:00")
    town.waits("RG-1", replace(KEY, chat="calm"))
    town.waits("RG-2", replace(KEY, chat="danger"), urgent=True)
    town.at("19:00", "20:11", "20:12", "21:00")
    assert [(time, chat) for time, chat, _ in town.alerts()] == [
        ("19:00", "ann"), ("19:00", "bo"),
        ("20:12", "ann"), ("20:12", "bo"), ("20:12", "boss"),
        ("21:00", "ann"), ("21:00", "bo"), ("21:00", "boss"), ("21:00", "head"),
    ]  # fmt: skip
    assert "可能有危险" in rows(town.database, outbox)[0]["body"]["text"]


def test_who_has_taken_it_is_reminded_alone_until_they_answer(town: Town, people: dict[str, Account]) -> None:
    about = town.waits()
    take(town.database, about, people["bo"], town.now)
    town.at("14:00")
    assert town.alerts() == [("14:00", "bo", "催办：时间过半")]
    (alert,) = (row for row in rows(town.database, outbox) if row["purpose"] == "alert")
    assert "接了还没有回复" in alert["body"]["text"]
    assert alert["body"]["buttons"] == []
    town.answers(about, people["bo"])
    town.at("16:00")
    assert len(town.alerts()) == 1


def test_stepping_in_unasked_promised_nothing(town: Town, people: dict[str, Account]) -> None:
    say(town.database, "1")
    take(town.database, conversation(town.database), people["ann"], town.now)
    town.at("11:00", "16:00")
    assert [title for _, _, title in town.alerts() if "催办" in title] == []


def test_the_roster_says_who_hears(town: Town, people: dict[str, Account]) -> None:
    shift = Shift(LONGTAN, TEN.date(), "14:00", "18:00", people["bo"].id)
    town.database.write_now(lambda c: roster.add(c, shift))
    town.waits()
    town.at("14:00")
    assert [chat for _, chat, _ in town.alerts()] == ["bo"]


def test_a_case_is_reminded_of_by_its_own_limit(town: Town, people: dict[str, Account]) -> None:
    case = case_tools.submitted(town.database)
    working_day = {"kind": "appeal", "due_from": TEN, "due_at": at("2026-09-02 10:00"), "unit": LONGTAN}
    case_tools.now_in(town.database, case, "submitted", **working_day)
    town.at("15:29", "15:30")
    assert town.alerts() == [("15:30", "ann", "催办：时间过半"), ("15:30", "bo", "催办：时间过半")]
    case_tools.now_in(town.database, case, "submitted", assignee_id=people["bo"].id)
    town.at("10:00", "10:01", day="2026-09-02")
    assert [chat for time, chat, _ in town.alerts() if time == "10:00"] == ["bo", "boss", "head"]
    assert rows(town.database, cases)[0]["sla_level"] == 100


@pytest.mark.usefixtures("people")
def test_a_case_whose_clock_stands_still_is_not_reminded_of(town: Town) -> None:
    case = case_tools.submitted(town.database)
    stopped = {"due_from": TEN, "due_at": None, "clock_stopped_at": TEN}
    case_tools.now_in(town.database, case, "need_supplement", **stopped)
    town.at("10:00", day="2026-09-30")
    assert town.alerts() == []


def test_every_run_of_every_minute_is_on_record_once_with_what_it_did(town: Town) -> None:
    town.waits()
    town.at("10:10", "10:11", "10:30")
    told = [(row["job"], row["slot"].minute, row["result"]) for row in rows(town.database, job_runs)]
    assert told == [
        *((f"desk.{job}", minute, "reminders 0") for job in ("limits", "promises") for minute in (10, 11, 30)),
        *(("desk.take_back", minute, "taken back 0") for minute in (10, 11)),
        ("desk.waiting", 10, "told 1"),
        ("desk.waiting", 11, "told 0"),
    ]


@pytest.mark.usefixtures("people")
def test_a_crowd_is_reminded_of_in_turns_so_that_the_database_stays_free(town: Town) -> None:
    for number in range(MOST + 5):
        town.waits(f"RG-{number}", replace(KEY, chat=f"c{number}"))
    town.at("14:00")
    assert len(town.alerts()) == 2 * MOST
    town.at("14:01", "14:02")
    assert len(town.alerts()) == 2 * (MOST + 5)
