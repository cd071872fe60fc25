"""Who waits hears the truth: seldom, by day, once whatever the number of replicas, never where it may harm."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handlers.desk.accounts import staff_of
from handlers.desk.claim import give_back
from handlers.desk.refused import Refused
from handlers.desk.staff import Staff
from handlers.desk.waiting import MOST, News, due
from storage.account_records import Account
from storage.database import Database
from storage.records import ConversationKey
from storage.schema import outbox
from tests.desk_tools import take
from tests.handlers.test_hours import HOURS, at
from tests.storage_tools import KEY, MINUTE, rows
from tests.town import TEN, Sessions, Town, people_of


@pytest.fixture
def town(database: Database, replica: Callable[[], Database]) -> Town:
    return Town((database, replica()))


@pytest.fixture
def people(town: Town) -> dict[str, Account]:
    return people_of(town.database)


def test_who_waits_hears_the_truth_three_times_and_that_the_promise_was_missed(town: Town) -> None:
    town.waits()
    # After 10, 60 and 180 office minutes, and at 16:00: never on the whole or half hour.
    town.at("10:09", "10:10", "10:11", "10:59", "11:00", "11:01", "12:01", "14:59", "15:00", "15:01", "15:02")
    town.at("16:00", "16:01", "16:02", "17:59")
    town.at("10:00", "16:01", day="2026-09-02")
    assert [time for time, _ in town.said()] == ["10:10", "11:01", "15:01", "16:01"]
    first, *_, last = (text for _, text in town.said())
    assert first == (
        "让您久等了。您的登记 RG-1 还没有人接，您排在最前面。最迟 今天 16:00 前会看。\n"
        "等不及就打 12348（免费）。有危险马上打 110。"
    )
    assert last.startswith("对不起，说好 今天 16:00 前看您的登记 RG-1，现在还没有人接着办。登记还在")
    assert "12348" in last
    assert len(town.told) == 4


def test_how_many_wait_before_is_told(town: Town) -> None:
    for number, chat in enumerate(("first", "second", "third")):
        town.now = TEN + number * MINUTE
        town.waits(f"RG-{chat}", replace(KEY, chat=chat))
    elsewhere = replace(KEY, chat="elsewhere")
    town.waits("RG-elsewhere", elsewhere, township="麻旺镇")
    town.at("10:12")
    queue = {text.split("，")[0]: text.split("，")[1].split("。")[0] for _, text in town.said()}
    assert list(queue.values()) == ["您排在最前面", "前面还有 1 位", "前面还有 2 位", "您排在最前面"]


def test_after_hours_it_says_when_work_goes_on(town: Town) -> None:
    town.now = at("2026-09-01 17:50")
    town.waits()
    town.at("18:01")
    assert "现在下班了，明天 9:00 上班后接着处理。最迟 明天" in town.said()[0][1]


def test_at_night_nothing_is_sent(town: Town) -> None:
    town.now = at("2026-09-01 14:00")
    town.waits()
    town.at("21:01", "23:10")
    town.at("03:05", "07:59", "08:01", day="2026-09-02")
    assert [time for time, _ in town.said()] == ["08:01"]


@pytest.mark.parametrize(
    "standing",
    [
        {"safe_mode": True},
        {"window_left": 1, "window_until": TEN + timedelta(hours=40)},
        {"window_left": 5, "window_until": TEN},
        {"unreachable": "blocked"},
        {"holder": "bot"},
    ],
)
def test_where_it_may_harm_or_cost_the_last_message_nothing_is_said(town: Town, standing: dict[str, Any]) -> None:
    town.change(town.waits(), **standing)
    town.at("10:12", "11:01", "16:01")
    assert town.said() == []


def test_a_platform_with_sessions_of_its_own_decides_about_its_window(database: Database) -> None:
    town = Town((database, database), kf=Sessions())
    town.change(town.waits(), window_left=1, window_until=TEN + timedelta(hours=40))
    town.at("10:12")
    assert len(town.said()) == 1


def test_news_that_could_not_be_sent_at_once_does_not_go_hours_later(town: Town) -> None:
    town.waits()
    town.at("10:12")
    (row,) = (row for row in rows(town.database, outbox) if row["purpose"] == "waiting")
    assert row["state"] == "due"
    assert row["expires_at"] == town.now + 30 * MINUTE


def test_on_the_web_it_is_there_at_once(town: Town) -> None:
    town.waits(key=ConversationKey("web", "web", "c1"))
    town.at("10:12")
    (row,) = (row for row in rows(town.database, outbox) if row["purpose"] == "waiting")
    assert row["state"] == "sent"


def test_who_is_served_hears_nothing_of_it(town: Town, people: dict[str, Account]) -> None:
    about = town.waits()
    town.at("10:12")
    take(town.database, about, people["ann"], town.now)
    town.at("10:20", "11:01")
    assert len(town.said()) == 1


def test_several_requests_of_one_person_are_one_word(town: Town) -> None:
    town.waits("RG-1")
    town.now += MINUTE
    town.waits("RG-2")
    town.at("10:12", "10:13", "11:02")
    assert [(time, "RG-1" in text) for time, text in town.said()] == [("10:12", True), ("11:02", True)]


@pytest.mark.parametrize(
    ("waited", "told", "news"),
    [
        (9, None, None),
        (10, None, News.WAITS),
        (59, 10, None),
        (60, 10, News.WAITS),
        (60, 59, News.WAITS),
        (70, 60, None),
        (170, None, News.WAITS),
        (239, 180, None),
        (240, 180, News.MISSED),
        (240, None, News.MISSED),
        (300, 240, None),
    ],
)
def test_what_is_to_be_told(waited: int, told: int | None, news: News | None) -> None:
    moments = [None if each is None else HOURS.after_working(TEN, each * MINUTE) for each in (waited, told, 240)]
    now, told_at, promised = moments
    assert now is not None
    assert promised is not None
    assert due(HOURS, (10, 60, 180), TEN, promised, told_at, now) is news


def test_who_was_given_back_and_told_so_is_not_told_again_at_once(town: Town, people: dict[str, Account]) -> None:
    about = town.waits()
    take(town.database, about, people["ann"], town.now)
    town.now = at("2026-09-01 10:40")
    asyncio.run(given_back(town, staff_of(people["ann"]), about.id))
    town.at("10:41", "10:59", "11:01")
    assert [time for time, _ in town.said()] == ["11:01"]


async def given_back(town: Town, who: Staff, conversation_id: int) -> None:
    database = town.database
    assert not isinstance(await give_back(town.tools(database), who, conversation_id), Refused)


def test_a_crowd_hears_in_turns_so_that_the_database_stays_free(town: Town) -> None:
    for number in range(MOST + 5):
        town.waits(f"RG-{number}", replace(KEY, chat=f"c{number}"))
    town.at("10:12")
    assert len(town.said()) == MOST
    town.at("10:13", "10:14")
    assert len({text for _, text in town.said()}) == len(town.said()) == MOST + 5
