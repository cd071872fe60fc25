"""The page of a conversation over HTTP: what it shows, what may be done in it and by whom, and every refusal."""

import asyncio
from pathlib import Path

from sqlalchemy import select, update

from handlers.desk.accounts import staff_of
from handlers.desk.notes import note
from handlers.desk.staff import Role
from storage import canned
from storage.schema import consultations, conversations, outbox
from tests.console.client import Client, Page, make_account, sign_in
from tests.console.residents import WAGES, held, number_of, read, seen, waits
from tests.running import Running, question, running

LONGTAN, MAWANG = "龙潭镇", "麻旺镇"
JSON = {"Accept": "application/json"}


async def said(app: Running, number: int) -> list[str]:
    """What went to the resident from the desk, but the greeting."""
    mine = select(outbox.c.body).where(outbox.c.conversation_id == number, outbox.c.purpose == "staff")
    found = await app.app.database.read(lambda c: list(c.execute(mine.order_by(outbox.c.id))))
    return [row.body["text"] for row in found if "我来接着办" not in row.body["text"]]


async def asked(client: Client, path: str, form: dict[str, str]) -> tuple[int, dict[str, str]]:
    """What a script hears."""
    headers = {"Origin": client.base_url, "X-CSRF": client.mark, **JSON}
    answer = await client.http.post(f"/console{path}", data=form, headers=headers)
    told: dict[str, str] = answer.json()
    return answer.status_code, told


