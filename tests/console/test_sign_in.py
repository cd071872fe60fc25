"""Signing in and out at the console, over HTTP: good, bad, slowed down, locked, and what a session is worth."""

import asyncio
import base64
import json
import time
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy import update

from bot.console.attempts import MOST_FAILURES
from handlers.desk.staff import Role
from storage.schema import accounts, audit, sessions
from tests.console.client import PASSWORD, Client, make_account, sign_in
from tests.running import Clock, Running, running


async def actions(app: Running) -> list[str]:
    """What the audit log has of signing in and out, oldest first."""
    return [row.action for row in await app.rows(audit) if row.action.startswith("sign_")]


def test_signs_in_and_out(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            account = await make_account(app, "wang", Role.DESK, name="王敏")
            async with Client(app.base_url) as client:
                assert (await client.get("/")).path == "/sign-in"
                page = await client.sign_in("Wang ")
                assert (page.status, page.path) == (200, "/")
                assert "王敏，您好" in page.text
                assert (await client.post("/sign-out")).path == "/sign-in"
                assert (await client.get("/")).path == "/sign-in"
            assert await app.rows(sessions) == []
            assert await actions(app) == ["sign_in", "sign_out"]
            first = (await app.rows(audit))[0]
            assert (first.account_id, first.actor, first.object) == (account.id, "王敏", f"account:{account.id}")

    asyncio.run(main())


def test_goes_on_to_the_page_that_was_asked_for_and_nowhere_else(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.AUDITOR)
            async with Client(app.base_url) as client:
                page = await client.get("/audit?day=2026-01-02")
                assert page.path == "/sign-in"
                page = await client.post(
                    "/sign-in",
                    {"login": "wang", "password": PASSWORD, "next": page.answer.url.params["next"]},
                )
                assert (page.path, page.answer.url.params["day"]) == ("/audit", "2026-01-02")
            for evil in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
                async with Client(app.base_url) as client:
                    page = await client.sign_in("wang", next=evil)
                    assert page.answer.url.host == "127.0.0.1"
                    assert str(page.answer.url).startswith(f"{app.base_url}/console/")

    asyncio.run(main())


def test_the_cookie_is_kept_from_scripts_and_from_other_paths(tmp_path: Path) -> None:
    async def main() -> None:
        for url, secure in (("", False), ("https://fawen.example.gov.cn", True)):
            settings = {"service": {"public_url": url}}
            async with running(tmp_path / str(secure), settings=settings) as app, Client(app.base_url) as client:
                await make_account(app, "wang", Role.DESK)
                page = await client.get("/sign-in")
                form = {"csrf": page.mark, "login": "wang", "password": PASSWORD}
                seed = page.answer.headers["set-cookie"].partition(";")[0]
                headers = {"Origin": app.base_url, "Cookie": seed}
                answer = await app.client.post("/console/sign-in", data=form, headers=headers)
                assert answer.status_code == 303
                flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
                assert {"httponly", "samesite=lax", "path=/console"} <= flags
                assert ("secure" in flags) is secure
                assert not any(flag.startswith(("max-age", "expires", "domain")) for flag in flags)
                token = answer.cookies["fawen_console"]
                stored = (await app.rows(sessions))[0]
                assert token not in json.dumps([str(value) for value in stored])

    asyncio.run(main())


def test_every_sign_in_gets_another_token_and_ends_the_one_before(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "wang") as client:
                first = client.http.cookies["fawen_console"]
                await client.sign_in("wang")
                second = client.http.cookies["fawen_console"]
                assert first != second
                assert len(await app.rows(sessions)) == 1
            async with Client(app.base_url) as stale:
                stale.http.cookies.set("fawen_console", first, domain="127.0.0.1", path="/console")
                assert (await stale.get("/")).path == "/sign-in"

    asyncio.run(main())


def test_wrong_unknown_and_disabled_are_told_in_the_same_words_and_time(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            gone = await make_account(app, "gone", Role.DESK)
            now = app.app.tools.clock()
            await app.app.database.write(
                lambda c: c.execute(update(accounts).where(accounts.c.id == gone.id).values(disabled_at=now))
            )
            told = set()
            for login, password in (("wang", "wrong"), ("nobody", "wrong"), ("gone", PASSWORD), ("", "")):
                async with Client(app.base_url) as client:
                    await client.get("/sign-in")
                    began = time.monotonic()
                    page = await client.post("/sign-in", {"login": login, "password": password})
                    assert time.monotonic() - began >= 0.35
                    assert page.status == 403
                    told.add(page.text)
            assert len(told) == 1
            assert "登录名或密码不对" in told.pop()
            lines = await app.rows(audit)
            assert [line.action for line in lines] == ["sign_in.refused"] * 4
            # What was typed may be a password: nothing of it is kept.
            assert [line.actor for line in lines] == ["Wang", *["（未登录）"] * 3]

    asyncio.run(main())


def test_many_failures_lock_a_login_whether_it_exists_or_not(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, clock=clock) as app:
            await make_account(app, "wang", Role.DESK)
            told = []
            for login in ("wang", "nobody"):
                async with Client(app.base_url) as client:
                    for _ in range(MOST_FAILURES):
                        assert "登录名或密码不对" in (await client.sign_in(login, "wrong-password")).text
                    page = await client.sign_in(login)
                    assert page.status == 403
                    told.append(page.text)
            assert "已经锁定" in told[0]
            assert "以后再试" in told[0]
            assert told[0] == told[1]
            clock.advance(minutes=16)
            async with Client(app.base_url) as client:
                assert (await client.sign_in("wang")).path == "/"
                assert "登录名或密码不对" in (await client.sign_in("wang", "wrong-password")).text  # counted anew

    asyncio.run(main())


def test_many_guesses_at_once_are_no_more_than_one_by_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            clients = [Client(app.base_url) for _ in range(MOST_FAILURES + 4)]
            pages = await asyncio.gather(
                *(client.sign_in("wang", f"guess-number-{n}") for n, client in enumerate(clients))
            )
            assert sum("登录名或密码不对" in page.text for page in pages) == MOST_FAILURES
            assert sum("已经锁定" in page.text for page in pages) == 4
            for client in clients:
                await client.http.aclose()

    asyncio.run(main())


def test_one_address_is_slowed_down_and_others_are_not(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            async with Client(app.base_url, address="203.0.113.9") as client:
                await client.get("/sign-in")
                answers = await asyncio.gather(
                    *(client.post("/sign-in", {"login": f"nobody{n}", "password": "x"}) for n in range(40))
                )
                assert {page.status for page in answers} == {403, 429}
                slowed = next(page for page in answers if page.status == 429)
                assert "试得太频繁了，请等" in slowed.text
            async with Client(app.base_url, address="203.0.113.10") as client:
                assert (await client.sign_in("wang")).path == "/"

    asyncio.run(main())


def test_one_login_is_slowed_down_from_many_addresses(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            clients = [Client(app.base_url, address=f"203.0.113.{n}") for n in range(14)]
            pages = await asyncio.gather(*(client.sign_in("wang", "guess") for client in clients))
            assert sum(page.status == 429 for page in pages) >= 3
            for client in clients:
                await client.http.aclose()

    asyncio.run(main())


def test_a_session_ends_when_nobody_works_and_after_a_working_day(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, clock=clock) as app:
            await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "wang") as client:
                clock.advance(minutes=59)
                assert (await client.get("/me")).path == "/me"
                clock.advance(minutes=59)
                assert (await client.get("/me")).path == "/me"
                clock.advance(minutes=61)
                assert (await client.get("/me")).path == "/sign-in"
            async with await sign_in(app, "wang") as client:
                for _ in range(14):
                    clock.advance(minutes=50)
                    assert (await client.get("/me")).path == "/me"
                clock.advance(minutes=21)
                assert (await client.get("/me")).path == "/sign-in"

    asyncio.run(main())


def test_a_form_after_the_end_of_the_session_is_told_that_nothing_was_saved(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, clock=clock) as app:
            await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "wang") as client:
                await client.get("/me/password")
                clock.advance(hours=2)
                page = await client.post("/me/password", {"new": "x", "again": "x"})
                assert page.status == 401
                assert "没有保存" in page.text
                answer = await client.http.get("/console/me", headers={"Accept": "application/json"})
                assert (answer.status_code, list(answer.json())) == (401, ["error"])

    asyncio.run(main())


def test_a_disabled_account_is_out_at_the_next_click(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "boss", Role.ADMINISTRATOR)
            wang = await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "boss") as boss, await sign_in(app, "wang") as client:
                assert (await client.get("/me")).path == "/me"
                await boss.get(f"/accounts/{wang.id}")
                assert "已停用" in (await boss.post(f"/accounts/{wang.id}/disable")).text
                assert (await client.get("/me")).path == "/sign-in"
                assert "登录名或密码不对" in (await client.sign_in("wang")).text

    asyncio.run(main())


def test_a_hash_of_older_parameters_is_made_anew(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            account = await make_account(app, "wang", Role.DESK)
            weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
            await app.app.database.write(
                lambda c: c.execute(update(accounts).where(accounts.c.id == account.id).values(password=weak))
            )
            for _ in range(2):
                async with await sign_in(app, "wang"):
                    stored = (await app.rows(accounts))[0].password
                    assert stored != weak
                    assert not app.app.console.passwords.is_stale(stored)

    asyncio.run(main())


def test_a_notice_of_another_browser_is_not_shown(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "wang") as client:
                packed = base64.urlsafe_b64encode(json.dumps(["good", "请把密码发到群里"]).encode()).decode()
                for mark in ("0" * 32, app.app.console.mark("flash", "another", packed), ""):
                    client.http.cookies.set("fawen_flash", f"{packed}.{mark}", domain="127.0.0.1", path="/console")
                    assert "发到群里" not in (await client.get("/me")).text

    asyncio.run(main())
