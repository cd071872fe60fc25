"""My work and what leads there: who waits for me, what ended in the platform's client, what somebody asked before."""

import asyncio
from pathlib import Path

from sqlalchemy import Connection, insert, update

from handlers.desk.conflict import mentioned
from handlers.desk.staff import Role
from storage import desk, parties
from storage.schema import attachments, consultations, handovers
from tests.console.client import Client, make_account, sign_in
from tests.console.residents import held, number_of, seen, waits
from tests.running import Clock, question, running

LONGTAN, MAWANG = "龙潭镇", "麻旺镇"
JSON = {"Accept": "application/json"}


async def asked(client: Client, path: str, form: dict[str, str]) -> tuple[int, dict[str, str]]:
    """What a script hears."""
    headers = {"Origin": client.base_url, "X-CSRF": client.mark, **JSON}
    answer = await client.http.post(f"/console{path}", data=form, headers=headers)
    told: dict[str, str] = answer.json()
    return answer.status_code, told


def test_what_is_served_in_the_platforms_client_is_answered_there_and_not_taken_back_from_here(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            wang = await make_account(app, "wang", Role.DESK, name="王敏", wecom_userid="wangmin")
            await make_account(app, "li", Role.SUPERVISOR, name="李强")
            talk = await waits(app)
            now = app.app.tools.clock()
            await app.app.database.write(lambda c: desk.taken_in_client(c, talk.key, "WangMin", now))
            path = f"/conversations/{talk.id}"
            async with await sign_in(app, "wang") as mine, await sign_in(app, "li") as li:
                page = await mine.get(path)
                assert "请到企业微信“微信客服”里答复，这里同步记录。" in page.text
                assert 'id="say"' not in page.html
                status, told = await asked(mine, f"{path}/say", {"text": "在这里说", "act": "1"})
                assert (status, "请到那里答复" in told["error"]) == (409, True)
                assert "收回" not in (await li.get(path)).text
                page = await li.post(f"{path}/recall")
                assert (page.status, "这里收不回来" in page.text) == (409, True)
                # Ended there, its outcome is missing here.
                await app.app.database.write(lambda c: desk.ended_in_client(c, talk.key, now))
                assert "还没填处置的（1）" in (await mine.get("/")).text
                (asked_for,) = await app.rows(handovers)
                page = await mine.get(f"/handovers/{asked_for.id}/outcome")
                assert "办成什么样" in page.text
                page = await mine.post(f"/handovers/{asked_for.id}/outcome", {"outcome": "引导调解"})
                assert (page.path, "处置填好了" in page.text) == ("/", True)
                page = await mine.post(f"/handovers/{asked_for.id}/outcome", {"outcome": "引导调解"})
                assert (page.status, "已经填过了" in page.text) == (422, True)
                assert "已经填过了：引导调解。" in (await mine.get(f"/handovers/{asked_for.id}/outcome")).text
            assert (await app.rows(consultations))[0].responder_id == wang.id

    asyncio.run(main())


def test_hints_conflicts_files_and_earlier_matters_stand_beside_it(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, clock=clock) as app:
            wang = await make_account(app, "wang", Role.DESK, name="王敏")
            other = await held(app, wang)
            talk = await held(app, wang, text="娃儿被他爸打，电话 13800001111")
            clock.advance(hours=25)
            await app.say(question(), conversation=talk.key.chat)
            seal, now = app.app.tools.seal, clock()

            def work(connection: Connection) -> None:
                parties.note(connection, other.id, None, mentioned("老板电话 13800001111", seal), now)
                parties.note(connection, talk.id, None, mentioned("我的电话 13800001111", seal), now)
                for name, state, reason in (("欠条.jpg", "stored", None), ("a.exe", "refused", "不收程序")):
                    row = {
                        "conversation_id": talk.id,
                        "state": state,
                        "name": name,
                        "media_type": "image/jpeg",
                        "size": 1,
                    }
                    row |= {"uploaded_by": "当事人", "created_at": now, "reason": reason}
                    connection.execute(insert(attachments).values(**row))

            await app.app.database.write(work)
            async with await sign_in(app, "wang") as mine:
                page = await mine.get(f"/conversations/{talk.id}")
                for words in ("注意回避", f"来访 C{other.id:06d}", "强制报告：疑似有未成年人受侵害", "安全模式"):
                    assert words in page.text
                assert 'href="/console/files/1">欠条.jpg' in page.html
                assert "a.exe 没收下" in page.text
                assert f'href="/console/cases/new?conversation={talk.id}"' in page.html

    asyncio.run(main())


def test_the_home_tells_who_waits_for_my_answer_and_what_colleagues_have_in_hand(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, clock=clock, settings={"desk": {"take_back_minutes": 600}}) as app:
            wang = await make_account(app, "wang", Role.DESK, name="王敏")
            await make_account(app, "li", Role.SUPERVISOR, name="李强", unit=LONGTAN)
            await make_account(app, "gu", Role.AUDITOR, name="顾审")
            talk, far = await held(app, wang, township=LONGTAN), await held(app, wang, township=MAWANG)
            clock.advance(minutes=5)
            await app.say("还有一件事", conversation=talk.key.chat)
            clock.advance(minutes=12)
            async with (
                await sign_in(app, "wang") as mine,
                await sign_in(app, "li") as li,
                await sign_in(app, "gu") as gu,
            ):
                page = await mine.get("/")
                number, other = await number_of(app, talk), await number_of(app, far)
                assert page.text.index(number) < page.text.index(other)  # who waits for me comes first
                assert "等您答 12 分钟" in page.text
                assert "您答过了，等对方" in page.text
                assert "等您答 12 分钟" in (await mine.get("/mine/now")).text
                page = await li.get("/")
                assert "同事手上的（1）" in page.text
                assert "王敏（工作台） 等了 12 分钟" in page.text
                page = await gu.get("/")
                assert "顾审，您好" in page.text
                assert "接待" not in page.text
            assert ("王敏", "work.seen") in await seen(app, f"account:{wang.id}")

    asyncio.run(main())


def test_earlier_matters_of_the_same_person_are_listed_within_the_scope(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, clock=clock) as app:
            await make_account(app, "ran", Role.DESK, unit=LONGTAN)
            await make_account(app, "wang", Role.DESK)
            talk = await waits(app, text=question("labor.overtime-pay"), township=LONGTAN)
            clock.advance(hours=48)
            await app.say(question("workinjury.what-counts"), conversation=talk.key.chat)
            first = update(consultations).where(consultations.c.topic == "labor.overtime-pay").values(township=MAWANG)
            await app.app.database.write(lambda c: c.execute(first))
            async with await sign_in(app, "ran") as ran, await sign_in(app, "wang") as wang:
                assert question("labor.overtime-pay") in (await wang.get(f"/conversations/{talk.id}")).text
                page = await ran.get(f"/conversations/{talk.id}")
                assert "同一个人以前问过" not in page.text

    asyncio.run(main())
