"""常用语 over HTTP: written, seen filled in, changed, taken out of use; and whose they are."""

import asyncio
from pathlib import Path

from sqlalchemy import update

from handlers.desk.staff import Role
from storage.schema import audit, canned_answers, workstations
from tests.console.client import make_account, sign_in
from tests.running import running

LONGTAN = "龙潭镇"
FORM = {"title": "要带的材料", "body": "我是{我的姓名}，请带身份证。\r\n电话 {工作站电话}", "unit": ""}


def test_one_is_written_seen_filled_in_changed_and_taken_out_of_use(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "zhao", Role.EDITOR, name="赵编")
            async with await sign_in(app, "zhao") as zhao:
                assert "还没有常用语" in (await zhao.get("/canned")).text
                await zhao.get("/canned/new")
                page = await zhao.post("/canned/new", {**FORM, "preview": "1"})
                assert "我是赵编，请带身份证。" in page.text
                assert await app.rows(canned_answers) == []
                page = await zhao.post("/canned/new", FORM)
                assert (page.path, "“要带的材料”存好了" in page.text) == ("/canned", True)
                assert "我是赵编，请带身份证。 电话 12348" in page.text
                page = await zhao.post("/canned/new", FORM)
                assert (page.status, "已经有一条同名的" in page.text) == (422, True)
                assert "我是{我的姓名}" in page.text  # what was typed is still there
                page = await zhao.post("/canned/1", {"title": "材料", "body": "带{什么}"})
                assert (page.status, "不认识 {什么}；可以用的有" in page.text) == (422, True)
                page = await zhao.post("/canned/1", {"title": "材料", "body": "带身份证"})
                assert "“材料”改好了" in page.text
                await zhao.post("/canned/new", FORM)
                page = await zhao.post("/canned/1", {"title": FORM["title"], "body": "x"})
                assert (page.status, "已经有一条同名的" in page.text) == (422, True)
                page = await zhao.post("/canned/1/remove")
                assert "“材料”停用了" in page.text
                assert (await zhao.post("/canned/1/remove")).status == 404
                assert (await zhao.post("/canned/1", FORM)).status == 404
            rows = await app.rows(canned_answers)
            assert [(row.body, row.disabled_at is not None) for row in rows] == [
                ("带身份证", True),
                (FORM["body"].replace("\r\n", "\n"), False),
            ]
            actions = {row.action for row in await app.rows(audit) if row.action.startswith("canned.")}
            assert actions == {"canned.seen", "canned.add", "canned.change", "canned.remove"}

    asyncio.run(main())


def test_the_telephone_is_the_directorys_then_the_settings_then_the_hotline(tmp_path: Path) -> None:
    async def main() -> None:
        stations = {"stations": {LONGTAN: {"phone": "023-75550001"}}}
        async with running(tmp_path, settings={"county": stations}) as app:
            await make_account(app, "long", Role.SUPERVISOR, unit=LONGTAN)
            await make_account(app, "ma", Role.SUPERVISOR, unit="麻旺镇")
            async with await sign_in(app, "long") as long, await sign_in(app, "ma") as ma:
                await long.get("/canned/new")
                await long.post("/canned/new", {**FORM, "unit": LONGTAN})
                assert "电话 023-75550001" in (await long.get("/canned")).text
                phone = update(workstations).where(workstations.c.township == LONGTAN).values(phone="023-75559999")
                await app.app.database.write(lambda c: c.execute(phone))
                assert "电话 023-75559999" in (await long.get("/canned")).text
                await ma.get("/canned/new")
                page = await ma.post("/canned/new", {**FORM, "unit": "麻旺镇", "preview": "1"})
                assert "电话 12348" in page.text

    asyncio.run(main())


def test_a_workstation_writes_its_own_and_reads_everybodys(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "zhao", Role.EDITOR)
            await make_account(app, "li", Role.SUPERVISOR, unit=LONGTAN)
            await make_account(app, "wang", Role.SUPERVISOR, unit="麻旺镇")
            await make_account(app, "desk", Role.DESK)
            async with (
                await sign_in(app, "zhao") as zhao,
                await sign_in(app, "li") as li,
                await sign_in(app, "wang") as wang,
                await sign_in(app, "desk") as clerk,
            ):
                await zhao.post("/canned/new", FORM)
                page = await li.get("/canned/1")
                assert "您可以看" in page.text
                assert "存起来" not in page.text
                assert (await li.post("/canned/1", FORM)).status == 403
                assert (await li.post("/canned/1/remove")).status == 403
                page = await li.post("/canned/new", {**FORM, "unit": ""})
                assert (page.status, "请选自己的单位" in page.text) == (422, True)
                page = await li.post("/canned/new", {**FORM, "title": "赶场天", "unit": LONGTAN})
                assert "赶场天" in page.text
                assert "赶场天" not in (await wang.get("/canned")).text
                assert (await wang.get("/canned/2")).status == 404
                assert (await clerk.get("/canned")).status == 403

    asyncio.run(main())
