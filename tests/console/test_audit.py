"""The audit page: who sees it, what is found, page by page, and that looking leaves a line."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from handlers.desk.staff import Role
from storage.audit import write_audit
from storage.desk_records import AuditEntry
from storage.schema import audit
from tests.console.client import Page, make_account, sign_in
from tests.running import Running, running

DAY = datetime(2026, 3, 4, 16, 30, tzinfo=UTC)  # half past midnight of the 5th at the bureau


async def fill(app: Running, count: int) -> None:
    def work(connection: Connection) -> None:
        for number in range(count):
            at = DAY + timedelta(minutes=number)
            write_audit(connection, AuditEntry(at, None, "王敏", "conversation.claim", f"conversation:{number}"))
        write_audit(connection, AuditEntry(DAY - timedelta(hours=1), None, "李四", "no.such.word", "case:7", "龙潭镇"))

    await app.app.database.write(work)


def objects(page: Page) -> list[str]:
    return re.findall(r'data-label="对什么">([^<]*)<', page.html)


def test_is_found_by_person_object_and_day(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "shen", Role.AUDITOR)
            await fill(app, 3)
            async with await sign_in(app, "shen") as client:
                assert objects(await client.get("/audit?actor=李四")) == ["工单 7"]
                assert objects(await client.get("/audit?kind=conversation&number=1")) == ["会话 1"]
                assert objects(await client.get("/audit?kind=conversation")) == ["会话 2", "会话 1", "会话 0"]
                assert objects(await client.get("/audit?day=2026-03-05")) == ["会话 2", "会话 1", "会话 0"]
                page = await client.get("/audit?day=2026-03-04")
                assert objects(page) == ["工单 7"]
                assert "no.such.word" in page.text  # unknown, and shown all the same
                assert "没有符合的记录" in (await client.get("/audit?actor=nobody")).text
                page = await client.get("/audit?day=yesterday&actor=王敏")
                assert "日期要像 2026-11-03 这样写" in page.text
                assert len(objects(page)) == 3
            assert [row.action for row in await app.rows(audit)].count("audit.seen") == 7

    asyncio.run(main())


def test_page_by_page_nothing_is_shown_twice_or_left_out(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "shen", Role.AUDITOR)
            await fill(app, 120)
            async with await sign_in(app, "shen") as client:
                seen: list[str] = []
                address = "/audit?actor=王敏"
                for size in (50, 50, 20):
                    page = await client.get(address)
                    assert len(objects(page)) == size
                    seen += objects(page)
                    found = re.search(r'href="/console(/audit[^"]+)">更早的', page.html)
                    address = found[1].replace("&amp;", "&") if found else ""
                assert address == ""
                assert seen == [f"会话 {number}" for number in reversed(range(120))]
                assert "回到最新" in page.text
                for odd in ("before=x", "before=-1", "before=99999999999999999999", "before=0"):
                    assert (await client.get(f"/audit?{odd}")).status == 200

    asyncio.run(main())
