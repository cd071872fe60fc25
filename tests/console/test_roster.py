"""The duty roster by the week: who is on duty, where nobody is, and who may plan it."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from handlers.desk.duty_plan import gaps
from handlers.hours import OfficeHours
from storage import accounts, roster
from storage.roster import Duty, Shift
from storage.schema import audit
from tests.console.casework import LONGTAN, MAWANG, crew, words
from tests.console.client import Page, sign_in
from tests.handlers.tools import ZONE
from tests.running import running

MONDAY = date(2031, 3, 3)
SUNDAY_BEFORE = datetime(2031, 3, 2, 4, 0, tzinfo=UTC)
WEEK = {"unit": LONGTAN, "week": MONDAY.isoformat()}


def clock() -> datetime:
    return SUNDAY_BEFORE


def lines(page: Page) -> list[str]:
    """The rows of the week, as they are read."""
    table = page.html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [words(row) for row in table.split("</tr>") if row.strip()]


def test_a_week_is_planned_shown_with_its_gaps_and_repeated(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, clock=clock) as app:
            who = await crew(app)
            async with await sign_in(app, "boss") as boss:
                page = await boss.get("/roster?week=2031-03-05")
                assert "这一周还没有排班。没排的日子，来了人会叫龙潭镇的所有接待员" in page.text
                assert "蔡麻旺" not in page.text  # of another township: not to be chosen, not to be seen
                await boss.post("/roster/add", {**WEEK, "account": who["ann"].id, "day": ["0", "1"], "times": "all"})
                page = await boss.post(
                    "/roster/add", {**WEEK, "account": who["bo"].id, "day": ["2", "5"], "times": "1"}
                )
                assert "排好了 1 班；周六这个时段不上班，没有排；要排就选“自己写时间”" in page.text
                evening = {"times": "own", "start": "19:00", "end": "00:00"}
                page = await boss.post("/roster/add", {**WEEK, "account": who["bo"].id, "day": "5", **evening})
                week = lines(page)
                assert "09:00–12:00 王敏" in week[0]
                assert week[0].endswith("无")
                assert "09:00–12:00 李小龙" in week[2]
                assert week[2].endswith("14:00–18:00")
                assert week[3].endswith("没排")
                assert "19:00–24:00 李小龙" in week[5]
                assert "休息" in week[6]
                page = await boss.post("/roster/copy", {"unit": LONGTAN, "week": "2031-03-10"})
                assert "排好了 6 班" in page.text
                page = await boss.post("/roster/copy", {"unit": LONGTAN, "week": "2031-03-10"})
                assert "没有新增的班" in page.text
                page = await boss.post("/roster/copy", {"unit": LONGTAN, "week": "2031-04-14"})
                assert (page.status, "上一周没有排班" in page.text) == (422, True)
            async with await sign_in(app, "ann") as ann:
                page = await ann.get("/roster?week=2031-03-10")
                assert "09:00–12:00 王敏" in lines(page)[0]
                assert "移除" not in page.text

    asyncio.run(main())


def test_somebody_is_taken_off_and_the_same_click_twice_is_harmless(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, clock=clock) as app:
            who = await crew(app)
            async with await sign_in(app, "head") as head:
                await head.get("/roster")
                await head.post("/roster/add", {**WEEK, "account": who["ann"].id, "day": "0", "times": "1"})
                page = await head.post("/roster/add", {**WEEK, "account": who["ann"].id, "day": "0", "times": "1"})
                assert "没有新增的班" in page.text
                (duty,) = await app.app.database.read(lambda c: roster.of_week(c, LONGTAN, MONDAY))
                page = await head.post(f"/roster/{duty.id}/remove", WEEK)
                assert "王敏 周一 09:00–12:00 的班移除了" in page.text
                page = await head.post(f"/roster/{duty.id}/remove", WEEK)
                assert (page.status, "这一班已经不在表上了" in page.text) == (200, True)
                # The county's own people help out, but nobody is in two places.
                await head.post("/roster/add", {**WEEK, "account": who["du"].id, "day": "0", "times": "1"})
                county = {**WEEK, "unit": "county"}
                page = await head.post("/roster/add", {**county, "account": who["du"].id, "day": "0", "times": "all"})
                assert "周一 09:00–12:00 已经在龙潭镇值班" in page.text
                page = await head.get("/roster?unit=county")
                assert ("龙潭镇（未来 7 天没排）" in page.text, "麻旺镇（未来 7 天没排）" in page.text) == (False, True)
            noted = [line.action for line in await app.rows(audit) if line.object == f"roster:{LONGTAN}"]
            assert noted == ["roster.add", "roster.remove", "roster.add"]

    asyncio.run(main())


WRONG: tuple[tuple[dict[str, str], str], ...] = (
    ({}, "请勾选排在哪几天"),
    ({"day": "1", "times": "own", "start": "18:00", "end": "09:00"}, "开始要早于结束"),
    ({"day": "1", "times": "own"}, "开始要早于结束"),
    ({"day": "1", "week": "2031-02-24"}, "已经过去的日子不能再排"),
    ({"day": "1", "account": "7"}, "请选一位这里的接待员"),  # an administrator
    ({"day": "1", "account": "4"}, "请选一位这里的接待员"),  # of another township
)


def test_what_cannot_be_planned_is_said_and_kept(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, clock=clock) as app:
            who = await crew(app)
            async with await sign_in(app, "boss") as boss:
                await boss.get("/roster")
                for typed, told in WRONG:
                    known = {**WEEK, "account": who["ann"].id, "times": "all"}
                    page = await boss.post("/roster/add", {**known, **typed})
                    assert (page.status, told in page.text) == (422, True), page.text
                    if "start" in typed:
                        assert 'value="18:00"' in page.html
                        assert '<option value="own" selected>' in page.html
                        assert 'name="day" value="1" checked' in page.html
            assert await app.app.database.read(lambda c: roster.of_week(c, LONGTAN, MONDAY)) == []

    asyncio.run(main())


def test_a_roster_is_seen_and_planned_in_scope_only(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, clock=clock) as app:
            who = await crew(app)
            shift = Shift(MAWANG, MONDAY, "09:00", "12:00", who["cai"].id)
            await app.app.database.write(lambda c: roster.add(c, shift))
            (duty,) = await app.app.database.read(lambda c: roster.of_week(c, MAWANG, MONDAY))
            async with await sign_in(app, "boss") as boss, await sign_in(app, "ann") as ann:
                for path in (f"/roster?unit={MAWANG}", "/roster?unit=county", "/roster?unit=长安镇"):
                    page = await boss.get(path)
                    assert (page.status, "蔡麻旺" in page.text) == (404, False)
                mawang = {**WEEK, "unit": MAWANG}
                add = {**mawang, "account": who["cai"].id, "day": "1", "times": "all"}
                assert (await boss.post("/roster/add", add)).status == 404
                assert (await boss.post("/roster/copy", mawang)).status == 404
                page = await boss.post(f"/roster/{duty.id}/remove", WEEK)
                assert "这一班已经不在表上了" in page.text  # as if it were not there
                await ann.get("/roster")
                assert (await ann.post("/roster/add", {**WEEK, "account": who["ann"].id, "day": "1"})).status == 403
            assert await app.app.database.read(lambda c: roster.of_week(c, MAWANG, MONDAY)) == [duty]

    asyncio.run(main())


def test_who_has_left_is_not_copied_into_the_next_week(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, clock=clock) as app:
            who = await crew(app)
            database = app.app.database
            for name in ("ann", "bo"):
                shift = Shift(LONGTAN, MONDAY, "09:00", "12:00", who[name].id)
                await database.write(partial(roster.add, shift=shift))
            await database.write(lambda c: accounts.disable(c, who["bo"].id, SUNDAY_BEFORE, None, "test"))
            async with await sign_in(app, "boss") as boss:
                await boss.get("/roster")
                page = await boss.post("/roster/copy", {"unit": LONGTAN, "week": "2031-03-10"})
                assert "排好了 1 班" in page.text
                assert "李小龙" not in page.text

    asyncio.run(main())


HOURS = OfficeHours(ZONE, ((datetime(1, 1, 1, 9).time(), datetime(1, 1, 1, 12).time()),))  # noqa: DTZ001 - times only


@pytest.mark.parametrize(
    ("day", "shifts", "left"),
    [
        (MONDAY, [], [("09:00", "12:00")]),
        (MONDAY, [("09:00", "12:00")], []),
        (MONDAY, [("08:00", "13:00")], []),
        (MONDAY, [("09:00", "10:00"), ("11:00", "12:00")], [("10:00", "11:00")]),
        (MONDAY, [("10:00", "11:00")], [("09:00", "10:00"), ("11:00", "12:00")]),
        (MONDAY, [("09:00", "11:00"), ("10:00", "11:30")], [("11:30", "12:00")]),
        (MONDAY, [("12:00", "18:00")], [("09:00", "12:00")]),
        (MONDAY, [("06:00", "09:00")], [("09:00", "12:00")]),
        (MONDAY + timedelta(days=6), [], []),
    ],
)
def test_gaps_are_the_office_hours_without_anybody(
    day: date, shifts: list[tuple[str, str]], left: list[tuple[str, str]]
) -> None:
    duties = [Duty(n, Shift("", day, start, end, n), "x") for n, (start, end) in enumerate(shifts)]
    of_another_day = Duty(99, Shift("", day + timedelta(days=1), "09:00", "12:00", 1), "x")
    assert gaps(HOURS, day, [*duties, of_another_day]) == left