def test_it_shows_who_said_what_and_what_helps_to_answer(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            wang = await make_account(app, "wang", Role.DESK, name="王敏", unit=LONGTAN)
            await make_account(app, "ran", Role.DESK, name="冉小兰", unit=MAWANG)
            now = app.app.tools.clock()
            body = "我是{我的姓名}，编号 {编号}"
            await app.app.database.write(lambda c: canned.add(c, "请稍等", body, LONGTAN, wang.id, now))
            talk = await held(app, wang, township=LONGTAN)
            number = await number_of(app, talk)
            assert await note(app.app.tools, staff_of(wang), talk.id, "像是要走仲裁") is None
            async with await sign_in(app, "wang") as mine:
                page = await mine.get(f"/conversations/{talk.id}")
                for words in (WAGES, "已送达", "备注 · 王敏", "像是要走仲裁", "您在接待", "候选", "用这条答复"):
                    assert words in page.text
                assert f"我是王敏，编号 {number}" in page.text
                assert "（点了“" not in page.text
                assert "冉小兰" not in page.text  # she does not serve this township
                assert "同一个人以前问过" not in page.text
            assert (await seen(app, f"conversation:{talk.id}"))[-1] == ("王敏", "conversation.view")

    asyncio.run(main())


def test_two_browsers_the_second_sees_who_holds_it_and_can_write_a_note_but_no_answer(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            wang = await make_account(app, "wang", Role.DESK, name="王敏")
            await make_account(app, "ran", Role.DESK, name="冉小兰")
            talk = await held(app, wang)
            async with await sign_in(app, "ran") as ran:
                page = await ran.get(f"/conversations/{talk.id}")
                assert "王敏 正在接待（在工作台）" in page.text
                assert 'id="say"' not in page.html
                status, told = await asked(ran, f"/conversations/{talk.id}/say", {"text": "我也来", "act": "1"})
                assert (status, told["error"]) == (409, "这个会话现在不在您手上，刷新一下看看是谁在接待。")
                page = await ran.post(f"/conversations/{talk.id}/claim")
                assert (page.status, "王敏 正在接待，不用重复接。" in page.text) == (409, True)
                page = await ran.post(f"/conversations/{talk.id}/note", {"text": "我以前见过这位"})
                assert "备注写好了" in page.text
                for path in ("give-back", "close"):
                    page = await ran.post(f"/conversations/{talk.id}/{path}", {"outcome": "当场答复"})
                    assert page.status == 409, path
            assert await said(app, talk.id) == []
            assert (await read(app, talk.id)).holder_id == wang.id

    asyncio.run(main())


def test_the_same_form_twice_says_it_once_and_the_next_says_more(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            wang = await make_account(app, "wang", Role.DESK)
            talk = await held(app, wang)
            async with await sign_in(app, "wang") as mine:
                await mine.get(f"/conversations/{talk.id}")
                path = f"/conversations/{talk.id}/say"
                status, told = await asked(mine, path, {"text": "您好\r\n请讲", "act": "first"})
                assert (status, told["budget"]) == (200, "")
                again = await asked(mine, path, {"text": "您好\r\n请讲", "act": "first"})
                assert again[0] == 200
                assert told["act"] != again[1]["act"]
                await mine.post(path, {"text": "第二句", "act": told["act"]})
                # Changed after an answer that was lost on its way, it is something else.
                await mine.post(path, {"text": "第二句，改过", "act": told["act"]})
                for text, words in (("  ", "还没有写内容。"), ("长" * 4000, "太长了，一条最多大约")):
                    status, told = await asked(mine, path, {"text": text, "act": "x"})
                    assert (status, words in told["error"]) == (422, True)
            assert await said(app, talk.id) == ["您好\n请讲", "第二句", "第二句，改过"]

    asyncio.run(main())


def test_given_back_it_waits_again_and_closed_it_is_on_record(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            wang = await make_account(app, "wang", Role.DESK, name="王敏")
            talk = await held(app, wang, township=LONGTAN)
            async with await sign_in(app, "wang") as mine:
                page = await mine.post(f"/conversations/{talk.id}/give-back")
                assert page.path == "/queue"
                assert "放回队列了" in page.text
                page = await mine.post(f"/conversations/{talk.id}/claim")
                assert page.path == f"/conversations/{talk.id}"
                page = await mine.post(f"/conversations/{talk.id}/close", {"outcome": "随便"})
                assert (page.status, "请选一个处置结果。" in page.text) == (422, True)
                form = {
                    "outcome": "引导仲裁",
                    "topic": "labor.labor-arbitration",
                    "township": MAWANG,
                    "answer": "讲了仲裁",
                }
                page = await mine.post(f"/conversations/{talk.id}/close", form)
                assert page.path == "/"
                (record,) = await app.rows(consultations)
                assert f"办结了，咨询编号 {record.number}。" in page.text
            assert (record.disposition, record.topic, record.township, record.answer, record.responder) == (
                "引导仲裁",
                "labor.labor-arbitration",
                MAWANG,
                "讲了仲裁",
                "王敏",
            )
            assert (await read(app, talk.id)).holder == "bot"

    asyncio.run(main())


def test_a_supervisor_takes_back_and_hands_on_and_nobody_else_does(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            wang = await make_account(app, "wang", Role.DESK, name="王敏")
            ran = await make_account(app, "ran", Role.DESK, name="冉小兰")
            far = await make_account(app, "far", Role.DESK, name="远远", unit=MAWANG)
            await make_account(app, "li", Role.SUPERVISOR, name="李强")
            talk = await held(app, wang, township=LONGTAN)
            path = f"/conversations/{talk.id}"
            async with await sign_in(app, "ran") as other, await sign_in(app, "li") as li:
                assert "收回" not in (await other.get(path)).text
                assert (await other.post(f"{path}/recall")).status == 403
                assert (await other.post(f"{path}/hand-on", {"to": str(ran.id)})).status == 409
                page = await li.get(path)
                assert "收回，放进队列" in page.text
                assert "远远" not in page.text
                page = await li.post(f"{path}/hand-on", {"to": str(far.id)})
                assert (page.status, "远远 不接待龙潭镇的事" in page.text) == (422, True)
                page = await li.post(f"{path}/hand-on", {"to": ""})
                assert (page.status, "请选一位同事" in page.text) == (422, True)
                page = await li.post(f"{path}/hand-on", {"to": str(ran.id)})
                assert "转给 冉小兰 了，已经告诉对方。" in page.text
                assert (await read(app, talk.id)).holder_id == ran.id
                page = await li.post(f"{path}/recall")
                assert "收回来了" in page.text
                assert (await read(app, talk.id)).holder == "waiting"
                page = await li.post(f"{path}/recall")
                assert (page.status, "现在没有人在接待，不用收回。" in page.text) == (409, True)
            told = [row.body["text"] for row in await app.rows(outbox)]
            assert any("放回队列，会有别的同事接着办" in text for text in told)
            assert ("李强", "conversation.recall") in await seen(app, f"conversation:{talk.id}")

    asyncio.run(main())


def test_safe_mode_is_switched_and_noted(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK, name="王敏")
            talk = await waits(app)
            path = f"/conversations/{talk.id}"
            async with await sign_in(app, "wang") as mine:
                page = await mine.post(f"{path}/safe-mode", {"on": "1"})
                assert "安全模式开了" in page.text
                assert "不要主动打电话、发短信" in page.text
                assert (await read(app, talk.id)).safe_mode
                assert "内容已保护" in (await mine.get("/queue")).text
                page = await mine.post(f"{path}/safe-mode", {"on": ""})
                assert "安全模式关了" in page.text
                assert not (await read(app, talk.id)).safe_mode
            actions = [action for _, action in await seen(app, f"conversation:{talk.id}")]
            assert [one for one in actions if "safe" in one] == [
                "conversation.safe_mode_on",
                "conversation.safe_mode_off",
            ]

    asyncio.run(main())


def test_chats_of_staff_are_no_conversations(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "li", Role.SUPERVISOR)
            talk = await waits(app)
            await app.app.database.write(lambda c: c.execute(update(conversations).values(kind="staff")))
            async with await sign_in(app, "li") as li:
                for page in (await li.get(f"/conversations/{talk.id}"), await li.get("/conversations/nonsense")):
                    assert (page.status, "没有这条记录，或者不在您的范围里。" in page.text) == (404, True)

    asyncio.run(main())


def test_what_the_resident_did_is_told_in_words(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            told = await app.say(question())
            chat = told["conversation"]
            await app.say("", payload="human", conversation=chat)
            row = (await app.rows(conversations))[0]
            async with await sign_in(app, "wang") as mine:
                page: Page = await mine.get(f"/conversations/{row.id}")
                assert "（点了“转人工”）" in page.text
                await app.say("清除我的记录", conversation=chat)
                await app.say("", payload="forget:yes", conversation=chat)
                page = await mine.get(f"/conversations/{row.id}")
                assert question() not in page.text
                assert "（当事人已要求清除）" in page.text

    asyncio.run(main())
