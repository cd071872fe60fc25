"""The directory of workstations: read by all, kept by those in charge, and what residents hear of it."""

import asyncio
from pathlib import Path

import pytest

from handlers.desk.directory import read, wrong_phone
from storage import workstations
from storage.schema import audit
from storage.workstations import Workstation
from tests.console.casework import LONGTAN, MAWANG, crew, hidden
from tests.console.client import sign_in
from tests.running import Clock, Running, running

FORM = {"name": "龙潭镇公共法律服务工作站", "kind": "station", "township": LONGTAN}
ADDRESS, PHONE = "永胜路12号便民服务中心二楼", "023-75551234、13812345678"


async def station(app: Running, township: str = LONGTAN) -> Workstation:
    rows = await app.app.database.read(lambda c: workstations.of_township(c, township))
    return rows[0]


async def heard(app: Running, township: str = LONGTAN) -> str:
    """What a resident is told who names the township."""
    return str((await app.say(township))["replies"][0]["text"])


def test_everybody_reads_the_list_narrows_it_and_opens_an_entry(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await crew(app)
            longtan = await station(app)
            async with await sign_in(app, "ann") as ann:
                page = await ann.get("/directory")
                assert "中心和工作站（40）" in page.text
                assert page.html.index("桃花源街道公共") < page.html.index("龙潭镇公共")  # as the county counts them
                assert "登记新的" not in page.text
                page = await ann.get("/directory?q=麻旺")
                assert ("麻旺镇公共" in page.text, "龙潭镇公共" in page.text) == (True, False)
                page = await ann.get("/directory?view=check")
                assert "龙潭镇公共" in page.text  # neither address nor telephone is known
                page = await ann.get(f"/directory/{longtan.id}")
                assert (page.status, "修改" in page.text, "停用" in page.text) == (200, False, True)
                assert "居民问起时这样答" in page.text
                assert (await ann.get("/directory/999")).status == 404
                assert (await ann.get("/directory/x")).status == 404

    asyncio.run(main())


def test_what_is_entered_is_what_residents_hear_until_it_is_old_or_closed(tmp_path: Path) -> None:
    clock = Clock()

    async def main() -> None:
        async with running(tmp_path, clock=clock, settings={"console": {"idle_minutes": 60}}) as app:
            await crew(app)
            row = await station(app)
            assert "还没有登记" in await heard(app)
            async with await sign_in(app, "boss") as boss:
                page = await boss.get(f"/directory/{row.id}/edit")
                typed = {
                    **FORM,
                    "address": ADDRESS,
                    "phone": PHONE,
                    "lawyer_days": "每周三上午",
                    "standard_on": "2025-06-30",
                }
                page = await boss.post(
                    f"/directory/{row.id}/edit", {**hidden(page, f"/directory/{row.id}/edit"), **typed}
                )
                assert "保存好了" in page.text
                assert f"{ADDRESS}，电话 {PHONE}，律师值班 每周三上午" in await heard(app)
                assert "改了地址（原来：空）、电话（原来：空）" in page.text
                assert "开放" in page.text
                clock.advance(days=91)
            async with await sign_in(app, "boss") as boss:
                assert "要核实（40）" in (await boss.get("/directory")).text
                page = await boss.get(f"/directory/{row.id}")
                assert "超过 90 天没有人核实过" in page.text
                page = await boss.post(f"/directory/{row.id}/confirm", hidden(page, f"/directory/{row.id}/confirm"))
                assert "今天核实过" in page.text
                assert "超过 90 天" not in page.text
                close = f"/directory/{row.id}/close"
                today = f"{clock().astimezone(app.app.settings.zone):%Y-%m-%d}"
                page = await boss.post(close, {**hidden(page, close), "closed_on": today})
                assert "现在不开放" in await heard(app)
                assert "已停用（1）" in (await boss.get("/directory")).text
                page = await boss.get(f"/directory/{row.id}")
                reopen = f"/directory/{row.id}/reopen"
                page = await boss.post(reopen, {**hidden(page, reopen), "opened_on": today})
                assert ADDRESS in await heard(app)
            noted = [line.action for line in await app.rows(audit) if line.object == f"workstation:{row.id}"]
            assert noted == ["directory.edit", "directory.confirm", "directory.edit", "directory.edit"]

    asyncio.run(main())


def test_two_who_edit_at_once_see_each_other_and_lose_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await crew(app)
            row = await station(app)
            path = f"/directory/{row.id}/edit"
            async with await sign_in(app, "boss") as boss, await sign_in(app, "root") as root:
                mine, theirs = hidden(await boss.get(path), path), hidden(await root.get(path), path)
                await root.post(path, {**theirs, **FORM, "phone": "023-75550000"})
                page = await boss.post(path, {**mine, **FORM, "phone": "023-75551111", "address": ADDRESS})
                assert page.status == 409
                assert "有同事改过这一条，还没有保存" in page.text
                assert "电话 023-75550000" in page.text
                assert 'value="023-75551111"' in page.html
                assert f'value="{ADDRESS}"' in page.html
                page = await boss.post(path, {**hidden(page, path), **FORM, "phone": "023-75551111"})
                assert page.path == f"/directory/{row.id}"
                assert (await station(app)).facts.phone == "023-75551111"
                # A page that was left open does not close what somebody has changed meanwhile.
                page = await root.post(f"/directory/{row.id}/confirm", theirs)
                assert (page.status, "请看看现在的再办" in page.text) == (409, True)
                page = await root.post(f"/directory/{row.id}/confirm", {"seen_at": "gestern"})
                assert (page.status, "页面过期了" in page.text) == (409, True)

    asyncio.run(main())


def test_what_is_wrong_is_said_at_its_place_and_kept(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await crew(app)
            row = await station(app)
            async with await sign_in(app, "root") as root:
                await root.get("/directory/new")
                village = {"name": "渤海村联络点", "kind": "village", "township": LONGTAN, "phone": "7555"}
                page = await root.post("/directory/new", village)
                assert (page.status, "“7555”不像电话" in page.text) == (422, True)
                assert 'value="渤海村联络点"' in page.html
                page = await root.post("/directory/new", {**village, "phone": "13812345678"})
                assert "渤海村联络点登记好了" in page.text
                page = await root.post("/directory/new", {**village, "phone": "13812345678"})
                assert (page.status, "已经有叫“渤海村联络点”的了" in page.text) == (422, True)
                edit = f"/directory/{row.id}/edit"
                page = await root.get(edit)
                page = await root.post(edit, {**hidden(page, edit), **FORM, "name": "渤海村联络点"})
                assert (page.status, "已经有叫" in page.text) == (422, True)
                close = f"/directory/{row.id}/close"
                page = await root.get(f"/directory/{row.id}")
                page = await root.post(close, {**hidden(page, close), "closed_on": "bald"})
                assert (page.status, "日期要写成" in page.text) == (422, True)

    asyncio.run(main())


def test_a_supervisor_keeps_their_own_township_and_no_other(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await crew(app)
            longtan, mawang = await station(app), await station(app, MAWANG)
            async with await sign_in(app, "boss") as boss, await sign_in(app, "ann") as ann:
                assert (await boss.get(f"/directory/{longtan.id}/edit")).status == 200
                assert (await boss.get(f"/directory/{mawang.id}/edit")).status == 403
                seen = {"seen_at": mawang.updated_at.isoformat()}
                page = await boss.post(f"/directory/{mawang.id}/edit", {**seen, **FORM, "township": MAWANG})
                assert (page.status, "麻旺镇的登记由那里的主管" in page.text) == (403, True)
                # Nor may their own be moved out of their hands, or a new one be made for others.
                own = {"seen_at": longtan.updated_at.isoformat()}
                assert (
                    await boss.post(f"/directory/{longtan.id}/edit", {**own, **FORM, "township": MAWANG})
                ).status == 403
                village = {"name": "某村", "kind": "village", "township": MAWANG}
                assert (await boss.post("/directory/new", village)).status == 403
                assert (await boss.post(f"/directory/{mawang.id}/confirm", seen)).status == 403
                assert (await ann.get(f"/directory/{longtan.id}/edit")).status == 403
            assert await station(app, MAWANG) == mawang
            assert await station(app) == longtan

    asyncio.run(main())


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", ""),
        ("023-75551234", ""),
        ("75551234转801", ""),
        ("13812345678 / 023-75551234", ""),
        ("12348", ""),
        ("400-123-4567或110", ""),
        ("7555", "7555"),
        ("1381234567", "1381234567"),
        ("023-75551234、138123456789", "138123456789"),
        ("打村委会", "打村委会"),
    ],
)
def test_telephone_numbers_are_known_by_their_form(text: str, wrong: str) -> None:
    assert wrong_phone(text) == wrong


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "站" * 41}, "name"),
        ({"kind": "palace"}, "kind"),
        ({"township": "长安镇"}, "township"),
        ({"opened_on": "2026-13-01"}, "opened_on"),
        ({"opened_on": "2026-03-01", "closed_on": "2026-02-01"}, "closed_on"),
        ({"address": "路" * 101}, "address"),
    ],
)
def test_what_is_typed_is_checked_field_by_field(typed: dict[str, str], field: str) -> None:
    assert list(read({**FORM, **typed}, [LONGTAN])[1]) == [field]


def test_the_county_centre_belongs_to_no_township() -> None:
    facts, faults = read({**FORM, "kind": "county"}, [LONGTAN])
    assert (facts.township, faults) == ("", {})
