"""My own account: a new password with its rules, and what it ends."""

import asyncio
from pathlib import Path

import pytest

from bot.console import passwords
from handlers.desk.staff import Role
from storage.schema import audit, sessions
from tests.console.client import PASSWORD, make_account, sign_in
from tests.running import running

BETTER = "san-zhi-hong-gui-7"


def test_a_new_password_ends_all_other_sessions(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "wang") as here, await sign_in(app, "wang") as there:
                await here.get("/me/password")
                before = here.http.cookies["fawen_console"]
                page = await here.post("/me/password", {"password": PASSWORD, "new": BETTER, "again": BETTER})
                assert (page.path, "别的设备上都已退出" in page.text) == ("/me", True)
                assert here.http.cookies["fawen_console"] != before
                assert (await there.get("/me")).path == "/sign-in"
                assert "登录名或密码不对" in (await there.sign_in("wang")).text
            async with await sign_in(app, "wang", BETTER) as here:
                assert (await here.get("/me")).path == "/me"
            assert "password.change" in [row.action for row in await app.rows(audit)]

    asyncio.run(main())


def test_what_is_wrong_is_said_and_nothing_is_changed(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "wang") as client:
                await client.get("/me/password")
                for form, words in (
                    ({"password": "not-mine-at-all", "new": BETTER, "again": BETTER}, "现在的密码不对"),
                    ({"password": PASSWORD, "new": BETTER, "again": BETTER + "x"}, "不一样"),
                    ({"password": PASSWORD, "new": "kurz", "again": "kurz"}, "密码太短：至少 10 位，现在是 4 位"),
                    ({"password": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "和现在的一样"),
                    ({}, "密码太短"),
                ):
                    page = await client.post("/me/password", form)
                    assert (page.status, words in page.text) == (422, True), page.text
                assert len(await app.rows(sessions)) == 1
            async with await sign_in(app, "wang"):
                pass

    asyncio.run(main())


def test_guessing_the_present_password_locks(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "wang") as client:
                await client.get("/me/password")
                for _ in range(5):
                    await client.post("/me/password", {"password": "guess-guess", "new": BETTER, "again": BETTER})
                page = await client.post("/me/password", {"password": PASSWORD, "new": BETTER, "again": BETTER})
                assert (page.status, "已经锁定" in page.text) == (422, True)

    asyncio.run(main())


@pytest.mark.parametrize(
    "password",
    [
        "short-one",
        "1234567890",
        "12345678901234",
        "9876543210",
        "abcdefghijkl",
        "aaaaaaaaaaaaaa",
        "abababababab",
        "Password123",
        "woaini1314520",
        "wangwei2024",
        "x" * 129,
        "         wangwei         ",
    ],
)
def test_passwords_that_will_not_do(password: str) -> None:
    assert passwords.fault(password, "wangwei")


@pytest.mark.parametrize("password", [BETTER, "九龙坡的桥下有三只红龟", "wangwei-und-die-drei", "two red tortoises"])
def test_passwords_that_will_do(password: str) -> None:
    assert passwords.fault(password, "wangwei") is None


def test_one_time_passwords_will_do_and_are_never_the_same() -> None:
    made = {passwords.one_time() for _ in range(200)}
    assert len(made) == 200
    assert not any(passwords.fault(one, "admin") for one in made)
