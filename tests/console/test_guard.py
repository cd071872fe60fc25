"""What the guard lets through: forms of our own pages, from the browser that got them, by roles that may."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.console.guard import Guarded
from bot.console.pages import page_routes
from handlers.desk.staff import ALLOWED, Role
from storage.schema import sessions
from tests.console.client import PASSWORD, Client, make_account, sign_in
from tests.running import Running, running


def test_a_form_without_its_mark_or_with_another_browsers_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            await make_account(app, "li", Role.DESK)
            async with await sign_in(app, "wang") as wang, await sign_in(app, "li") as li:
                foreign = (await li.get("/me/password")).mark
                assert foreign
                for mark in ("", foreign, "0" * 32, "汉字", (await wang.get("/me")).mark[:-1]):
                    page = await wang.post("/sign-out", {"csrf": mark})
                    assert page.status == 403
                    assert "页面放得太久" in page.text
                assert len(await app.rows(sessions)) == 2
                assert (await wang.post("/sign-out")).path == "/sign-in"

    asyncio.run(main())


def test_the_sign_in_form_is_bound_to_its_browser(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            async with Client(app.base_url) as mine, Client(app.base_url) as other:
                foreign = (await other.get("/sign-in")).mark
                await mine.get("/sign-in")
                page = await mine.post("/sign-in", {"csrf": foreign, "login": "wang", "password": PASSWORD})
                assert page.status == 403
                assert await app.rows(sessions) == []

    asyncio.run(main())


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://fawen.example.gov.cn"}, True),
        ({"Origin": "http://fawen.example.gov.cn"}, False),
        ({"Origin": "https://fawen.example.gov.cn.evil.example"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({}, True),  # an old browser, which says nothing
    ],
)
def test_where_a_form_comes_from(tmp_path: Path, headers: dict[str, str], good: bool) -> None:
    async def main() -> None:
        # The host of the loopback counts as ours too, so the address of another one is asked for.
        settings = {"service": {"public_url": "https://fawen.example.gov.cn"}}
        async with running(tmp_path, settings=settings) as app:
            await make_account(app, "wang", Role.DESK)
            page = await app.client.get("/console/sign-in")
            mark = re.search(r'name="csrf" content="(\w+)"', page.text)
            assert mark is not None
            seed = page.headers["set-cookie"].partition(";")[0]
            form = {"csrf": mark[1], "login": "wang", "password": PASSWORD}
            answer = await app.client.post("/console/sign-in", data=form, headers={"Cookie": seed, **headers})
            assert (answer.status_code == 303) is good, answer.text
            if not good:
                assert answer.status_code == 403
                assert "不是从本系统的页面发出的" in answer.text

    asyncio.run(main())


def test_the_headers_of_the_console_and_of_the_residents_page(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            for path in ("/console/sign-in", "/console/nothing"):
                answer = await app.client.get(path)
                assert "form-action 'self'" in answer.headers["content-security-policy"]
                assert "default-src 'none'" in answer.headers["content-security-policy"]
                assert answer.headers["cache-control"] == "no-store"
                assert answer.headers["x-content-type-options"] == "nosniff"
                # With no-referrer a browser's form would name no origin.
                assert answer.headers["referrer-policy"] == "same-origin"
                assert len(answer.headers.get_list("content-security-policy")) == 1
            page = await app.client.get("/console/sign-in")
            assert "style=" not in page.text
            assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=", page.text)
            static = re.findall(r'(?:src|href)="(/console/static/[^"]+)"', page.text)
            assert len(static) >= 3
            for address in static:
                answer = await app.client.get(address)
                assert answer.status_code == 200
                assert "immutable" in answer.headers["cache-control"]
            assert (await app.client.get("/console/static/none.css")).headers["cache-control"] == "no-store"
            resident = await app.client.get("/")
            assert "form-action 'none'" in resident.headers["content-security-policy"]
            assert resident.headers["referrer-policy"] == "no-referrer"

    asyncio.run(main())


def test_pages_of_errors_are_in_chinese_and_tell_nothing_inside(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "wang") as client:
                for path, status, words in (
                    ("/nothing", 404, "没有找到"),
                    ("/accounts", 403, "没有权限"),
                    ("/accounts/1", 403, "没有权限"),
                    ("/sign-out", 405, "不能这样访问"),
                ):
                    page = await client.get(path)
                    assert (page.status, words in page.text) == (status, True), path
                    assert "Traceback" not in page.html
                page = await client.post("/me/password", {"new": "长" * 200_000})
                assert (page.status, "内容太大" in page.text) == (413, True)
                answer = await client.http.post(
                    "/console/me/password", content=_endless(), headers={"Origin": app.base_url, **_FORM}
                )
                assert answer.status_code == 413
                answer = await client.http.post(
                    "/console/me/password", content=b"--x\r\nrubbish", headers={"Origin": app.base_url, **_PARTS}
                )
                assert answer.status_code in (400, 403)
                answer = await client.http.get("/console/accounts", headers={"Accept": "application/json"})
                assert answer.json() == {"error": "您的角色不能做这件事。需要的话，请找管理员。"}

    asyncio.run(main())


def test_while_the_database_is_away_pages_say_so(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "wang") as client:
                await client.get("/me/password")
                database = app.app.database
                await database.write(lambda c: c.exec_driver_sql("ALTER TABLE sessions RENAME TO sessions_away"))
                page = await client.get("/me")
                assert (page.status, "现在有点忙" in page.text) == (503, True)
                assert page.answer.headers["retry-after"] == "5"
                page = await client.post("/me/password", {"new": PASSWORD})
                assert (page.status, "没有保存成功" in page.text) == (503, True)
                await database.write(lambda c: c.exec_driver_sql("ALTER TABLE sessions_away RENAME TO sessions"))
                assert (await client.get("/me")).status == 200

    asyncio.run(main())


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_PARTS = {"Content-Type": "multipart/form-data; boundary=x"}


async def _endless() -> AsyncIterator[bytes]:
    for _ in range(64):
        yield b"new=" + b"x" * 16_000


def test_every_route_lets_in_the_roles_that_may_and_no_others(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            found = page_routes(app.app.console)
            routes = [route for route in found if isinstance(route, Guarded) and not route.guests]
            assert len(routes) > 15
            for role in Role:
                await make_account(app, role.value, role)
                async with await sign_in(app, role.value) as client:
                    wrong = [told for route in routes if (told := await _judge(client, route, role))]
                    assert wrong == []

    asyncio.run(main())


def test_nobody_gets_anywhere_without_signing_in(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            for route in page_routes(app.app.console):
                assert isinstance(route, Guarded), route
                if route.guests:
                    continue
                answer = await _ask(app, route)
                if "GET" in (route.methods or ()):
                    assert (answer.status_code, "/sign-in" in answer.headers["location"]) == (303, True), route.path
                else:
                    assert answer.status_code == 401, route.path

    asyncio.run(main())


async def _ask(app: Running, route: Guarded) -> httpx.Response:
    method = "GET" if "GET" in (route.methods or ()) else "POST"
    return await app.client.request(method, "/console" + _filled(route.path), headers={"Origin": app.base_url})


async def _judge(client: Client, route: Guarded, role: Role) -> str:
    """What is wrong with how a role is treated; a POST goes without its mark, which is looked at after the role."""
    address = "/console" + _filled(route.path)
    if "GET" in (route.methods or ()):
        async with client.http.stream("GET", address, follow_redirects=False) as answer:
            status, words = answer.status_code, ""
            if status == 403:
                words = (await answer.aread()).decode()
    else:
        posted = await client.http.post(address, headers={"Origin": client.base_url}, follow_redirects=False)
        status, words = posted.status_code, posted.text
    refused = status == 403 and "您的角色不能做这件事" in words
    allowed = route.permission is None or role in ALLOWED[route.permission]
    return "" if refused is not allowed else f"{role} {route.path}: {status}"


def _filled(path: str) -> str:
    """A path with something in each of its gaps."""
    return re.sub(r"{\w+(:\w+)?}", "1", path)
