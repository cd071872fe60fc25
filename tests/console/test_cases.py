"""The register of cases: narrowed, page by page, neutral where it must be; auditors see it without what was told."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from bot.console.cases import PAGE
from storage.schema import cases as table
from tests.console.casework import APPLICANT, LONGTAN, MAWANG, crew, opened, read, stepped, words
from tests.console.client import Page, sign_in
from tests.running import Clock, Running, running

FLOOD, LAMP, FENCE = "大水把田坎冲垮了", "乡道路灯坏了三个月", "邻居把篱笆往我这边移"


def numbers(page: Page) -> list[str]:
    """The case numbers of the list, in its order."""
    cells = page.html.split('<td class="head">')[1:]
    return [words(cell.partition("</td>")[0]).split()[0] for cell in cells]


async def change(app: Running, case_id: int, **values: object) -> None:
    """What time or others would have done to a case."""
    work = update(table).where(table.c.id == case_id).values(**values)
    await app.app.database.write(lambda c: c.execute(work))


def test_the_list_is_narrowed_by_state_kind_unit_person_limit_and_day(tmp_path: Path) -> None:
    clock = Clock()

    async def main() -> None:
        async with running(tmp_path, clock=clock) as app:
            who = await crew(app)
            flood = await opened(app, who["ann"], "mediation", story=FLOOD, urgent="是", **APPLICANT)
            lamp = await opened(app, who["du"], "appeal", story=LAMP, township=MAWANG)
            fence = await opened(app, who["ann"], "mediation", story=FENCE)
            aid = await opened(app, who["du"], "legal_aid", story="要律师")
            fence = await stepped(app, who["ann"], fence, "accept")
            fence = await stepped(app, who["boss"], fence, "assign", assignee=str(who["ann"].id))
            await change(app, lamp.id, due_at=clock() - timedelta(days=2), due_from=clock() - timedelta(days=9))
            async with await sign_in(app, "head") as head:

                async def listed(query: str) -> list[str]:
                    page = await head.get(f"/cases{query}")
                    assert page.status == 200, page.text
                    return numbers(page)

                page = await head.get("/cases")
                assert numbers(page) == [flood.number, lamp.number, aid.number, fence.number]
                assert "没办完的 4" in page.text
                assert "待审查 3" in page.text
                assert "已指派 1" in page.text
                assert "已超过" in page.text
                assert "已归档" not in page.text.partition("编号、标题、电话")[0]
                assert await listed("?state=assigned") == [fence.number]
                assert await listed("?state=all&kind=mediation") == [fence.number, flood.number]
                assert await listed(f"?unit={MAWANG}") == [lamp.number]
                assert await listed("?unit=county") == [aid.number]
                assert fence.number not in await listed("?who=nobody")
                assert await listed("?who=me") == []
                assert await listed("?due=over") == [lamp.number]
                assert lamp.number not in await listed("?due=soon")
                assert await listed("?q=篱笆") == [fence.number]
                assert await listed(f"?q={aid.number[-4:]}") == [aid.number]
                assert await listed("?q=137 0000 1111") == [flood.number]
                today = f"{clock().astimezone(app.app.settings.zone):%Y-%m-%d}"
                assert len(await listed(f"?from={today}&to={today}")) == 4
                assert await listed("?to=2001-01-01") == []
                assert "没有符合的工单" in (await head.get("/cases?to=2001-01-01")).text
                page = await head.get("/cases?from=gestern")
                assert (page.status, "日期要写成" in page.text) == (422, True)
                assert (await head.get("/cases?state=king&kind=palace&after=x_y_z")).status == 200
            async with await sign_in(app, "ann") as ann:
                assert numbers(await ann.get("/cases")) == [flood.number, fence.number]
                assert numbers(await ann.get(f"/cases?unit={MAWANG}")) == []
                assert numbers(await ann.get("/cases?who=me")) == [fence.number]
                assert "办理单位" not in (await ann.get("/cases")).text

    asyncio.run(main())


def test_long_lists_go_on_where_the_page_ended(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            who = await crew(app)
            made = [await opened(app, who["du"], "complaint_lawyer", story=f"第{n}件") for n in range(PAGE * 2 + 1)]
            await change(app, made[40].id, urgent=True)
            async with await sign_in(app, "du") as du:
                for query in ("", "?state=all"):
                    seen: list[str] = []
                    page = await du.get(f"/cases{query}")
                    while True:
                        seen += numbers(page)
                        onward = re.search(r'href="/console(/cases\?[^"]*after=[^"]*)"', page.html)
                        if onward is None:
                            break
                        page = await du.get(onward[1].replace("&amp;", "&"))
                    assert sorted(seen) == sorted(case.number for case in made)
                    assert len(set(seen)) == len(made)
                    assert seen[0] == (made[-1] if query else made[40]).number

    asyncio.run(main())


def test_safe_mode_and_auditors_see_nothing_that_tells_the_matter(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            who = await crew(app)
            quiet = await opened(app, who["ann"], "mediation", story=FLOOD, **APPLICANT)
            plain = await opened(app, who["ann"], "mediation", story=f"{FENCE}，电话13912345678", **APPLICANT)
            await change(app, quiet.id, safe_mode=True)
            async with await sign_in(app, "ann") as ann, await sign_in(app, "eye") as eye:
                page = await ann.get("/cases")
                assert (FLOOD in page.html, FENCE in page.html) == (False, True)
                assert f"工单 {quiet.number}" in page.text
                assert "安全模式" in page.text
                assert "13912345678" not in page.html
                row = page.html.partition(quiet.number)[2].partition("</tr>")[0]
                assert (LONGTAN in row, "县内" in row) == (False, True)
                assert numbers(await ann.get(f"/cases?q={FLOOD}")) == []
                page = await eye.get("/cases")
                assert numbers(page) == [plain.number, quiet.number] or numbers(page) == [quiet.number, plain.number]
                assert (FLOOD in page.html, FENCE in page.html) == (False, False)
                assert f"/cases/{plain.id}" not in page.html
                assert "代为登记" not in page.text
                # Nor may a search tell them what they do not see.
                assert numbers(await eye.get(f"/cases?q={FENCE}")) == []
                assert numbers(await eye.get("/cases?q=13700001111")) == []
                assert numbers(await eye.get(f"/cases?q={plain.number}")) == [plain.number]
                assert (await eye.get(f"/cases/{plain.id}")).status == 403
                assert (await eye.get("/cases/new")).status == 403
            assert (await read(app, plain.id)).safe_mode is False

    asyncio.run(main())


def test_a_clock_that_stands_still_says_so(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            who = await crew(app)
            case = await opened(app, who["ann"], "mediation")
            await stepped(app, who["ann"], case, "ask_supplement")
            async with await sign_in(app, "ann") as ann:
                page = await ann.get("/cases")
                assert "等补材料 1" in page.text
                assert "计时暂停" in page.text

    asyncio.run(main())
