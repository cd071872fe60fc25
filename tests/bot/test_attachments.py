"""Files come from their platforms to our disk: later, never, refused with a word, once; and the disk is swept."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.attachments import MOST_TRIES, AttachmentKeeper
from bot.channels.fetched import Fetched, FetchGone, FetchLater, FetchTooLarge
from handlers import attachments
from handlers.cases.files import add_file, open_file, remove_file
from handlers.desk.refused import Refused, Why
from handlers.desk.tools import Tools
from storage.database import Database
from storage.desk_records import AttachmentDraft
from storage.file_store import FileStore
from storage.schema import attachments as table
from storage.schema import audit, case_events, conversations, outbox
from tests import files
from tests.bot.outbox_tools import Wire
from tests.case_tools import draft, now_in, staff, submitted, tools
from tests.running import Clock
from tests.storage_tools import NOW, chat, rows, say


class Platform(Wire):
    """A wire that hands over files; `answers` are given one after the other, the last for ever."""

    def __init__(self, *answers: Fetched | Exception) -> None:
        super().__init__()
        self.name = "wecom_kf"
        self.answers = list(answers)
        self.asked: list[str] = []

    async def fetch(self, source: str) -> Fetched:
        self.asked.append(source)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Scene:
    """A database with a file that is wanted, its platform, and the keeper."""

    def __init__(self, database: Database, folder: Path, *answers: Fetched | Exception) -> None:
        self.database = database
        self.clock = Clock()
        self.platform = Platform(*answers)
        self.tools: Tools = tools(database, self.clock, files=FileStore(folder), wires={"wecom_kf": self.platform})
        self.keeper = AttachmentKeeper(self.tools, {"wecom_kf": self.platform}, random.Random(7))

    def wants(self, name: str = "图片", message: str = "photo", **more: Any) -> None:
        say(self.database, message, attachments=(AttachmentDraft(f"m-{message}", name, "", 0),), now=NOW, **more)

    def fetch(self) -> int:
        return asyncio.run(self.keeper.fetch_due())

    @property
    def file(self) -> dict[str, Any]:
        return rows(self.database, table)[-1]

    @property
    def said(self) -> list[str]:
        return [row["body"]["text"] for row in rows(self.database, outbox)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "attachments"


class TestFetch:
    def test_a_photo_is_sealed_and_kept(self, database: Database, folder: Path) -> None:
        scene = Scene(database, folder, Fetched(files.JPEG, "IMG_1.jpg"))
        scene.wants()
        assert scene.fetch() == 1
        assert (scene.file["state"], scene.file["name"], scene.file["media_type"]) == (
            "stored",
            "IMG_1.jpg",
            "image/jpeg",
        )
        assert attachments.opened(scene.tools.files, scene.tools.seal, scene.file["sha256"]) == files.JPEG
        assert scene.said == []
        assert scene.fetch() == 0

    def test_the_platform_is_away_and_comes_back(self, database: Database, folder: Path) -> None:
        scene = Scene(database, folder, FetchLater("busy", 30), TimeoutError(), Fetched(files.PNG))
        scene.wants()
        scene.fetch()
        assert scene.file["state"] == "wanted"
        assert scene.fetch() == 0  # not before the thirty seconds
        scene.clock.advance(seconds=31)
        scene.fetch()
        scene.clock.advance(minutes=10)
        scene.fetch()
        assert (scene.file["state"], scene.file["attempts"]) == ("stored", 3)

    def test_a_fault_of_ours_is_tried_again(self, database: Database, folder: Path) -> None:
        scene = Scene(database, folder, RuntimeError("a bug"), Fetched(files.PNG))
        scene.wants()
        scene.fetch()
        assert (scene.file["state"], scene.file["reason"]) == ("wanted", "RuntimeError")
        scene.clock.advance(minutes=10)
        scene.fetch()
        assert scene.file["state"] == "stored"

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (FetchGone("deleted after three days"), "取不到了"),
            (FetchTooLarge("21 MB"), "10 MB"),
            (Fetched(files.packed("a.exe"), "工资.zip"), "压缩包"),
            (Fetched(files.EICAR, "eicar.com"), "不能收"),
            (Fetched(b""), "空的"),
        ],
    )
    def test_what_is_not_taken_is_answered(
        self, database: Database, folder: Path, answer: Fetched | Exception, words: str
    ) -> None:
        scene = Scene(database, folder, answer)
        scene.wants("工资.zip")
        scene.fetch()
        assert scene.file["state"] == "refused"
        assert words in scene.file["reason"]
        (said,) = scene.said
        assert said.startswith("您发的“工资.zip”没有收下：")
        assert words in said
        assert not folder.exists()

    def test_given_up_after_many_tries(self, database: Database, folder: Path) -> None:
        scene = Scene(database, folder, FetchLater("away"))
        scene.wants()
        database.write_now(lambda c: c.execute(update(table).values(attempts=MOST_TRIES - 1)))
        scene.fetch()
        assert scene.file["state"] == "refused"
        assert "重新发一次" in scene.said[0]

    def test_in_safe_mode_nothing_is_sent_unasked(self, database: Database, folder: Path) -> None:
        scene = Scene(database, folder, FetchGone("gone"))
        scene.wants(safe_mode=True)
        scene.fetch()
        assert (scene.file["state"], scene.said) == ("refused", [])

    def test_the_same_photo_twice_is_one(self, database: Database, folder: Path) -> None:
        scene = Scene(database, folder, Fetched(files.JPEG, "a.jpg"))
        scene.wants()
        scene.wants(message="again")
        assert scene.fetch() == 2
        states = [(row["state"], row["reason"]) for row in rows(database, table)]
        assert sorted(states, key=str) == [("removed", "和已经收到的文件相同"), ("stored", None)]

    def test_a_channel_that_does_not_run_is_waited_for(self, database: Database, folder: Path) -> None:
        scene = Scene(database, folder, Fetched(files.JPEG))
        scene.wants()
        keeper = AttachmentKeeper(scene.tools, {}, random.Random(7))
        asyncio.run(keeper.fetch_due())
        assert scene.file["state"] == "wanted"

    def test_it_works_by_itself_until_it_is_stopped(self, database: Database, folder: Path) -> None:
        scene = Scene(database, folder, Fetched(files.JPEG))
        scene.wants()

        async def main() -> None:
            async with _running(scene.keeper):
                for _ in range(500):
                    if scene.file["state"] == "stored":
                        return
                    await asyncio.sleep(0.01)
            raise AssertionError("not fetched")

        asyncio.run(main())


class TestSweep:
    def old(self, folder: Path, clock: Clock, hours: float) -> None:
        for path in folder.rglob("*"):
            if path.is_file():
                at = (clock() - timedelta(hours=hours)).timestamp()
                os.utime(path, (at, at))

    def test_removed_files_go_and_needed_ones_stay(self, database: Database, folder: Path) -> None:
        scene = Scene(database, folder, Fetched(files.JPEG), Fetched(files.PNG))
        scene.wants()
        scene.wants(message="second")
        scene.fetch()
        first = rows(database, table)[0]
        database.write_now(lambda c: c.execute(update(table).where(table.c.id == first["id"]).values(state="removed")))
        assert asyncio.run(scene.keeper.sweep()) == 0  # handed in within the last minute
        self.old(folder, scene.clock, 1)
        assert asyncio.run(scene.keeper.sweep()) == 1
        assert [row["sha256"] is None for row in rows(database, table)] == [True, False]
        assert len([path for path in folder.rglob("*") if path.is_file()]) == 1

    def test_what_no_row_names_goes_after_a_day(self, database: Database, folder: Path) -> None:
        scene = Scene(database, folder, Fetched(files.JPEG))
        attachments.keep(scene.tools.files, scene.tools.seal, files.PDF)
        self.old(folder, scene.clock, 23)
        assert asyncio.run(scene.keeper.sweep()) == 0
        self.old(folder, scene.clock, 25)
        assert asyncio.run(scene.keeper.sweep()) == 1
        assert [path for path in folder.rglob("*") if path.is_file()] == []

    def test_forgotten_files_leave_the_disk(self, database: Database, folder: Path) -> None:
        scene = Scene(database, folder, Fetched(files.JPEG))
        scene.wants()
        scene.fetch()
        say(database, "forget", forget=True)
        self.old(folder, scene.clock, 1)
        asyncio.run(scene.keeper.sweep())
        assert [path for path in folder.rglob("*") if path.is_file()] == []


class TestStaff:
    """Only who may see the case gets at its files."""

    def test_opened_added_and_taken_out(self, database: Database, folder: Path) -> None:
        scene, boss = Scene(database, folder, Fetched(files.JPEG)), staff(database, "boss", "supervisor")
        case = submitted(database)
        added = asyncio.run(add_file(scene.tools, boss, case.id, "决定书.pdf", files.PDF))
        assert not isinstance(added, Refused)
        opened = asyncio.run(open_file(scene.tools, boss, added.id))
        assert not isinstance(opened, Refused)
        assert (opened.name, opened.media_type, opened.data) == ("决定书.pdf", "application/pdf", files.PDF)
        twice = asyncio.run(add_file(scene.tools, boss, case.id, "又一份.pdf", files.PDF))
        assert isinstance(twice, Refused)
        assert asyncio.run(remove_file(scene.tools, boss, added.id, "传错了")) is None
        gone = asyncio.run(open_file(scene.tools, boss, added.id))
        assert isinstance(gone, Refused)
        assert [row["action"] for row in rows(database, audit)] == ["file.add", "file.see", "file.remove"]
        assert [row["action"] for row in rows(database, case_events)] == ["submit", "add_file", "remove_file"]

    def test_not_from_another_township(self, database: Database, folder: Path) -> None:
        scene, boss = Scene(database, folder, Fetched(files.JPEG)), staff(database, "boss", "supervisor")
        stranger = staff(database, "stranger", "supervisor", unit="麻旺镇")
        case = submitted(database, draft("mediation", 1))
        added = asyncio.run(add_file(scene.tools, boss, case.id, "a.pdf", files.PDF))
        assert not isinstance(added, Refused)
        for work in (
            open_file(scene.tools, stranger, added.id),
            remove_file(scene.tools, stranger, added.id, "x"),
            add_file(scene.tools, stranger, case.id, "b.pdf", files.PDF),
            open_file(scene.tools, staff(database, "auditor", "auditor"), added.id),
            open_file(scene.tools, boss, 999),
        ):
            refused = asyncio.run(work)
            assert isinstance(refused, Refused)
            assert refused.why is Why.NOT_FOUND

    def test_of_a_conversation_in_scope(self, database: Database, folder: Path) -> None:
        scene, clerk = Scene(database, folder, Fetched(files.JPEG)), staff(database, "clerk", unit="龙潭镇")
        scene.wants(township="龙潭镇")
        say(database, "other", chat("other"), attachments=(AttachmentDraft("m-2", "图片", "", 0),), township="麻旺镇")
        scene.fetch()
        own, other = [row["id"] for row in rows(database, table)]
        assert not isinstance(asyncio.run(open_file(scene.tools, clerk, own)), Refused)
        assert isinstance(asyncio.run(open_file(scene.tools, clerk, other)), Refused)
        assert len(rows(database, conversations)) == 2

    def test_the_desk_takes_out_only_of_its_own_cases(self, database: Database, folder: Path) -> None:
        scene, clerk = Scene(database, folder, Fetched(files.JPEG)), staff(database, "clerk")
        case = submitted(database)
        added = asyncio.run(add_file(scene.tools, clerk, case.id, "a.pdf", files.PDF))
        assert not isinstance(added, Refused)
        refused = asyncio.run(remove_file(scene.tools, clerk, added.id, "传错了"))
        assert isinstance(refused, Refused)
        assert refused.why is Why.FORBIDDEN
        now_in(database, case, "assigned", assignee_id=clerk.id)
        assert isinstance(asyncio.run(remove_file(scene.tools, clerk, added.id, " ")), Refused)
        assert asyncio.run(remove_file(scene.tools, clerk, added.id, "传错了")) is None

    @pytest.mark.parametrize("data", [b"MZ program", files.document("word", "word/vbaProject.bin")])
    def test_staff_cannot_put_a_program_either(self, database: Database, folder: Path, data: bytes) -> None:
        scene, boss = Scene(database, folder, Fetched(files.JPEG)), staff(database, "boss", "supervisor")
        refused = asyncio.run(add_file(scene.tools, boss, submitted(database).id, "a.docx", data))
        assert isinstance(refused, Refused)
        assert refused.why is Why.INPUT


@asynccontextmanager
async def _running(keeper: AttachmentKeeper) -> AsyncIterator[None]:
    await keeper.start()
    try:
        yield
    finally:
        await keeper.stop()
