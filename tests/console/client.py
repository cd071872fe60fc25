"""A browser without a browser: signs in at the console, follows its redirects, brings each form's mark along.

async with running(tmp_path) as app:
    await make_account(app, "wang", Role.DESK, unit="龙潭镇")
    async with await sign_in(app, "wang") as wang:
        page = await wang.get("/queue")              # follows redirects; page.status, page.text
        page = await wang.post("/queue/7/claim")     # with the csrf mark and the right Origin
        assert "已认领" in page.text
"""

import html
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Self

import httpx

from bot.console.passwords import hash_now
from handlers.desk.staff import COUNTY, Role
from storage import accounts
from storage.account_records import Account, NewAccount
from tests.running import Apart, Running

PASSWORD = "zhuo-zi-tie-lu-42"
_MARK = re.compile(r'<meta name="csrf" content="([0-9a-f]+)"')
_TAG = re.compile(r"<[^>]+>")


@cache
def hashed(password: str) -> str:
    """argon2 takes its time: once for each password of a test session."""
    return hash_now(password)


async def make_account(
    app: Running,
    login: str,
    *roles: Role,
    unit: str = COUNTY,
    name: str = "",
    password: str = PASSWORD,
    must_change: bool = False,
    wecom_userid: str | None = None,
    telegram_id: str | None = None,
) -> Account:
    """An account straight in the database, ready to sign in."""
    words = tuple(role.value for role in roles)
    draft = NewAccount(
        login, name or login.title(), words, unit, hashed(password), must_change, wecom_userid, telegram_id
    )
    now = app.app.tools.clock()
    account = await app.app.database.write(lambda connection: accounts.create(connection, draft, now))
    assert account is not None, f"{login} is taken"
    return account


class Page:
    """What came back, after redirects."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.path = answer.url.path.removeprefix("/console")
        self.html = answer.text

    @property
    def text(self) -> str:
        """What a person reads, in one line."""
        return " ".join(html.unescape(_TAG.sub(" ", "<body" + self.html.partition("<body")[2])).split())

    @property
    def mark(self) -> str:
        """The csrf mark of this page's forms; "" where it has none."""
        found = _MARK.search(self.html)
        return found[1] if found else ""


class Client:
    """One browser. `mark` is that of the page seen last."""

    def __init__(self, base_url: str, address: str | None = None) -> None:
        headers = {"X-Forwarded-For": address} if address else {}
        self.http = httpx.AsyncClient(base_url=base_url, timeout=30, follow_redirects=True, headers=headers)
        self.base_url = base_url
        self.mark = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def get(self, path: str, **more: Any) -> Page:
        """GET /console + path."""
        return self._seen(await self.http.get(f"/console{path}", **more))

    async def post(self, path: str, form: Mapping[str, Any] | None = None, **more: Any) -> Page:
        """POST /console + path as a form of the page seen last would."""
        headers = {"Origin": self.base_url, **more.pop("headers", {})}
        data = {"csrf": self.mark, **(form or {})}
        return self._seen(await self.http.post(f"/console{path}", data=data, headers=headers, **more))

    async def sign_in(self, login: str, password: str = PASSWORD, **form: str) -> Page:
        """Fill in the sign-in page; the page after it."""
        await self.get("/sign-in")
        return await self.post("/sign-in", {"login": login, "password": password, **form})

    def _seen(self, answer: httpx.Response) -> Page:
        page = Page(answer)
        self.mark = page.mark or self.mark
        return page


async def sign_in(app: Running | Apart, login: str, password: str = PASSWORD) -> Client:
    """A browser in which this account is signed in."""
    client = Client(app.base_url)
    page = await client.sign_in(login, password)
    assert page.status == 200, page.text
    assert page.path != "/sign-in", page.text
    return client
