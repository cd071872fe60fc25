"""The accounts page: made with a password that is shown once, changed, disabled without losing anybody, enabled."""

import asyncio
import re
from pathlib import Path

from handlers.desk.accounts import staff_of
from handlers.desk.claim import Claimed, claim
from handlers.desk.staff import Role
from storage.schema import accounts, audit, conversations, handovers
from tests.console.client import PASSWORD, Client, Page, make_account, sign_in
from tests.running import Running, running

NEW = {"login": "Wang", "name": "王敏", "roles": ["desk", "auditor"], "unit": "龙潭镇", "wecom_userid": "WangMin"}
_ONE_TIME = re.compile(r'class="secret">([^<]+)<')


def one_time(page: Page) -> str:
    found = _ONE_TIME.search(page.html)
    assert found is not None, page.text
    return found[1]


async def account(app: Running, login: str) -> dict[str, object]:
    return next(row._asdict() for row in await app.rows(accounts) if row.login == login)


def test_a_new_account_signs_in_once_with_the_password_shown_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "boss", Role.ADMINISTRATOR, name="局长")
            async with await sign_in(app, "boss") as boss, Client(app.base_url) as wang:
                await boss.get("/accounts/new")
                page = await boss.post("/accounts/new", NEW)
                assert page.status == 200
                password = one_time(page)
                stored = await account(app, "wang")
                assert (stored["unit"], stored["roles"], stored["wecom_userid"]) == (
                    "龙潭镇",
                    ["desk", "auditor"],
                    "wangmin",
                )
                assert password not in str(stored)
                listed = await boss.get("/accounts")
                assert "还没换密码" in listed.text
                for path in ("/accounts", f"/accounts/{stored['id']}", "/audit"):
                    assert password not in (await boss.get(path)).html
                page = await wang.sign_in("wang", password)
                assert page.path == "/me/password"
                assert "换成自己的密码" in page.text
                page = await wang.post("/me/password", {"new": PASSWORD, "again": PASSWORD})
                assert "密码改好了" in page.text
            async with await sign_in(app, "wang") as wang:
                assert (await wang.get("/audit")).path == "/audit"

    asyncio.run(main())


WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"login": "boss"}, "这个登录名已经有人用了"),
    ({"login": "王敏"}, "登录名要以小写字母开头"),
    ({"login": "w"}, "登录名要以小写字母开头"),
    ({"name": ""}, "写姓名"),
    ({"name": "王" * 21}, "写姓名"),
    ({"roles": []}, "至少选一个角色"),
    ({"roles": ["king"]}, "至少选一个角色"),
    ({"unit": "桃花源"}, "单位要是县中心或者一个乡镇街道"),
    ({"wecom_userid": "boss"}, "已经绑在别的账号上"),
    ({"wecom_userid": "王敏"}, "不是姓名、手机号"),
    ({"telegram_id": "@wang"}, "不是用户名。"),
    ({"telegram_id": "7001"}, "已经绑在别的账号上"),
)


def test_what_is_wrong_with_a_new_account_is_said_at_its_place(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "boss", Role.ADMINISTRATOR, wecom_userid="boss", telegram_id="7001")
            async with await sign_in(app, "boss") as boss:
                await boss.get("/accounts/new")
                for changes, words in WRONG:
                    page = await boss.post("/accounts/new", NEW | changes)
                    assert (page.status, words in page.text) == (422, True), (changes, page.text)
                    if "name" not in changes:
                        assert 'value="王敏"' in page.html  # what was right need not be typed again
                assert len(await app.rows(accounts)) == 1

    asyncio.run(main())


def test_a_change_counts_from_the_next_click_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "boss", Role.ADMINISTRATOR)
            wang = await make_account(app, "wang", Role.AUDITOR, name="王敏")
            async with await sign_in(app, "boss") as boss, await sign_in(app, "wang") as client:
                assert (await client.get("/audit")).status == 200
                page = await boss.get(f"/accounts/{wang.id}")
                assert (page.status, 'value="王敏"' in page.html) == (200, True)
                form = {"name": "王敏敏", "roles": "desk", "unit": "", "telegram_id": "7002"}
                page = await boss.post(f"/accounts/{wang.id}", form)
                assert "已经保存" in page.text
                assert (await client.get("/audit")).status == 403
                assert "王敏敏" in (await client.get("/me")).text
                clash = await make_account(app, "li", Role.DESK, wecom_userid="li")
                page = await boss.post(f"/accounts/{wang.id}", form | {"wecom_userid": "LI"})
                assert (page.status, "已经绑在别的账号上" in page.text) == (422, True)
                assert (await account(app, "wang"))["wecom_userid"] is None
                assert (await boss.get(f"/accounts/{clash.id + 1}")).status == 404
                assert (await boss.get(f"/accounts/{10**30}")).status == 404

    asyncio.run(main())


