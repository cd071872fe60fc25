"""The page of a case: its people behind a click, what is dangerous about it, every kind in every state."""

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Executable, update

from handlers.cases.act import possible
from handlers.cases.kinds import KINDS
from handlers.cases.states import STATE_NAMES
from handlers.desk.accounts import staff_of
from handlers.desk.protect import protect
from storage.schema import audit
from storage.schema import cases as table
from tests.console.casework import (
    APPLICANT,
    LONGTAN,
    OTHER,
    STORY,
    asks,
    crew,
    opened,
    read,
    steps,
)
from tests.console.client import sign_in
from tests.running import Clock, running


def test_name_and_numbers_stand_behind_a_click_that_is_noted(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            who = await crew(app)
            case = await opened(app, who["ann"], **APPLICANT, **OTHER)
            personal = [APPLICANT["name"], APPLICANT["phone"], APPLICANT["address"], *OTHER.values()]

            async def looks() -> list[str]:
                return [line.action for line in await app.rows(audit) if line.object == f"case:{case.id}"]

            async with await sign_in(app, "ann") as ann, await sign_in(app, "cai") as cai:
                page = await ann.get(f"/cases/{case.id}")
                assert [text for text in personal if text in page.html] == []
                assert "留了：姓名、电话、地址、对方、对方电话" in page.text
                assert await looks() == ["case.open", "case.see"]
                page = await ann.post(f"/cases/{case.id}/contact")
                assert [text for text in personal if text not in page.text] == []
                assert (await looks()).count("case.contact") == 1
                page = await ann.post(f"/cases/{case.id}/contact", headers={"Accept": "application/json"})
                assert page.answer.json()[1] == {"label": "电话", "value": APPLICANT["phone"]}
                assert (await looks()).count("case.contact") == 2
                await cai.get("/cases")
                page = await cai.post(f"/cases/{case.id}/contact")
                assert (page.status, APPLICANT["name"] in page.html) == (404, False)
                assert (await looks()).count("case.contact") == 2
            assert not any(text in str(line.detail) for line in await app.rows(audit) for text in personal)

    asyncio.run(main())


def test_dangers_are_shown_beside_a_case(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            who = await crew(app)
            _, number = await asks(app)
            ours = await opened(app, who["du"], "legal_aid", number, story="我老公喝了酒就打我", **APPLICANT, **OTHER)
            theirs = await opened(app, who["du"], "legal_aid", story="有人告我", name=OTHER["other_name"],
                                  phone=OTHER["other_phone"], consent="是", other_phone=APPLICANT["phone"])  # fmt: skip
            work = update(table).values(assignee_id=who["du"].id, assignee_name="杜县中心")
            await app.app.database.write(lambda c: c.execute(work))
            await protect(app.app.tools, staff_of(who["du"]), number, True)
            async with await sign_in(app, "du") as du:
                page = await du.get(f"/cases/{ours.id}")
                assert "注意回避" in page.text
                assert theirs.number in page.text
                assert "家庭暴力：先保安全，再说办法" in page.text
                assert "《反家庭暴力法》" in page.text
                assert "安全模式：这位当事人的手机可能被别人看到" in page.text
                form = page.html.partition('id="step-accept"')[2].partition("</form>")[0]
                assert "安全模式：没有给当事人发消息" in form
                assert "当事人会收到" not in form

    asyncio.run(main())


def test_the_limit_and_the_way_back_are_told(tmp_path: Path) -> None:
    clock = Clock()

    async def main() -> None:
        async with running(tmp_path, clock=clock) as app:
            who = await crew(app)
            case = await opened(app, who["ann"], "visit")
            start, due = clock() - timedelta(days=30), clock() - timedelta(days=20)
            work = update(table).where(table.c.id == case.id).values(due_from=start, due_at=due)
            await app.app.database.write(lambda c: c.execute(work))
            async with await sign_in(app, "ann") as ann:
                page = await ann.get(f"/cases/{case.id}")
                assert "已超过" in page.text
                assert "1 个工作日，惯例，以本局公布的为准（不是法定的）" in page.text
                assert "没有留姓名和联系方式" in page.text
                assert STORY in page.text
                assert LONGTAN in page.text
                assert "窗口" in page.text
                form = page.html.partition('id="step-accept"')[2].partition("</form>")[0]
                assert "当事人没有线上会话，请打电话告诉当事人" in form
                assert (await ann.get("/cases/99")).status == 404

    asyncio.run(main())


def test_every_kind_in_every_state_has_its_page(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            who = await crew(app)
            made = [await opened(app, who["du"], kind) for kind in KINDS]
            async with await sign_in(app, "head") as head, await sign_in(app, "du") as du:
                for state in STATE_NAMES:
                    work = update(table).values(state=state)
                    await app.app.database.write(partial(_run, work=work))
                    for case in made:
                        now_is = await read(app, case.id)
                        for client, account in ((head, who["head"]), (du, who["du"])):
                            page = await client.get(f"/cases/{case.id}")
                            assert page.status == 200, (case.kind, state, page.text)
                            expected = {move.action for move in possible(staff_of(account), now_is)}
                            assert set(steps(page)) == expected, (case.kind, state)

    asyncio.run(main())


def _run(connection: Connection, work: Executable) -> None:
    connection.execute(work)
