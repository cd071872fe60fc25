"""Signing in at the console, over HTTP."""

import asyncio
from pathlib import Path

from handlers.desk.staff import Role
from tests.console.client import Client, make_account, sign_in
from tests.running import running


def test_signs_in_and_out(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK, name="王敏")
            async with Client(app.base_url) as client:
                page = await client.get("/")
                assert page.path == "/sign-in"
                page = await client.sign_in("Wang ")
                assert (page.status, page.path) == (200, "/")
                assert "王敏，您好" in page.text
                page = await client.post("/sign-out")
                assert page.path == "/sign-in"
                assert (await client.get("/")).path == "/sign-in"
            async with await sign_in(app, "wang") as client:
                assert (await client.get("/")).path == "/"

    asyncio.run(main())
