"""The second factor: switched on with its first code, asked for at each sign-in, each code good once."""

import asyncio
import re
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import update

from bot.console import totp
from handlers.desk.staff import Role
from storage.schema import accounts, audit, sessions
from tests.console.client import PASSWORD, Client, Page, make_account, sign_in
from tests.running import Clock, Running, running

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_at(clock: Clock, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(clock())


async def give_totp(app: Running, login: str) -> None:
    sealed = app.app.tools.seal.seal(SECRET)
    await app.app.database.write(
        lambda c: c.execute(update(accounts).where(accounts.c.login == login).values(totp_sealed=sealed))
    )


async def first_step(client: Client, path: str = "/me") -> Page:
    await client.get(path)
    page = await client.sign_in("wang", next=path)
    assert page.path == "/second-step"
    return page


def test_a_code_is_wanted_after_the_password(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, clock=clock) as app:
            await make_account(app, "wang", Role.DESK)
            await give_totp(app, "wang")
            async with Client(app.base_url) as client:
                await first_step(client)
                half = client.http.cookies["fawen_console"]
                assert (await client.get("/me")).path == "/second-step"  # the password alone opens nothing
                page = await client.post("/second-step", {"code": "000000"})
                assert (page.status, "验证码不对" in page.text) == (403, True)
                page = await client.post(
                    "/second-step", {"code": f" {code_at(clock)[:3]} {code_at(clock)[3:]}", "next": "/me"}
                )
                assert (page.status, page.path) == (200, "/me")
                assert client.http.cookies["fawen_console"] != half
                assert len(await app.rows(sessions)) == 1
            assert [row.action for row in await app.rows(audit)] == ["sign_in.half", "sign_in.refused", "sign_in"]

    asyncio.run(main())


def test_a_code_works_once(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, clock=clock) as app:
            await make_account(app, "wang", Role.DESK)
            await give_totp(app, "wang")
            code = code_at(clock)
            async with Client(app.base_url) as client:
                await first_step(client)
                assert (await client.post("/second-step", {"code": code})).status == 200
            async with Client(app.base_url) as client:
                await first_step(client)
                page = await client.post("/second-step", {"code": code})
                assert (page.status, "已经用过" in page.text) == (403, True)
                clock.advance(seconds=30)
                assert (await client.post("/second-step", {"code": code_at(clock)})).status == 200
            # One code in two browsers at once lets one in.
            clock.advance(seconds=60)
            async with Client(app.base_url) as one, Client(app.base_url) as two:
                await first_step(one)
                await first_step(two)
                code = code_at(clock)
                pages = await asyncio.gather(*(client.post("/second-step", {"code": code}) for client in (one, two)))
                assert sorted(page.status for page in pages) == [200, 403]

    asyncio.run(main())


def test_guessing_codes_locks_the_login(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, clock=clock) as app:
            await make_account(app, "wang", Role.DESK)
            await give_totp(app, "wang")
            async with Client(app.base_url) as client:
                await first_step(client)
                for _ in range(5):
                    assert "验证码不对" in (await client.post("/second-step", {"code": "000000"})).text
                page = await client.post("/second-step", {"code": code_at(clock)})
                assert (page.status, "已经锁定" in page.text) == (403, True)

    asyncio.run(main())


def test_switching_it_on_and_off(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, clock=clock) as app:
            await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "wang") as client:
                page = await client.get("/me/totp")
                secret, sealed = _secret(page), _sealed(page)
                assert 'src="data:image/svg+xml' in page.html
                wrong = await client.post("/me/totp", {"sealed": sealed, "code": "000000", "password": PASSWORD})
                assert (wrong.status, _secret(wrong)) == (422, secret)
                code = code_at(clock, secret)
                bad = await client.post("/me/totp", {"sealed": sealed, "code": code, "password": "not-mine"})
                assert (bad.status, "现在的密码不对" in bad.text) == (422, True)
                page = await client.post("/me/totp", {"sealed": sealed, "code": code, "password": PASSWORD})
                assert (page.path, "已打开" in page.text) == ("/me", True)
                assert "下次登录要输验证码" in page.text
                stored = (await app.rows(accounts))[0].totp_sealed
                assert secret not in stored
                assert app.app.tools.seal.open(stored) == secret
            async with Client(app.base_url) as client:
                await first_step(client)
                # The code with which it was switched on is used.
                assert (await client.post("/second-step", {"code": code})).status == 403
                clock.advance(seconds=30)
                assert (await client.post("/second-step", {"code": code_at(clock, secret)})).status == 200
                assert "现在的密码不对" in (await client.post("/me/totp/off", {"password": "x"})).text
                assert "已关闭" in (await client.post("/me/totp/off", {"password": PASSWORD})).text
            async with await sign_in(app, "wang") as client:
                assert (await client.get("/me")).path == "/me"
            assert {"totp.on", "totp.off"} <= {row.action for row in await app.rows(audit)}

    asyncio.run(main())


def test_a_secret_of_another_account_cannot_be_brought_along(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Clock()
        async with running(tmp_path, clock=clock) as app:
            await make_account(app, "wang", Role.DESK)
            await make_account(app, "li", Role.DESK)
            async with await sign_in(app, "wang") as wang, await sign_in(app, "li") as li:
                page = await wang.get("/me/totp")
                await li.get("/me/totp")
                for sealed in (_sealed(page), "rubbish", ""):
                    form = {"sealed": sealed, "code": code_at(clock, _secret(page)), "password": PASSWORD}
                    told = await li.post("/me/totp", form)
                    assert (told.status, "放得太久" in told.text) == (422, True)
            assert [row.totp_sealed for row in await app.rows(accounts)] == [None, None]

    asyncio.run(main())


@pytest.mark.parametrize(("seconds", "good"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_a_clock_may_be_half_a_minute_off(seconds: int, good: bool) -> None:
    now = Clock()()
    # From the middle of a step, so that the step does not change meanwhile.
    middle = now.replace(second=15, microsecond=0)
    code = pyotp.TOTP(SECRET).at(int(middle.timestamp()) + seconds)
    assert (totp.step_of(SECRET, code, middle) is not None) is good


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 456"])
def test_what_is_no_code(code: str) -> None:
    assert totp.step_of(SECRET, code, Clock()()) is None


def _secret(page: Page) -> str:
    found = re.search(r"密钥：<b[^>]*>([A-Z2-7 ]+)</b>", page.html)
    assert found is not None
    return found[1].replace(" ", "")


def _sealed(page: Page) -> str:
    found = re.search(r'name="sealed" value="([^"]+)"', page.html)
    assert found is not None
    return found[1]
