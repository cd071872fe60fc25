"""The work calendar: what the public one says, what the bureau enters over it, and that it counts at once."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

from handlers.desk.work_days import Stretch, public_stretches
from storage.schema import audit, calendar_days
from tests.console.casework import crew
from tests.console.client import sign_in
from tests.running import running

TODAY = date(2031, 3, 3)  # a Monday of a year of which no notice is known
ENTRY = {"first": "2031-03-05", "last": "2031-03-06", "working": "no", "note": "州庆放假"}


def clock() -> datetime:
    return datetime(2031, 3, 3, 4, 0, tzinfo=UTC)


def test_days_that_are_entered_count_at_once_and_can_be_taken_back(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, clock=clock) as app:
            await crew(app)
            hours = app.app.tools.hours
            async with await sign_in(app, "root") as root:
                page = await root.get("/calendar")
                assert "今天上班" in page.text
                assert "2031 年的调休安排程序里还没有" in page.text
                page = await root.post("/calendar/enter", ENTRY)
                assert "登记好了：2 天放假，马上按这个算" in page.text
                assert [len(hours().spans_on(date(2031, 3, day))) for day in (4, 5, 6, 7)] == [2, 0, 0, 2]
                assert "州庆放假 陈管理" in page.text
                page = await root.post("/calendar/2031-03-05/remove")
                assert "2031-03-05 的登记撤掉了" in page.text
                page = await root.post("/calendar/2031-03-05/remove")
                assert "本来就没有登记" in page.text
                assert [len(hours().spans_on(date(2031, 3, day))) for day in (5, 6)] == [2, 0]
                # A weekend that is worked shows that somebody has seen the notice.
                saturday = {"first": "2031-04-26", "working": "yes", "note": "劳动节调休上班"}
                page = await root.post("/calendar/enter", saturday)
                assert "2031 年的调休安排程序里还没有" not in page.text
                assert hours().spans_on(date(2031, 4, 26))
            noted = [line.action for line in await app.rows(audit) if line.object.startswith("calendar:")]
            assert noted == ["calendar.enter", "calendar.take_back", "calendar.enter"]

    asyncio.run(main())


WRONG = (
    ({"first": "morgen"}, "日期要写成 2026-10-01 这样"),
    ({"last": "2031-03-04"}, "“到”不能早于“从”"),
    ({"last": "2031-04-05"}, "一次最多登记 31 天"),
    ({"first": "2031-03-02"}, "已经过去的日子不能再改"),
    ({"first": "2033-01-01", "last": ""}, "最多登记到 2032 年底"),
    ({"note": " "}, "请写明是什么日子"),
)


def test_what_cannot_be_entered_is_said_and_kept(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, clock=clock) as app:
            await crew(app)
            async with await sign_in(app, "head") as head:
                await head.get("/calendar")
                for typed, told in WRONG:
                    page = await head.post("/calendar/enter", {**ENTRY, **typed})
                    assert (page.status, told in page.text) == (422, True), page.text
                    assert f'value="{ {**ENTRY, **typed}["first"] }"' in page.html
            assert await app.rows(calendar_days) == []

    asyncio.run(main())


def test_the_calendar_is_the_countys_to_change(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, clock=clock) as app:
            await crew(app)
            async with await sign_in(app, "boss") as boss, await sign_in(app, "ann") as ann:
                for client in (boss, ann):
                    page = await client.get("/calendar")
                    assert "请找县里的管理员" in page.text
                    assert (await client.post("/calendar/enter", ENTRY)).status == 403
                    assert (await client.post("/calendar/2031-03-05/remove")).status == 403
            assert await app.rows(calendar_days) == []

    asyncio.run(main())


def test_the_settings_own_days_are_shown(tmp_path: Path) -> None:
    async def main() -> None:
        settings = {"desk": {"days_off": ["2031-11-18"]}}
        async with running(tmp_path, clock=clock, settings=settings) as app:
            await crew(app)
            async with await sign_in(app, "ann") as ann:
                assert "设置文件里的 放假 2031年11月18日（周二）" in (await ann.get("/calendar")).text

    asyncio.run(main())


def test_the_public_calendar_is_told_in_stretches() -> None:
    assert public_stretches(2026)[:5] == [
        Stretch(date(2026, 1, 1), date(2026, 1, 3), working=False, name="元旦"),
        Stretch(date(2026, 1, 4), date(2026, 1, 4), working=True, name=""),
        Stretch(date(2026, 2, 14), date(2026, 2, 14), working=True, name=""),
        Stretch(date(2026, 2, 15), date(2026, 2, 23), working=False, name="农历除夕、春节"),
        Stretch(date(2026, 2, 28), date(2026, 2, 28), working=True, name=""),
    ]
    assert [one.name for one in public_stretches(2025) if one.days == 8] == ["农历除夕、春节", "国庆节、中秋节"]
