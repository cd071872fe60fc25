"""Signing in with WeCom, against the peer's page and its single codes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from handlers.desk.staff import Role
from storage.schema import audit, sessions
from tests.console.client import Client, make_account
from tests.peers.wecom import WeComPeer
from tests.running import Running, running

INSIDE = {"User-Agent": "Mozilla/5.0 (Linux; Android 13) Mobile wxwork/4.1.20 MicroMessenger/7.0.1"}


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as found:
        yield found
        assert found.violations == []


@asynccontextmanager
async def served(tmp_path: Path, peer: WeComPeer) -> AsyncIterator[Running]:
    settings = {"wecom": {"oauth_base": peer.base_url}}
    async with running(tmp_path, peer, settings=settings) as app:
        peer.browses("ZhangSan", app.base_url.removeprefix("http://"))
        yield app


def test_a_member_is_signed_in_and_goes_on(tmp_path: Path, peer: WeComPeer) -> None:
    async def main() -> None:
        async with served(tmp_path, peer) as app:
            await make_account(app, "zhang", Role.AUDITOR, name="张三", wecom_userid="zhangsan")
            async with Client(app.base_url) as client:
                page = await client.get("/audit?kind=account")
                assert "用企业微信登录" in page.text
                page = await client.get("/wecom?next=/audit%3Fkind%3Daccount")
                assert (page.status, page.path) == (200, "/audit")
                assert page.answer.url.params["kind"] == "account"
                assert "张三" in page.text
            assert [row.detail for row in await app.rows(audit) if row.action == "sign_in"] == [{"how": "wecom"}]

    asyncio.run(main())


def test_inside_wecom_nobody_has_to_type(tmp_path: Path, peer: WeComPeer) -> None:
    async def main() -> None:
        async with served(tmp_path, peer) as app:
            await make_account(app, "zhang", Role.DESK, wecom_userid="zhangsan")
            async with Client(app.base_url) as client:
                page = await client.get("/me", headers=INSIDE)
                assert (page.status, page.path) == (200, "/me")
                page = await client.post("/sign-out", headers=INSIDE)
                assert page.path == "/sign-in"  # and is not signed in again at once
                assert await app.rows(sessions) == []

    asyncio.run(main())


def test_a_forged_or_foreign_state_lets_nobody_in(tmp_path: Path, peer: WeComPeer) -> None:
    async def main() -> None:
        async with served(tmp_path, peer) as app:
            await make_account(app, "zhang", Role.DESK, wecom_userid="zhangsan")
            async with Client(app.base_url) as evil, Client(app.base_url) as victim:
                # The attacker stops before the last step and sends the victim the address.
                address = await _address_back(app, evil)
                for sent in (address, address.replace("state=", "state=x"), address.partition("&state=")[0]):
                    page = await victim.get(sent)
                    assert (page.status, "不是从这个浏览器发起的" in page.text) == (403, True)
                own = await _address_back(app, victim)
                mixed = own.partition("?")[0] + "?" + address.partition("?")[2]
                assert (await victim.get(mixed)).status == 403
                assert await app.rows(sessions) == []
                assert (await victim.get(own)).status == 200

    asyncio.run(main())


def test_a_code_is_good_once_and_for_five_minutes(tmp_path: Path, peer: WeComPeer) -> None:
    async def main() -> None:
        async with served(tmp_path, peer) as app:
            await make_account(app, "zhang", Role.DESK, wecom_userid="zhangsan")
            async with Client(app.base_url) as client:
                late = await _address_back(app, client)
                peer.clock.advance(301)
                page = await client.get(late)
                assert (page.status, "没有确认您的身份" in page.text) == (403, True)
                good = await _address_back(app, client)
                kept = client.http.cookies["fawen_wecom"]
                assert (await client.get(good)).path == "/"
                client.http.cookies.set("fawen_wecom", kept, domain="127.0.0.1", path="/console/wecom")
                assert (await client.get(good)).status == 403

    asyncio.run(main())


def test_members_without_an_account_and_strangers_stay_outside(tmp_path: Path, peer: WeComPeer) -> None:
    async def main() -> None:
        async with served(tmp_path, peer) as app:
            for who, words in (("LiSi", "还没有绑定工作台账号"), ("Stranger", "没有确认您的身份")):
                peer.browses(who)
                async with Client(app.base_url) as client:
                    page = await client.get("/wecom")
                    assert (page.status, words in page.text) == (403, True), page.text
            assert await app.rows(sessions) == []

    asyncio.run(main())


def test_when_wecom_does_not_answer_the_password_still_works(tmp_path: Path, peer: WeComPeer) -> None:
    async def main() -> None:
        async with served(tmp_path, peer) as app:
            await make_account(app, "zhang", Role.DESK, wecom_userid="zhangsan")
            peer.faults.add("errcode", "auth/getuserinfo", 5)
            async with Client(app.base_url) as client:
                page = await client.get("/wecom")
                assert (page.status, "用登录名和密码登录" in page.text) == (503, True)
                page = await client.get("/sign-in?plain=1", headers=INSIDE)
                assert page.path == "/sign-in"
                assert (await client.sign_in("zhang")).path == "/"

    asyncio.run(main())


def test_without_wecom_there_is_no_such_way(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app, Client(app.base_url) as client:
            assert "企业微信登录" not in (await client.get("/sign-in", headers=INSIDE)).text
            assert (await client.get("/wecom")).status == 404

    asyncio.run(main())


async def _address_back(app: Running, client: Client) -> str:
    """The way back that the peer gives this browser, not yet gone."""
    there = await client.http.get("/console/wecom", follow_redirects=False)
    page = await client.http.get(there.headers["location"].partition("#")[0], follow_redirects=False)
    return page.headers["location"].removeprefix(f"{app.base_url}/console")
