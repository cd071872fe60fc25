"""The steps of a case: what they demand, what the resident hears, two clerks at once, a double click."""

import asyncio
from pathlib import Path

from storage.schema import case_events, staff_notes
from tests.console.casework import (
    APPLICANT,
    asks,
    crew,
    heard,
    hidden,
    opened,
    read,
    stepped,
    steps,
    take,
    words,
)
from tests.console.client import sign_in
from tests.running import Clock, running

AID = {"column.类别": "民事", "column.案由": "追索劳动报酬"}


def test_a_case_goes_its_whole_way_and_the_resident_hears_each_turn(tmp_path: Path) -> None:
    clock = Clock()

    async def main() -> None:
        async with running(tmp_path, clock=clock) as app:
            who = await crew(app)
            talk, number = await asks(app)
            case = await opened(app, who["du"], "legal_aid", number, **APPLICANT, **AID)
            async with await sign_in(app, "du") as du, await sign_in(app, "head") as head:
                page = await du.get(f"/cases/{case.id}")
                assert steps(page)[:3] == ["accept", "ask_supplement", "reject"]
                assert "批准援助" in page.text
                assert "7 天，法律援助法第43条" in page.text
                assert "来自的会话" in page.text
                page = await take(du, case, "accept")
                assert "已经告诉当事人" in page.text
                assert "决定给您法律援助" in await heard(app, talk)
                assert steps(await du.get(f"/cases/{case.id}"))[0] == "assign"
                page = await take(head, case, "assign", assignee=str(who["du"].id))
                assert "已经指派 杜县中心" in await heard(app, talk)
                await take(du, case, "start")
                page = await take(du, case, "finish", result="诉求获支持", answer="判决支持，已执行到位")
                assert page.status == 422
                assert "没填“挽回损失元”，没有就写 0；没填“避免损失元”，没有就写 0" in page.text
                assert "判决支持，已执行到位</textarea>" in page.html
                assert '<option value="诉求获支持" selected>' in page.html
                ended = {"result": "诉求获支持", "answer": "判决支持，已执行到位"}
                page = await take(du, case, "finish", **ended, recovered="2.728万", avoided="0")
                assert "待审核" in page.text
                assert "close" not in steps(page)  # a supervisor's
                page = await take(head, case, "close")
                assert "已经告诉当事人" in page.text
                told = await heard(app, talk)
                assert "结果：诉求获支持" in told
                assert "办结了" in told
                closed = await read(app, case.id)
                assert (closed.state, closed.recovered_fen, closed.avoided_fen) == ("closed", 2728000, 0)
                page = await take(du, case, "visit", opinion="满意", text="本人接的电话，钱收到了")
                assert "27280" in page.text
                timeline = words(page.html.partition('id="timeline"')[2].partition("</section>")[0])
                assert timeline.startswith("> 经过 ")
                assert timeline.index("回访") < timeline.index("办结") < timeline.index("批准援助")
                assert "已办结 → 已回访" in timeline
                assert "本人接的电话，钱收到了 满意" in timeline

    asyncio.run(main())


