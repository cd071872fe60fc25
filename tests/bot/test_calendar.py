"""The hours that every replica goes by: settings, over them what administrators enter, seen within the next look."""

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bot.calendar import WorkCalendar
from handlers.hours import OfficeHours
from storage import calendar
from storage.database import Database
from storage.schema import workstations as table
from storage.workstations import everything
from tests.desk_tools import account
from tests.handlers.tools import SPANS, ZONE
from tests.running import running
from tests.storage_tools import NOW, rows

DAY = date(2026, 9, 1)
SETTINGS = OfficeHours(ZONE, SPANS, {DAY: False})


def enter(database: Database, *, working: bool) -> None:
    who = account(database, f"clerk-{working}")
    database.write_now(lambda c: calendar.set_day(c, DAY, working, "", who.id, NOW))


def test_what_is_entered_is_seen_by_every_replica_and_taken_back_again(
    database: Database, replica: Callable[[], Database]
) -> None:
    here, there = WorkCalendar(database, SETTINGS, 0.05), WorkCalendar(replica(), SETTINGS, 0.05)

    async def main() -> None:
        for each in (here, there):
            await each.start()
        assert not here.hours().is_open(NOW)
        enter(database, working=True)
        await here.refresh()
        assert here.hours().is_open(NOW)
        await until(lambda: there.hours().is_open(NOW))
        database.write_now(lambda c: calendar.clear_day(c, DAY))
        await until(lambda: not there.hours().is_open(NOW) and not here.hours().is_open(NOW))
        for each in (here, there):
            await each.stop()

    asyncio.run(main())


def test_hours_once_taken_do_not_change(database: Database) -> None:
    own = WorkCalendar(database, SETTINGS)
    before = own.hours()
    enter(database, working=True)
    asyncio.run(own.refresh())
    assert (before.is_open(NOW), own.hours().is_open(NOW)) == (False, True)


def test_a_start_fills_the_directory_and_residents_hear_of_what_was_edited(tmp_path: Path) -> None:
    stations = {"龙潭镇": {"address": "旧街2号"}}

    async def main() -> None:
        async with running(tmp_path, settings={"county": {"stations": stations}}) as app:
            told = await app.say("龙潭镇")
            assert "旧街2号" in told["replies"][0]["text"]
            database = app.app.database
            known = await database.read(everything)
            (longtan,) = (row for row in known if row.facts.township == "龙潭镇")
            edit = table.update().where(table.c.id == longtan.id).values(name="龙潭新站", address="新街1号")
            await database.write(lambda c: c.execute(edit))
            told = await app.say("龙潭镇", conversation=told["conversation"])
            assert told["replies"][0]["text"] == "龙潭新站：新街1号"
        async with running(tmp_path, settings={"county": {"stations": stations}}) as app:
            again = await asyncio.to_thread(rows, app.app.database, table)
            assert len(again) == len(known)
            assert [row["name"] for row in again if row["township"] == "龙潭镇"] == ["龙潭新站"]

    asyncio.run(main())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)
