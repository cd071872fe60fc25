"""The queue over HTTP: its order, what it shows and hides, pages, taking somebody, and its events."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert, update

from bot.console import queue, streams, watch
from handlers.desk.staff import Role
from storage import sessions
from storage.schema import conversations, handovers
from tests.console.client import Client, make_account, sign_in
from tests.console.residents import held, number_of, read, rows, seen, waits
from tests.running import Clock, Running, running

LONGTAN, MAWANG = "龙潭镇", "麻旺镇"


async def crowd(app: Running, count: int) -> None:
    """So many wait, straight in the database."""
    now = app.app.tools.clock()

    def work(connection: object) -> None:
        talks = [
            {"id": n, "channel": "web", "account": "web", "chat": f"c{n}", "person": f"c{n}", "dialog": {}}
            | {"holder": "waiting", "created_at": now, "updated_at": now}
            for n in range(1, count + 1)
        ]
        asked = [
            {"id": n, "number": f"RG-{n}", "conversation_id": n, "inbox_id": n, "reason": "word", "summary": f"事 {n}"}
            | {"urgent": n % 40 == 0, "state": "waiting", "created_at": now - timedelta(minutes=n)}
            | {"promised_at": now, "domain": "", "alerted_at": now}
            for n in range(1, count + 1)
        ]
        connection.execute(insert(conversations), talks)  # type: ignore[attr-defined]
        connection.execute(insert(handovers), asked)  # type: ignore[attr-defined]

    await app.app.database.write(work)


async def events(client: Client, path: str) -> AsyncGenerator[tuple[str, dict[str, object]]]:
    """The events of a stream, as they come."""
    name = ""
    async with client.http.stream("GET", f"/console{path}", headers={"Accept": "text/event-stream"}) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))


def test_it_tells_who_waits_where_for_how_long_and_leaves_a_line_in_the_audit_log(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, clock=clock) as app:
            await make_account(app, "wang", Role.DESK, name="王敏")
            talk = await waits(app, township=LONGTAN)
            number = await number_of(app, talk)
            clock.advance(minutes=72)
            async with await sign_in(app, "wang") as wang:
                page = await wang.get("/queue")
                assert "等了 1 小时 12 分" in page.text
                assert f"{number} · 网页 · 龙潭镇 · 劳动人事 · 点了转人工" in page.text
                assert re.search(r"还剩 .*|时间已到|已超过", page.text)
            assert await seen(app, "queue:all") == [("王敏", "queue.seen")]

    asyncio.run(main())


def test_one_tap_takes_somebody_and_who_is_too_late_hears_whose_it_is(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK, name="王敏")
            await make_account(app, "ran", Role.DESK, name="冉小兰")
            talk = await waits(app)
            async with await sign_in(app, "wang") as wang, await sign_in(app, "ran") as ran:
                await ran.get("/queue")
                page = await wang.post(f"/queue/{talk.id}/claim")
                assert (page.status, page.path) == (200, f"/conversations/{talk.id}")
                assert "接上了，直接在这里答复。" in page.text
                page = await ran.post(f"/queue/{talk.id}/claim")
                assert page.path == "/queue"
                assert f"来访 C{talk.id:06d}：王敏 正在接待，不用重复接。" in page.text
                page = await wang.post(f"/queue/{talk.id}/claim")  # a double click
                assert "已经在您手上。" in page.text
                page = await ran.post("/queue/999/claim")
                assert page.status == 404

    asyncio.run(main())


def test_pages_of_fifty_go_on_where_the_last_one_ended_whoever_comes_meanwhile(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            await crowd(app, 130)
            urgent = [str(n) for n in (120, 80, 40)]
            wanted = [*urgent, *(str(n) for n in range(130, 0, -1) if n % 40)]
            async with await sign_in(app, "wang") as wang:
                page, found = await wang.get("/queue"), []
                for _ in range(5):
                    found += rows(page)
                    following = re.search(r'href="/console(/queue\?[^"]+)">下一页', page.html)
                    if following is None:
                        break
                    await waits(app)  # comes last
                    page = await wang.get(following[1].replace("&amp;", "&"))
                assert found[:130] == wanted
                assert "回到最前面" in page.text
                assert len(rows(await wang.get("/queue?after=1.2.3.4"))) == queue.PAGE
                assert len(rows(await wang.get("/queue?after=0.99999999999999999.1"))) == 0

    asyncio.run(main())


def test_filters_by_township_and_channel_with_their_numbers(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            await make_account(app, "ran", Role.DESK, unit=LONGTAN)
            first, second = await waits(app, township=LONGTAN), await waits(app, township=MAWANG, channel="telegram")
            hidden = await waits(app, township="黑水镇", safe_mode=True)
            async with await sign_in(app, "wang") as wang, await sign_in(app, "ran") as ran:
                page = await wang.get("/queue")
                for option in ("全部乡镇", "龙潭镇（1）", "麻旺镇（1）", "网页（2）", "Telegram（1）"):
                    assert option in page.text
                assert "黑水镇" not in page.html
                assert rows(await wang.get(f"/queue?township={LONGTAN}")) == [str(first.id), str(hidden.id)]
                assert rows(await wang.get("/queue?channel=telegram")) == [str(second.id)]
                assert len(rows(await wang.get("/queue?township=没有的镇&channel=fax"))) == 3
                # A workstation has nothing to choose, and cannot look at another's by its address.
                page = await ran.get(f"/queue?township={MAWANG}")
                assert rows(page) == [str(first.id)]
                assert "全部乡镇" not in page.text

    asyncio.run(main())


def test_the_rows_alone_tell_what_became_of_those_that_were_shown(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            wang = await make_account(app, "wang", Role.DESK, name="王敏")
            await make_account(app, "ran", Role.DESK, name="冉小兰", unit=LONGTAN)
            taken = await held(app, wang, township=LONGTAN)
            foreign = await held(app, wang, township=MAWANG)
            async with await sign_in(app, "ran") as ran:
                shown = f"{taken.id},{foreign.id},999999999999999999,x,-1"
                page = await ran.get(f"/queue/rows?shown={shown}")
                assert "王敏 已接待" in page.html
                assert rows(page) == []
                assert page.html.count("data-gone") == 1  # that of another township is nobody's business here
            async with await sign_in(app, "wang") as mine:
                assert "您已接待" in (await mine.get(f"/queue/rows?shown={taken.id}")).html
            assert await seen(app, "queue:龙潭镇") == []  # the page was seen, its refreshing is no new look

    asyncio.run(main())


def test_a_stream_tells_of_changes_at_once_and_of_other_replicas_after_two_seconds(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "wang") as wang:
                told = events(wang, "/queue/events")
                name, first = await anext(told)
                assert (name, first["waiting"], first["urgent"]) == ("look", 0, 0)
                talk = await waits(app)
                _, second = await anext(told)
                assert second["waiting"] == 1
                assert second["queue"] != first["queue"]
                # Another replica writes and wakes nobody here.
                more = update(handovers).where(handovers.c.conversation_id == talk.id).values(urgent=True)
                await app.app.database.write(lambda c: c.execute(more))
                async with asyncio.timeout(watch.SECONDS + 5):
                    _, third = await anext(told)
                assert third["urgent"] == 1
                await told.aclose()

    asyncio.run(main())


def test_a_stream_ends_with_its_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PING_SECONDS", 0.2)

    async def main() -> None:
        async with running(tmp_path) as app:
            account = await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "wang") as wang:
                told = events(wang, "/queue/events")
                assert (await anext(told))[0] == "look"
                await app.app.database.write(lambda c: sessions.close_all(c, account.id))
                assert [event async for event in told] == [("over", {})]
                answer = await wang.http.get("/console/queue/events", headers={"Accept": "text/event-stream"})
                assert answer.status_code == 401
                answer = await wang.http.get("/console/queue/rows", headers={"Accept": "text/html, application/json"})
                assert answer.status_code == 401

    asyncio.run(main())


def test_of_one_account_and_of_all_only_so_many_streams_are_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MOST_OF_ONE", 2)
    monkeypatch.setattr(watch, "MOST", 3)

    async def main() -> None:
        async with running(tmp_path) as app:
            for login in ("wang", "ran"):
                await make_account(app, login, Role.DESK)
            async with await sign_in(app, "wang") as wang, await sign_in(app, "ran") as ran:

                async def status(client: Client) -> int:
                    answer = await client.http.get("/console/queue/events", headers={"Accept": "application/json"})
                    assert "打开的页面太多了" in answer.json()["error"]
                    return answer.status_code

                first, second = events(wang, "/queue/events"), events(wang, "/queue/events")
                await anext(first)
                await anext(second)
                assert await status(wang) == 503
                third = events(ran, "/queue/events")
                await anext(third)
                assert await status(ran) == 503
                await first.aclose()
                await app.until(lambda: app.app.console.watch.has_room(10**9))
                fourth = events(ran, "/queue/events")
                assert (await anext(fourth))[0] == "look"
                for told in (second, third, fourth):
                    await told.aclose()

    asyncio.run(main())


def test_open_streams_do_not_hold_up_the_end_of_the_service(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            wang = await sign_in(app, "wang")
            told = events(wang, "/queue/events")
            await anext(told)
            began = asyncio.get_running_loop().time()
        took = asyncio.get_running_loop().time() - began
        assert took < 4, f"the service needed {took:.1f} s to stop"
        with pytest.raises((StopAsyncIteration, httpx.HTTPError)):
            await anext(told)
        await wang.http.aclose()

    asyncio.run(main())


def test_somebody_of_another_township_cannot_be_taken(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK, unit=LONGTAN)
            foreign = await waits(app, township=MAWANG)
            async with await sign_in(app, "wang") as wang:
                page = await wang.post(f"/queue/{foreign.id}/claim")
                assert page.status == 404
            assert (await read(app, foreign.id)).holder == "waiting"

    asyncio.run(main())
