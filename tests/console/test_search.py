"""Searching over HTTP: numbers and words, the scope, and what safe mode hides."""

import asyncio
from pathlib import Path

from sqlalchemy import update

from handlers.desk.staff import Role
from storage.schema import audit, cases, consultations, conversations
from tests.console.casework import APPLICANT, opened
from tests.console.client import make_account, sign_in
from tests.console.residents import number_of, waits
from tests.running import running

LONGTAN, MAWANG = "龙潭镇", "麻旺镇"


def test_numbers_words_and_telephones_lead_to_what_is_in_scope(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            wang = await make_account(app, "wang", Role.DESK)
            await make_account(app, "ran", Role.DESK, unit=MAWANG)
            talk = await waits(app, township=LONGTAN)
            handover = await number_of(app, talk)
            placed = update(consultations).values(township=LONGTAN)
            await app.app.database.write(lambda c: c.execute(placed))
            (record,) = await app.rows(consultations)
            case = await opened(app, wang, "mediation", **APPLICANT)
            async with await sign_in(app, "wang") as mine, await sign_in(app, "ran") as far:
                for words in (handover, record.number, "拖欠工资", handover[:6].lower(), "欠工资"):
                    page = await mine.get("/search", params={"q": words})
                    assert handover in page.text, words
                    assert f"/conversations/{talk.id}" in page.html
                for words in (case.number, case.number.replace("-", " "), "滴水檐", APPLICANT["phone"]):
                    assert case.number in (await mine.get("/search", params={"q": words})).text, words
                for words in (handover, record.number, "拖欠工资", case.number, "滴水檐", APPLICANT["phone"]):
                    page = await far.get("/search", params={"q": words})
                    assert f"没有找到“{words}”" in page.text, words
                assert "至少写两个字" in (await mine.get("/search?q=欠")).text
                assert "没有找到" not in (await mine.get("/search")).text
                assert "没有找到“%%”" in (await mine.get("/search?q=%25%25")).text

    asyncio.run(main())


def test_what_is_looked_for_is_noted_without_telephone_numbers(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            await make_account(app, "wang", Role.DESK)
            async with await sign_in(app, "wang") as mine:
                await mine.get("/search?q=13594001234")
            (line,) = [row for row in await app.rows(audit) if row.action == "search"]
            assert line.detail == {"words": "135****1234"}

    asyncio.run(main())


def test_matters_in_safe_mode_are_found_by_number_alone_and_show_nothing_else(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            wang = await make_account(app, "wang", Role.DESK)
            talk = await waits(app, township=LONGTAN)
            handover = await number_of(app, talk)
            case = await opened(app, wang, "mediation", conversation=talk.id)

            def protect(connection: object) -> None:
                for table in (conversations, cases):
                    connection.execute(update(table).values(safe_mode=True))  # type: ignore[attr-defined]

            await app.app.database.write(protect)
            (record,) = await app.rows(consultations)
            async with await sign_in(app, "wang") as mine:
                for words in ("拖欠工资", "滴水檐", "欠工资"):
                    assert "没有找到" in (await mine.get("/search", params={"q": words})).text
                for number in (handover, record.number, case.number):
                    page = await mine.get("/search", params={"q": number})
                    assert number in page.text
                    for secret in ("拖欠", "滴水檐", LONGTAN):
                        assert secret not in page.html

    asyncio.run(main())
