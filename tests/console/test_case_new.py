"""代为登记: a case taken down by staff, from a conversation or for somebody who called, came or was visited."""

import asyncio
from pathlib import Path

from storage.schema import cases, parties
from tests.console.casework import APPLICANT, LONGTAN, MAWANG, OTHER, STORY, asks, crew, hidden
from tests.console.client import sign_in
from tests.running import running

NEW = "/cases/new"
PHONE_CALL = {"way": "hotline", "story": STORY, "township": LONGTAN}


def test_a_case_is_taken_down_from_a_conversation_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await crew(app)
            talk, number = await asks(app, "隔壁修房子占了我家的屋基，电话13700001111")
            async with await sign_in(app, "du") as du:
                page = await du.get(f"{NEW}?conversation={number}")
                assert "人民调解申请" in page.text
                assert "请不起律师" in page.text
                page = await du.get(f"{NEW}?kind=mediation&conversation={number}")
                assert "隔壁修房子占了我家的屋基" in page.html.partition('name="story"')[2]
                assert "怎么来的" not in page.text
                assert "13700001111" not in page.html
                typed = {**hidden(page, NEW), "story": STORY, "township": LONGTAN, **APPLICANT, **OTHER}
                typed["column.纠纷类型"] = "房屋宅基地"
                first, second = await asyncio.gather(du.post(NEW, typed), du.post(NEW, typed))
                assert first.path == second.path
                (case,) = await app.rows(cases)
                assert (case.kind, case.unit, case.township, case.channel) == ("mediation", LONGTAN, LONGTAN, "web")
                assert (case.conversation_id, case.details) == (number, {"纠纷类型": "房屋宅基地"})
                assert (case.consent_at is not None, case.phone_hash is not None) == (True, True)
                assert f"登记好了，编号 {case.number}" in first.text + second.text
                assert {row.side for row in await app.rows(parties) if row.case_id == case.id} == {"own", "other"}
                page = await du.get(f"{NEW}?kind=legal_aid&conversation={number}")
                assert f"这个会话已经有工单：{case.number}" in page.text.replace(" ", "").replace("工单：", "工单：")
                # The resident finds it by its number.
                told = await app.say(f"查进度 {case.number}", conversation=talk)
                assert case.number in str(told["replies"])

    asyncio.run(main())


def test_somebody_who_called_is_taken_down_with_consent_or_without_a_name(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await crew(app)
            async with await sign_in(app, "ann") as ann:
                page = await ann.get(f"{NEW}?kind=visit")
                assert f'<option value="{LONGTAN}" selected>' in page.html
                known = {**hidden(page, NEW), **PHONE_CALL}
                page = await ann.post(
                    NEW, {**known, "story": "", "name": "杨再兴", "phone": "137", "column.服务内容": "写遗嘱"}
                )
                assert page.status == 422
                for told in ("没填“事情经过”", "电话不对", "要先问当事人同不同意"):
                    assert told in page.text
                assert 'value="杨再兴"' in page.html
                assert 'value="写遗嘱"' in page.html
                assert '<option value="hotline" selected>' in page.html
                page = await ann.post(NEW, {**known, "township": ""})
                assert page.path.startswith("/cases/")
                assert "没有留姓名和联系方式" in page.text
                assert "12348热线" in page.text
                (case,) = await app.rows(cases)
                assert (case.unit, case.township, case.channel) == (LONGTAN, "不详", "hotline")
                page = await ann.post(NEW, {"kind": "palace"})
                assert (page.status, "请先选是哪一种事" in page.text) == (422, True)
                page = await ann.post(NEW, {**PHONE_CALL, "kind": "visit"})
                assert (page.status, "页面过期了" in page.text) == (422, True)

    asyncio.run(main())


def test_what_others_work_on_is_taken_down_all_the_same(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await crew(app)
            async with await sign_in(app, "ann") as ann:
                page = await ann.get(f"{NEW}?kind=legal_aid")
                page = await ann.post(NEW, {**hidden(page, NEW), **PHONE_CALL, **APPLICANT})
                (case,) = await app.rows(cases)
                assert page.path == "/cases"
                assert f"登记好了，编号 {case.number}，由县中心办" in page.text
                assert (case.unit, case.township) == ("", LONGTAN)
                page = await ann.get(f"{NEW}?kind=mediation")
                page = await ann.post(NEW, {**hidden(page, NEW), **PHONE_CALL, "township": MAWANG})
                assert f"由{MAWANG}办" in page.text

    asyncio.run(main())


def test_a_conversation_of_others_is_none(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await crew(app)
            _, number = await asks(app)  # of no township: the county centre's
            async with await sign_in(app, "ann") as ann:
                assert (await ann.get(f"{NEW}?conversation={number}")).status == 404
                typed = {"once": "x", "kind": "visit", "conversation": str(number), **PHONE_CALL}
                assert (await ann.post(NEW, typed)).status == 404
                for wrong in ("99", "x"):
                    assert (await ann.get(f"{NEW}?conversation={wrong}")).status == 404
            assert await app.rows(cases) == []

    asyncio.run(main())
