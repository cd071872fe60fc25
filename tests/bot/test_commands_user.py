"""`fawen user` and the first administrator, through processes."""

import asyncio
import re
import shutil
import signal
from pathlib import Path

import pytest

from bot.console.passwords import Passwords
from storage.schema import accounts, audit, sessions
from tests.bot.command_tools import Folder
from tests.console.client import Client
from tests.processes import fawen_run
from tests.storage_tools import rows

_PASSWORD = re.compile(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}")


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Folder:
    """A folder with an upgraded, empty database."""
    (tmp_path / "data").mkdir()
    shutil.copyfile(sqlite_template, tmp_path / "data" / "fawen.db")
    return Folder(tmp_path)


def password_in(text: str) -> str:
    (found,) = _PASSWORD.findall(text)
    return str(found)


def fits(hashed: str, password: str) -> bool:
    return asyncio.run(Passwords().verify(hashed, password))


def test_an_account_is_made_changed_and_disabled(folder: Folder) -> None:
    add, listed, change, disable, again, enable, last = folder.session(
        "user add Wang --name 王敏 --role desk --role 主管 --unit 龙潭镇 --wecom WangMin --telegram 7001",
        "user list",
        "user set-role WANG --role editor",
        "user disable wang",
        "user list",
        "user enable wang",
        "user list",
    )
    assert [told.code for told in (add, listed, change, disable, again, enable, last)] == [0] * 7
    assert listed.out == "wang\t王敏\t接待员、主管\t龙潭镇\t还没换密码\n"
    assert "角色现在是：内容员" in change.out
    assert "退回会话 0 个、工单 0 件" in disable.out
    assert again.out.endswith("内容员\t龙潭镇\t停用\n")
    assert last.out.endswith("内容员\t龙潭镇\t还没换密码\n")
    database = folder.database()
    (row,) = rows(database, accounts)
    assert (row["login"], row["wecom_userid"], row["telegram_id"], row["must_change"]) == (
        "wang",
        "wangmin",
        "7001",
        True,
    )
    assert fits(row["password"], password_in(add.out))
    lines = [(line["actor"], line["action"]) for line in rows(database, audit)]
    assert lines == [
        ("命令行", action) for action in ("account.create", "account.change", "account.disable", "account.enable")
    ]
    asyncio.run(database.close())


def test_what_cannot_be_done_is_said(folder: Folder) -> None:
    folder.session("user add boss --name 局长 --role administrator --wecom boss")
    told = folder.session(
        "user add boss --name 王敏 --role desk",
        "user add wang --name 王敏 --role desk --wecom BOSS",
        "user add wang --name 王敏 --role desk --unit 桃花源",
        "user add 王敏 --name 王敏 --role desk",
        "user disable boss",
        "user set-role boss --role desk",
        "user disable nobody",
        "user reset-password nobody",
    )
    assert [one.code for one in told] == [1] * 8
    words = [
        "已经有人用",
        "已经绑在别的账号",
        "单位要是",
        "登录名要以",
        "最后一个",
        "最后一个",
        "没有 nobody",
        "没有 nobody",
    ]
    assert [word in one.err for word, one in zip(words, told, strict=True)] == [True] * 8
    assert all("一次性密码" not in one.out for one in told)
    wrong = folder.session("user add wang --name 王敏 --role king", "user add wang --name 王敏", "user fly")
    assert [one.code for one in wrong] == [2] * 3
    database = folder.database()
    (row,) = rows(database, accounts)
    assert (row["disabled_at"], row["roles"]) == (None, ["administrator"])
    asyncio.run(database.close())


def test_a_new_password_ends_locks_and_the_second_factor(folder: Folder) -> None:
    folder.session("user add wang --name 王敏 --role desk")
    database = folder.database()
    database.write_now(lambda c: c.execute(accounts.update().values(totp_sealed="x", failures=5, must_change=False)))
    (told,) = folder.session("user reset-password wang")
    (row,) = rows(database, accounts)
    assert fits(row["password"], password_in(told.out))
    assert (row["must_change"], row["totp_sealed"], row["failures"]) == (True, None, 0)
    asyncio.run(database.close())


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = Folder(tmp_path).fawen("user", "list", code=1)
    assert "fawen db upgrade" in told.err


def test_the_first_start_tells_the_administrators_password_and_no_other_start_does(tmp_path: Path) -> None:
    first = started(tmp_path)
    address = re.search(r"工作台\s+(http://\S+/)console/", first)
    assert address is not None
    assert "登录名 admin" in first
    password = password_in(first)
    second = started(tmp_path, password)
    assert "工作台" in second
    assert "一次性密码" not in second
    database = Folder(tmp_path).database()
    (row,) = rows(database, accounts)
    assert (row["login"], row["roles"], row["must_change"]) == ("admin", ["administrator", "supervisor"], False)
    assert len(rows(database, sessions)) == 1
    assert password not in (tmp_path / "data" / "fawen.db").read_bytes().decode("latin-1")
    asyncio.run(database.close())


def started(folder: Path, password: str = "") -> str:
    """What a start prints; with `password` the administrator signs in meanwhile and gets another one."""
    with fawen_run(folder) as process:
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            if "Ctrl+C" in line:
                break
        if password:
            asyncio.run(changes_the_password(re.search(r"(http://\S+)/console/", told), password))
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    return told


async def changes_the_password(address: re.Match[str] | None, password: str) -> None:
    assert address is not None
    async with Client(address[1]) as client:
        page = await client.sign_in("admin", password)
        assert page.path == "/me/password"
        assert (await client.get("/accounts")).path == "/me/password"  # nothing else before that
        page = await client.post("/me/password", {"new": password, "again": password})
        assert "不能和一次性密码一样" in page.text
        page = await client.post("/me/password", {"new": "zhuo-zi-42-yi-zi", "again": "zhuo-zi-42-yi-zi"})
        assert "密码改好了" in page.text
        assert (await client.get("/accounts")).path == "/accounts"
