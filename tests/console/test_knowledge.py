"""The knowledge over HTTP: by domain, by words, an entry as residents see it, what it answered last month."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.console.knowledge import last_month
from bot.console.knowledge_search import Finder
from handlers.desk.staff import Role
from storage.schema import consultations
from tests.console.client import make_account, sign_in
from tests.console.residents import seen
from tests.handlers.tools import ZONE
from tests.running import matcher, question, running

WAGES = "labor.unpaid-wages-general"


def test_by_domain_by_words_and_an_entry_as_residents_see_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "ren", Role.AUDITOR, name="任审")
            for _ in range(2):
                await app.say(question(WAGES))
            before = app.app.tools.clock() - timedelta(days=31)
            await app.app.database.write(lambda c: c.execute(update(consultations).values(opened_at=before)))
            month = last_month(app.app.tools.clock(), app.app.settings.zone)[0].month
            async with await sign_in(app, "ren") as ren:
                page = await ren.get("/knowledge")
                assert "劳动就业" in page.text
                assert f"{month} 月机器人和同事一共答了" in page.text
                page = await ren.get("/knowledge?domain=labor")
                assert question(WAGES) in page.text
                page = await ren.get("/knowledge", params={"q": "拖着 工资"})
                assert question(WAGES) in page.text
                assert "没有找到" in (await ren.get("/knowledge?q=没有这样的事情")).text
                page = await ren.get(f"/knowledge/{WAGES}")
                for words in ("劳动合同法》第30条、第85条", "点“更多”以后", "【要带的】", "审核人", "居民会怎么问"):
                    assert words in page.text
                outline = next(iter(matcher().knowledge.outlines))
                assert "还没有审核过的答案" in (await ren.get(f"/knowledge/{outline}")).text
                assert (await ren.get("/knowledge/labor.nothing")).status == 404
                answer = await ren.http.get("/console/knowledge/topics", params={"q": "工资"})
                found = answer.json()
                assert len(found) == 8
                assert set(found[0]) == {"id", "title"}
                for review in ("due", "open", "nonsense"):
                    assert (await ren.get(f"/knowledge?review={review}")).status == 200
            assert ("任审", "knowledge.entry") in await seen(app, f"knowledge:{WAGES}")

    asyncio.run(main())


def test_what_each_entry_answered_last_month_stands_beside_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "ren", Role.EDITOR)
            for _ in range(3):
                told = await app.say(question(WAGES))
            await app.say("", payload=f"useful:{WAGES}", conversation=told["conversation"])
            start, end = last_month(app.app.tools.clock(), app.app.settings.zone)
            async with await sign_in(app, "ren") as ren:
                assert "答了 0 人次" in (await ren.get(f"/knowledge/{WAGES}")).text
                within = update(consultations).values(opened_at=end - timedelta(minutes=1))
                await app.app.database.write(lambda c: c.execute(within))
                page = await ren.get(f"/knowledge/{WAGES}")
                assert "答了 3 人次" in page.text
                assert "有用 1" in page.text
                page = await ren.get("/knowledge")
                assert f"{start.month} 月问得最多的" in page.text
                assert f"{question(WAGES)} 3 人次" in page.text

    asyncio.run(main())


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-03-31T23:59", "2026-02-01", "2026-03-01"),
        ("2026-01-01T00:00", "2025-12-01", "2026-01-01"),
        ("2024-03-01T08:00", "2024-02-01", "2024-03-01"),
    ],
)
def test_last_month_is_the_bureaus(now: str, start: str, end: str) -> None:
    wanted = tuple(datetime.fromisoformat(day).replace(tzinfo=ZONE) for day in (start, end))
    assert last_month(datetime.fromisoformat(now).replace(tzinfo=ZONE), ZONE) == wanted


def test_all_words_have_to_be_there_and_titles_come_first() -> None:
    finder = Finder(matcher().knowledge)
    found = finder.find("工伤 认定", 5)
    assert found
    assert all("工伤" in topic.title or topic.written for topic in found)
    title = matcher().knowledge.entries["workinjury.commute"].question
    assert finder.find(title, 3)[0].id == "workinjury.commute"
    assert finder.find("工伤 西瓜大战僵尸", 5) == []
    assert finder.find("  ", 5) == []
    assert all(topic.domain != "intent" for topic in finder.topics.values())
