"""好差评 over HTTP: the register with its shares, the follow-up of a bad grade, and what is hidden."""

import asyncio
from pathlib import Path

from sqlalchemy import Connection, insert, update

from handlers.desk.accounts import staff_of
from handlers.desk.close import Closing, close
from handlers.desk.refused import Refused
from handlers.desk.staff import Role
from storage import ratings as storage_ratings
from storage.account_records import Account
from storage.desk_records import RatingGiven
from storage.schema import conversations, ratings
from tests.console.client import make_account, sign_in
from tests.console.residents import held, number_of, seen
from tests.running import Running, running

LONGTAN, MAWANG = "龙潭镇", "麻旺镇"


async def graded(app: Running, by: Account, grade: int, reason: str = "", township: str = LONGTAN) -> str:
    """A reception that ended and was graded; its number."""
    talk = await held(app, by, township=township)
    done = await close(app.app.tools, staff_of(by), talk.id, Closing("当场答复"))
    assert not isinstance(done, Refused), done

    def work(connection: Connection) -> None:
        (asked,) = storage_ratings.asked_in(connection, talk.id)
        now = app.app.tools.clock()
        for given in ({"grade": grade}, {"reason": reason or None}):
            storage_ratings.give(connection, talk.id, RatingGiven("handover", asked.object_id, **given), now)

    await app.app.database.write(work)
    return await number_of(app, talk)


def test_the_register_tells_both_shares_and_who_follows_up_closes_with_a_result(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            wang = await make_account(app, "wang", Role.DESK, name="王敏")
            await make_account(app, "li", Role.SUPERVISOR, name="李强")
            await make_account(app, "shen", Role.AUDITOR, name="田审")
            good, bad = await graded(app, wang, 5), await graded(app, wang, 1, "电话 13800001111 打不通")
            talk = await held(app, wang, township=LONGTAN)
            await close(app.app.tools, staff_of(wang), talk.id, Closing("当场答复"))  # asked, and not answered
            async with (
                await sign_in(app, "wang") as mine,
                await sign_in(app, "li") as li,
                await sign_in(app, "shen") as shen,
            ):
                page = await mine.get("/ratings")
                shares = page.text.replace(" ", "")
                assert "请了3次，评了2次（参评率66.7%），满意率50.0%（基本满意以上1次）。" in shares
                assert "很满意1，满意0，基本满意0，不满意0，很不满意1" in shares
                assert "13800001111" not in page.html
                assert "138****1111" in page.text
                assert "填跟进结果" not in page.text
                page = await mine.get("/ratings?grade=1")
                assert bad in page.text
                assert good not in page.text
                page = await shen.get("/ratings")
                assert "/conversations/" not in page.html
                assert (await shen.post("/ratings/2/follow-up", {"result": "x"})).status == 403
                page = await li.get("/ratings?follow_up=open")
                assert (bad in page.text, good in page.text, "填跟进结果" in page.text) == (True, False, True)
                page = await li.post("/ratings/2/follow-up", {"result": "  "})
                assert (page.status, "请写明查到了什么、怎么处理的" in page.text) == (422, True)
                page = await li.post("/ratings/2/follow-up", {"result": "线路忙，已加一部电话，已道歉"})
                assert "这条差评跟进完了，结果记下了。" in page.text
                assert "没有要跟进的差评。" in page.text
                page = await li.post("/ratings/2/follow-up", {"result": "再来一次"})
                assert (page.status, "可能别人已经办结了" in page.text) == (409, True)
                page = await li.get("/ratings?follow_up=closed")
                assert "跟进结果： 线路忙，已加一部电话，已道歉 李强，" in page.text
            assert ("李强", "rating.follow_up") in await seen(app, "rating:2")
            assert ("王敏", "rating.seen") in await seen(app, _this_month(app))

    asyncio.run(main())


def test_another_townships_and_protected_ones(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            wang = await make_account(app, "wang", Role.DESK, name="王敏")
            await make_account(app, "li", Role.SUPERVISOR, unit=MAWANG)
            await make_account(app, "long", Role.SUPERVISOR, unit=LONGTAN)
            bad = await graded(app, wang, 2, "等太久")
            async with await sign_in(app, "li") as li, await sign_in(app, "long") as long:
                assert bad not in (await li.get("/ratings")).text
                assert (await li.post("/ratings/1/follow-up", {"result": "x"})).status == 404
                assert "等太久" in (await long.get("/ratings")).text
                await app.app.database.write(lambda c: c.execute(update(conversations).values(safe_mode=True)))
                page = await long.get("/ratings")
                assert (bad in page.text, "等太久" in page.text) == (True, False)

    asyncio.run(main())


def test_other_months_and_the_next_page(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "li", Role.SUPERVISOR)
            now = app.app.tools.clock()
            rows = [
                {"object_kind": "case", "object_id": n, "channel": "web", "asked_at": now, "follow_up": "none"}
                for n in range(1, 53)
            ]
            await app.app.database.write(lambda c: c.execute(insert(ratings), rows))
            async with await sign_in(app, "li") as li:
                page = await li.get("/ratings")
                assert page.html.count('<li class="card') == 50
                assert "下一页" in page.text
                page = await li.get("/ratings?before=3")
                assert page.html.count('<li class="card') == 2
                for month in ("2020-01", "9999-12", "nonsense"):
                    page = await li.get(f"/ratings?month={month}")
                    assert page.status == 200, month
                assert "请了 0 次" in (await li.get("/ratings?month=2020-01")).text.replace("  ", " ")

    asyncio.run(main())


def _this_month(app: Running) -> str:
    return f"rating:{app.app.tools.clock().astimezone(app.app.settings.zone):%Y-%m}"