def test_the_last_administrator_stays(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            boss_account = await make_account(app, "boss", Role.ADMINISTRATOR)
            other = await make_account(app, "other", Role.ADMINISTRATOR)
            async with await sign_in(app, "boss") as boss, await sign_in(app, "other") as second:
                await boss.get(f"/accounts/{other.id}")
                page = await boss.post(f"/accounts/{boss_account.id}/disable")
                assert (page.status, "不能停用自己" in page.text) == (409, True)
                assert "已停用" in (await boss.post(f"/accounts/{other.id}/disable")).text
                page = await boss.post(f"/accounts/{boss_account.id}", {"name": "局长", "roles": "desk", "unit": ""})
                assert (page.status, "最后一个能用的管理员" in page.text) == (409, True)
                assert (await account(app, "boss"))["roles"] == ["administrator"]
                assert (await second.get("/accounts")).path == "/sign-in"
                assert "早已停用" in (await boss.post(f"/accounts/{other.id}/disable")).text

    asyncio.run(main())


def test_a_reset_signs_out_everywhere_and_shows_another_password_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            boss_account = await make_account(app, "boss", Role.ADMINISTRATOR)
            wang = await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "boss") as boss, await sign_in(app, "wang") as client:
                await boss.get(f"/accounts/{wang.id}")
                page = await boss.post(f"/accounts/{boss_account.id}/reset-password")
                assert (page.status, "我的账号" in page.text) == (409, True)
                password = one_time(await boss.post(f"/accounts/{wang.id}/reset-password"))
                assert (await client.get("/me")).path == "/sign-in"
                assert "登录名或密码不对" in (await client.sign_in("wang")).text
                assert (await client.sign_in("wang", password)).path == "/me/password"
            assert [row.action for row in await app.rows(audit)].count("account.reset_password") == 1

    asyncio.run(main())


def test_who_leaves_loses_nobody(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "boss", Role.ADMINISTRATOR, name="局长")
            wang = await make_account(app, "wang", Role.DESK, name="王敏")
            told = await app.say("转人工")
            resident = told["conversation"]
            talk = next(row for row in await app.rows(conversations) if row.chat == resident)
            promised = (await app.rows(handovers))[0].promised_at
            assert isinstance(await claim(app.app.tools, staff_of(wang), talk.id), Claimed)
            seen = (await app.later(resident))["next"]
            async with await sign_in(app, "boss") as boss:
                page = await boss.get(f"/accounts/{wang.id}")
                assert "手上还有 1 个会话、0 件没办完的工单" in page.text
                page = await boss.post(f"/accounts/{wang.id}/disable")
                assert "已停用 王敏。退回队列：会话 1 个，工单 0 件" in page.text
            (talk,) = await app.rows(conversations)
            assert (talk.holder, talk.holder_id) == ("waiting", None)
            (row,) = await app.rows(handovers)
            assert (row.state, row.claimed_by, row.promised_at) == ("waiting", None, promised)
            later = (await app.later(resident, after=seen))["replies"]
            assert ["已经放回队列" in reply["text"] for reply in later] == [True]
            lines = [row for row in await app.rows(audit) if row.action == "account.disable"]
            assert [(row.actor, row.detail) for row in lines] == [("局长", {"conversations": 1, "cases": 0})]

    asyncio.run(main())


def test_an_account_may_act_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "boss", Role.ADMINISTRATOR)
            wang = await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "boss") as boss, Client(app.base_url) as client:
                for _ in range(5):
                    await client.sign_in("wang", "wrong-password")
                assert "锁定" in (await boss.get("/accounts")).text
                page = await boss.get(f"/accounts/{wang.id}")
                assert "解除锁定" in page.text
                assert "可以登录了" in (await boss.post(f"/accounts/{wang.id}/enable")).text
                assert (await client.sign_in("wang")).path == "/"
                await boss.post(f"/accounts/{wang.id}/disable")
                await boss.post(f"/accounts/{wang.id}/enable")
                assert (await client.sign_in("wang")).path == "/"

    asyncio.run(main())
