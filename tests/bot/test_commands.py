"""Commands around the database, through processes: upgrade, backup, restore, purge, check, export."""

import asyncio
import csv
import shutil
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from storage.database import Database
from storage.outbox import settle
from storage.schema import consultations, inbox
from tests.bot.command_tools import Folder
from tests.case_tools import draft as case_draft
from tests.case_tools import now_in, submitted
from tests.storage_tools import DAY, NOW, SECOND, chat, draft, due, reply, rows, say

HEADERS = "编号,受理时间,渠道,会话,乡镇,服务对象,领域,主题,诉求摘要,答复要点,法律依据,处置,紧急,答复人,满意度,状态"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A fresh folder without a database."""
    return Folder(tmp_path)


@pytest.fixture
def filled(folder: Folder, sqlite_template: Path) -> Folder:
    """A folder with an upgraded, empty database."""
    (folder.path / "data").mkdir()
    shutil.copyfile(sqlite_template, folder.path / "data" / "fawen.db")
    return folder


def fill_ledger(folder: Folder) -> None:
    september = datetime(2026, 8, 31, 16, tzinfo=UTC)  # midnight at the bureau
    cite = {"law": "劳动合同法", "article": [30], "edition": "2012-12-28"}
    formulas = draft(summary='=HYPERLINK("http://evil","x")', answer="+86 打这个", responder="@人", cites=(cite,))
    database = folder.database()
    say(database, "0", key=chat("august"), consultation=draft("t0"), now=september - SECOND)
    say(database, "1", key=chat("first"), consultation=formulas, township="龙潭镇", now=september)
    say(database, "2", key=chat("last"), consultation=draft("t2", urgent=True), now=september + 30 * DAY - SECOND)
    say(database, "3", key=chat("october"), consultation=draft("t3"), now=september + 30 * DAY)
    asyncio.run(database.close())


def count(database: Database) -> tuple[int, int]:
    found = len(rows(database, consultations)), len(rows(database, inbox))
    asyncio.run(database.close())
    return found


def test_fresh_folder_is_told_what_to_do_and_upgraded(folder: Folder) -> None:
    check, purge, export, upgrade, again = folder.session(
        "check", "purge", "records export a.csv", "db upgrade", "db upgrade"
    )
    assert check.code == 0
    assert all(line.startswith(("[好] ", "[待填] ")) for line in check.out.splitlines())
    for told in (purge, export):
        assert told.code == 1
        assert "fawen db upgrade" in told.err
    assert "fawen db upgrade" in check.out
    assert not (folder.path / "a.csv").exists()
    assert (upgrade.code, again.code) == (0, 0)
    assert "空库" in upgrade.out
    assert "已经是最新" in again.out


def test_check_reports_failed_messages_and_dead_replies(filled: Folder) -> None:
    database = filled.database()
    say(database, "1", state="failed", error="KeyError at match", replies=(reply("a"),))
    (row,) = due(database)
    database.write_now(lambda connection: settle(connection, row.id, "dead", NOW, error="40003"))
    asyncio.run(database.close())
    bad = [line for line in filled.fawen("check", code=1).out.splitlines() if line.startswith("[问题]")]
    assert len(bad) == 2
    assert "收件：1 条" in bad[0]
    assert "发件：1 条" in bad[1]


def test_backup_restore_and_purge(filled: Folder) -> None:
    database = filled.database()
    say(database, "old", consultation=draft("old"), now=NOW - 400 * DAY)
    database.write_now(lambda c: c.execute(inbox.update().values(received_at=NOW - 400 * DAY)))
    asyncio.run(database.close())
    (filled.path / "rubbish").write_text("no database " * 100)
    backup, second, purge, restore, rubbish, missing = filled.session(
        "db backup copy.db", "db backup copy.db", "purge", "db restore copy.db", "db restore rubbish", "db restore none"
    )
    assert [told.code for told in (backup, second, purge, restore, rubbish, missing)] == [0, 1, 0, 0, 1, 2]
    assert "privacy.key" in backup.out
    assert "exists already" in second.err
    assert "inbox 1 行" in purge.out
    assert "is not a backup" in rubbish.err
    assert count(filled.database()) == (1, 1)
    (kept,) = (filled.path / "data").glob("fawen.replaced-*.db")
    assert count(Database(f"sqlite:///{kept}")) == (1, 0)


def test_ledger_as_csv_for_a_spreadsheet(filled: Folder) -> None:
    fill_ledger(filled)
    told = filled.fawen("records", "export", "ledger.csv", "--from", "2026-09-01", "--to", "2026-09-30")
    assert told.out.startswith("2 条")
    raw = (filled.path / "ledger.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    header, first, last = csv.reader(raw.decode("utf-8-sig").splitlines())
    assert ",".join(header).startswith(HEADERS + ",")
    row = dict(zip(header, first, strict=True))
    assert row["编号"].startswith("ZX2026-YY-")
    assert (row["受理时间"], row["渠道"], row["乡镇"]) == ("2026-09-01 00:00", "微信客服", "龙潭镇")
    assert (row["主题"], row["法律依据"]) == ("labor.wages？", "《劳动合同法》第30条（2012-12-28版）")
    assert (row["诉求摘要"], row["答复要点"]) == ('\'=HYPERLINK("http://evil","x")', "'+86 打这个")
    assert row["答复人"] == "'@人"
    assert (row["紧急"], dict(zip(header, last, strict=True))["紧急"]) == ("否", "是")


def test_ledger_as_a_workbook(filled: Folder) -> None:
    fill_ledger(filled)
    assert filled.fawen("records", "export", "ledger.xlsx", "--kind", "consultation").out.startswith("4 条")
    book = openpyxl.load_workbook(filled.path / "ledger.xlsx")
    header, *found = book["法律咨询"].iter_rows()
    assert ",".join(str(cell.value) for cell in header).startswith(HEADERS + ",")
    assert len(found) == 4
    formula = next(cell for cell in found[1] if str(cell.value).startswith("=HYPERLINK"))
    assert formula.data_type in ("s", "inlineStr")
    book.close()


def test_ledgers_of_cases_and_ratings(filled: Folder) -> None:
    database = filled.database()
    database.start()
    case = submitted(database, case_draft("mediation", 1, details={"纠纷类型": "邻里", "协议金额元": 3_500_050}))
    now_in(database, case, "closed", result="成功", closed_at=NOW, accepted_at=NOW)
    asyncio.run(database.close())
    told = filled.session(
        "records export mediation.csv --kind mediation",
        "records export mediation.xlsx --kind mediation",
        "records export aid.csv --kind legal_aid",
        "records export rating.csv --kind rating",
    )
    assert [one.code for one in told] == [0] * 4
    assert [one.out.split()[0] for one in told] == ["1", "1", "0", "0"]
    header, row = csv.reader((filled.path / "mediation.csv").read_text("utf-8-sig").splitlines())
    found = dict(zip(header, row, strict=True))
    assert (found["编号"], found["结果"], found["协议金额元"]) == (case.number, "成功", "35000.5")
    book = openpyxl.load_workbook(filled.path / "mediation.xlsx")
    _, cells = book["矛盾纠纷"].iter_rows(values_only=True)
    assert 35000.5 in cells  # a number, so that it can be added up
    book.close()


def test_wrong_usage_ends_with_two(filled: Folder) -> None:
    told = filled.session(
        "records export ledger.pdf",
        "records export nowhere/ledger.csv",
        "records export ledger.csv --kind songs",
        "records export ledger.csv --from yesterday",
        "sing",
        "ask",
    )
    assert [one.code for one in told] == [2] * 6
    assert all("Usage" in one.err for one in told)
    assert not list(filled.path.glob("ledger*"))
