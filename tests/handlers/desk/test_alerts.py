"""A new handover is brought to who is on duty, once whatever the number of replicas; at night only danger rings."""

import asyncio
from collections.abc import Callable

import pytest

from handlers.desk.alerts import alert_new
from storage import roster
from storage.account_records import Account
from storage.database import Database
from storage.roster import Shift
from storage.schema import handovers, outbox
from tests.handlers.test_hours import at
from tests.storage_tools import rows
from tests.town import LONGTAN, OWN_WORDS, TEN, Town, people_of


@pytest.fixture
def town(database: Database, replica: Callable[[], Database]) -> Town:
    return Town((database, replica()))


@pytest.fixture
def people(town: Town) -> dict[str, Account]:
    return people_of(town.database)


def alerted(town: Town) -> list[tuple[str, str]]:
    """Both replicas look at once; whom that calls, and when their telephone rings."""

    async def main() -> None:
        await asyncio.gather(*(alert_new(town.tools(each)) for each in town.databases))

    asyncio.run(main())
    calls = [row for row in rows(town.database, outbox) if row["purpose"] == "alert"]
    return [(row["chat"], f"{row['not_before'].astimezone(TEN.tzinfo):%d %H:%M}") for row in calls]


@pytest.mark.usefixtures("people")
def test_everybody_of_the_workstation_is_called_once(town: Town) -> None:
    town.waits()
    assert alerted(town) == alerted(town) == [("ann", "01 10:00"), ("bo", "01 10:00")]
    assert [row["alerted_at"] for row in rows(town.database, handovers)] == [TEN]


@pytest.mark.usefixtures("people")
def test_danger_rings_at_night_and_comes_before_all(town: Town) -> None:
    town.now = at("2026-09-01 23:00")
    town.waits(urgent=True)
    assert alerted(town) == [("ann", "01 23:00"), ("bo", "01 23:00")]
    assert {row["priority"] for row in rows(town.database, outbox)} == {0}


def test_what_can_wait_rings_in_the_morning_for_who_is_on_duty_then(town: Town, people: dict[str, Account]) -> None:
    for day, name in ((1, "ann"), (2, "bo")):
        shift = Shift(LONGTAN, TEN.date().replace(day=day), "09:00", "18:00", people[name].id)
        town.database.write_now(lambda c, s=shift: roster.add(c, s))  # type: ignore[misc]
    town.now = at("2026-09-01 20:00")
    town.waits()
    assert alerted(town) == [("bo", "02 09:00")]


@pytest.mark.usefixtures("people")
def test_of_a_protected_matter_the_card_tells_neither_words_nor_place(town: Town) -> None:
    town.change(town.waits(), safe_mode=True)
    alerted(town)
    for row in rows(town.database, outbox):
        assert OWN_WORDS not in str(row["body"])
        assert LONGTAN not in str(row["body"])