def test_what_the_page_promises_to_say_is_what_is_said(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            who = await crew(app)
            talk, number = await asks(app)
            case = await opened(app, who["du"], "legal_aid", number, **AID)
            async with await sign_in(app, "du") as du:
                page = await du.get(f"/cases/{case.id}")
                form = page.html.partition('id="step-ask_supplement"')[2].partition("</form>")[0]
                promised = words(
                    form.partition('class="told"')[2].partition('<p class="keep-lines">')[2].partition("</p>")[0]
                )
                page = await take(du, case, "ask_supplement", missing="身份证复印件")
                assert promised.replace("〔缺哪些材料〕", "身份证复印件") == words(await heard(app, talk))
                # The step that tells the resident nothing says that, too.
                form = page.html.partition('id="step-edit"')[2].partition("</form>")[0]
                assert "这一步不通知当事人" in form

    asyncio.run(main())


def test_two_clerks_at_once_see_what_changed_and_keep_what_they_typed(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            who = await crew(app)
            case = await opened(app, who["ann"])
            here = f"/cases/{case.id}"
            async with await sign_in(app, "ann") as ann, await sign_in(app, "bo") as bo:
                old = hidden(await ann.get(here), f"{here}/steps/ask_supplement")
                await take(bo, case, "add", text="当事人打来电话说滴水更大了")
                page = await ann.post(f"{here}/steps/ask_supplement", {**old, "missing": "房屋照片"})
                assert page.status == 409
                assert "刚才有同事改过这个工单" in page.text
                assert "补充情况 李小龙" in page.text
                assert "当事人打来电话说滴水更大了" in page.text.partition("您填的都还在下面")[0]
                assert "房屋照片</textarea>" in page.html
                assert '<details class="dialog" id="step-ask_supplement" open>' in page.html
                again = hidden(page, f"{here}/steps/ask_supplement")
                page = await ann.post(f"{here}/steps/ask_supplement", {**again, "missing": "房屋照片"})
                assert (page.status, "等补材料" in page.text) == (200, True)
                # A step that is no step any more: the words are shown, to be copied.
                old = hidden(await ann.get(here), f"{here}/steps/supplement")
                await take(bo, case, "reject", reason="不属于调解范围", remedy="可以向法院起诉")
                page = await ann.post(f"{here}/steps/supplement", {**old, "text": "照片送来了"})
                assert page.status == 409
                assert "现在的状态不能再这样办了。您刚才填的在这里" in page.text
                assert '<p class="typed keep-lines">照片送来了</p>' in page.html
                assert "不予受理 李小龙" in page.text
            assert (await read(app, case.id)).state == "rejected"

    asyncio.run(main())


def test_a_double_click_takes_one_step_and_a_second_page_of_ones_own_another(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            who = await crew(app)
            case = await opened(app, who["ann"])
            here = f"/cases/{case.id}"
            add = f"{here}/steps/add"
            async with await sign_in(app, "ann") as ann:
                first, second = hidden(await ann.get(here), add), hidden(await ann.get(here), add)
                pages = await asyncio.gather(*(ann.post(add, {**first, "text": "一"}) for _ in range(3)))
                assert [page.status for page in pages] == [200, 200, 200]
                assert any("这一步已经办过了，没有重复" in page.text for page in pages)
                page = await ann.post(add, {**second, "text": "二"})
                assert (page.status, "二</textarea>" in page.html) == (409, True)
                for _ in range(2):
                    page = await ann.post(f"{here}/notes", {"text": "下午回电话"})
                assert "备注记下了" in page.text
                page = await ann.post(f"{here}/notes", {"text": " "})
                assert (page.status, "备注要写 1 到 2000 个字" in page.text) == (422, True)
            added = [event.text for event in await app.rows(case_events) if event.action == "add"]
            assert added == ["一"]
            assert [note.text for note in await app.rows(staff_notes)] == ["下午回电话"]

    asyncio.run(main())


def test_only_those_steps_are_offered_and_taken_that_are_ones_own(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            who = await crew(app)
            case = await opened(app, who["ann"])
            case = await stepped(app, who["ann"], case, "accept")
            async with (
                await sign_in(app, "ann") as ann,
                await sign_in(app, "bo") as bo,
                await sign_in(app, "boss") as boss,
            ):
                page = await bo.get(f"/cases/{case.id}")
                people = page.html.partition('id="assign-assignee"')[2].partition("</select>")[0]
                assert words(people.partition(">")[2]) == "（请选） 李小龙（龙潭镇）"  # for oneself
                page = await boss.get(f"/cases/{case.id}")
                people = words(page.html.partition('id="assign-assignee"')[2].partition("</select>")[0])
                assert ("王敏（龙潭镇）" in people, "蔡麻旺" in people, "陈管理" in people) == (True, False, False)
                await take(boss, case, "assign", assignee=str(who["ann"].id))
                assert "start" not in steps(await bo.get(f"/cases/{case.id}"))
                page = await ann.get(f"/cases/{case.id}")
                assert steps(page)[0] == "start"
                typed = hidden(page, f"/cases/{case.id}/steps/start")
                page = await bo.post(f"/cases/{case.id}/steps/start", typed)
                assert (page.status, "由承办人来办，现在的承办人是 王敏" in page.text) == (403, True)
                page = await bo.post(f"/cases/{case.id}/steps/crown", typed)
                assert (page.status, "不能这样办" in page.text) == (409, True)
                assert (await bo.post("/cases/99/steps/start", typed)).status == 404
                assert (await bo.post(f"/cases/{case.id}/steps/rate", typed)).status == 409
            assert (await read(app, case.id)).state == "assigned"

    asyncio.run(main())


def test_the_fields_of_a_kind_are_edited_and_a_merged_case_leads_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            who = await crew(app)
            case, twin = await opened(app, who["ann"], **APPLICANT), await opened(app, who["ann"], **APPLICANT)
            async with await sign_in(app, "ann") as ann:
                page = await ann.get(f"/cases/{case.id}")
                assert "没填，办结前要填" in page.text
                assert twin.number in page.html.partition("同一个电话的工单")[2]
                page = await take(
                    ann, case, "edit", **{"column.纠纷类型": "邻里", "column.协议金额元": "3500.5", "urgent": "是"}
                )
                assert "改了：纠纷类型、协议金额元、紧急" in page.text
                assert "3500.5" in page.text
                kept = await read(app, case.id)
                assert (kept.details, kept.urgent) == ({"纠纷类型": "邻里", "协议金额元": 350050}, True)
                page = await take(ann, case, "edit", **{"column.协议金额元": "很多"})
                assert (page.status, "要写金额" in page.text, 'value="很多"' in page.html) == (422, True, True)
                page = await take(ann, twin, "merge", target=case.number.replace("-", " ").lower(), reason="同一件事")
                assert f'href="/console/cases/{case.id}">{case.number}</a>' in page.html
                assert steps(page) == []
                assert "现在没有您要办的" in page.text
                assert f"{twin.number} 并入本工单" in (await ann.get(f"/cases/{case.id}")).text

    asyncio.run(main())
