"""A reception whose holder falls silent while the resident waits goes back into the queue once, and everybody hears."""

from collections.abc import Callable

import pytest

from handlers.desk.words import TAKEN_BACK
from storage.account_records import Account
from storage.database import Database
from storage.schema import audit, handovers
from tests.desk_tools import conversation, take
from tests.handlers.test_hours import at
from tests.storage_tools import KEY, MINUTE, rows
from tests.town import Town, people_of


@pytest.fixture
def town(database: Database, replica: Callable[[], Database]) -> Town:
    return Town((database, replica()))


@pytest.fixture
def people(town: Town) -> dict[str, Account]:
    return people_of(town.database)


def test_who_does_not_answer_loses_it_and_everybody_hears(town: Town, people: dict[str, Account]) -> None:
    about = town.waits()
    take(town.database, about, people["ann"], town.now)
    town.at("10:59", "11:00")
    assert conversation(town.database).holder == "person"
    town.at("11:01", "11:02")
    assert (conversation(town.database).holder, conversation(town.database).holder_id) == ("waiting", None)
    (handover,) = rows(town.database, handovers)
    assert (handover["state"], handover["claimed_by"], handover["alerted_at"]) == ("waiting", None, None)
    assert town.said("handover") == [("11:01", TAKEN_BACK)]
    assert ("11:01", "ann", "接待已退回队列") in town.alerts()
    (line,) = rows(town.database, audit)
    assert (line["action"], line["actor"], line["detail"]) == (
        "conversation.take_back", "法问", {"account": people["ann"].id, "minutes": 60},
    )  # fmt: skip
    assert town.told == [KEY]


def test_just_told_they_are_not_told_of_waiting_again_at_once(town: Town, people: dict[str, Account]) -> None:
    take(town.database, town.waits(), people["ann"], town.now)
    town.at("11:01", "11:02", "11:10", "14:59", "15:01")
    assert [time for time, _ in town.said()] == ["15:01"]


def test_lunch_and_night_do_not_count(town: Town, people: dict[str, Account]) -> None:
    town.now = at("2026-09-01 11:40")
    take(town.database, town.waits(), people["ann"], town.now)
    town.at("12:41", "14:01", "14:39")
    assert conversation(town.database).holder == "person"
    town.at("14:41")
    assert conversation(town.database).holder == "waiting"


def test_it_is_the_residents_waiting_that_counts(town: Town, people: dict[str, Account]) -> None:
    about = town.waits()
    take(town.database, about, people["ann"], town.now)
    town.answers(about, people["ann"])
    town.at("14:01", "16:01")  # the resident has nothing to say
    assert conversation(town.database).holder == "person"
    town.now = at("2026-09-01 16:20")
    town.resident_says("more")
    town.at("16:21", "17:19")
    assert conversation(town.database).holder == "person"
    town.at("17:21")
    assert conversation(town.database).holder == "waiting"


def test_who_answers_keeps_it(town: Town, people: dict[str, Account]) -> None:
    about = town.waits()
    take(town.database, about, people["ann"], town.now)
    for time in ("10:50", "11:40", "14:30"):
        town.at(time)
        town.resident_says(time)
        town.now += MINUTE
        town.answers(about, people["ann"])
    town.at("16:01")
    assert conversation(town.database).holder == "person"


def test_in_the_platforms_own_client_it_stays(town: Town, people: dict[str, Account]) -> None:
    take(town.database, town.waits(), people["ann"], town.now, via="client")
    town.at("16:01")
    assert conversation(town.database).holder == "person"


def test_in_safe_mode_nothing_is_pushed_to_the_resident(town: Town, people: dict[str, Account]) -> None:
    about = town.waits()
    take(town.database, about, people["ann"], town.now)
    town.change(about, safe_mode=True)
    town.at("11:01")
    assert conversation(town.database).holder == "waiting"
    assert town.said("handover") == []


def test_what_fell_silent_while_nobody_is_at_work_waits_for_the_morning(town: Town, people: dict[str, Account]) -> None:
    take(town.database, town.waits(), people["ann"], town.now)
    town.at("20:01")
    assert conversation(town.database).holder == "person"
    town.at("09:01", day="2026-09-02")
    assert conversation(town.database).holder == "waiting"
