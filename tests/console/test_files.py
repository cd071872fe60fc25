"""Files of cases: harmless in a browser, added and removed with their reasons, never out of scope."""

import asyncio
import io
import zipfile
from pathlib import Path

from handlers.attachments import LARGEST_FILE
from storage.schema import attachments, audit, case_events
from tests.console.casework import crew, opened, stepped
from tests.console.client import Client, Page, sign_in
from tests.running import running

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
PDF = b"%PDF-1.7\n" + b"x" * 64


def document() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return data.getvalue()


async def add(client: Client, case_id: int, name: str, data: bytes) -> Page:
    return await client.post(f"/cases/{case_id}/files", files={"file": (name, data, "text/html")})


def test_a_file_is_added_seen_saved_and_removed(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            who = await crew(app)
            case = await opened(app, who["ann"])
            case = await stepped(app, who["ann"], case, "accept")
            await stepped(app, who["ann"], case, "assign", assignee=str(who["ann"].id))
            async with (
                await sign_in(app, "ann") as ann,
                await sign_in(app, "bo") as bo,
                await sign_in(app, "cai") as cai,
            ):
                for client in (ann, bo, cai):
                    await client.get("/cases")
                page = await add(ann, case.id, "工地 照片.png", PNG)
                assert "“工地 照片.png”放进工单了" in page.text
                assert "1 KB，王敏" in page.text
                page = await add(bo, case.id, "合同.pdf", PDF)
                page = await add(bo, case.id, "证明.docx", document())
                assert "移除 证明.docx" not in page.html  # neither theirs nor a supervisor's
                picture, contract, paper = (row.id for row in await app.rows(attachments))
                seen = (await ann.get(f"/files/{picture}")).answer
                assert (seen.content, seen.headers["content-type"]) == (PNG, "image/png")
                assert seen.headers["content-disposition"] == (
                    "inline; filename*=UTF-8''%E5%B7%A5%E5%9C%B0%20%E7%85%A7%E7%89%87.png"
                )
                assert seen.headers["x-content-type-options"] == "nosniff"
                assert seen.headers["cache-control"] == "no-store"
                policy = seen.headers["content-security-policy"]
                assert (policy.startswith("sandbox; default-src 'none'"), "script-src" in policy) == (True, False)
                assert (await ann.get(f"/files/{contract}")).answer.headers["content-type"] == "application/pdf"
                for path in (f"/files/{paper}", f"/files/{picture}?save=1"):
                    saved = (await ann.get(path)).answer
                    assert saved.headers["content-disposition"].startswith("attachment; filename*=")
                    assert saved.headers["content-type"] == "application/octet-stream"
                for path in (f"/files/{picture}", "/files/99", "/files/x"):
                    page = await cai.get(path)
                    assert (page.status, PNG in page.answer.content) == (404, False)
                page = await bo.post(f"/files/{picture}/remove", {"reason": "放错了"})
                assert (page.status, "移除附件由承办人或主管来办" in page.text) == (403, True)
                assert (await cai.post(f"/files/{picture}/remove", {"reason": "放错了"})).status == 404
                page = await ann.post(f"/files/{picture}/remove", {"reason": " "})
                assert (page.status, "没填移除的理由" in page.text) == (422, True)
                page = await ann.post(f"/files/{picture}/remove", {"reason": "放错了"})
                assert "移除了：王敏：放错了" in page.text
                assert (await ann.get(f"/files/{picture}")).status == 404
                assert (await ann.post(f"/files/{picture}/remove", {"reason": "放错了"})).status == 404
            acts = [event.action for event in await app.rows(case_events)]
            assert (acts.count("add_file"), acts.count("remove_file")) == (3, 1)
            looks = [line for line in await app.rows(audit) if line.action == "file.see"]
            assert [line.object for line in looks].count(f"file:{picture}") == 2

    asyncio.run(main())


def test_what_is_not_taken_is_refused_in_words(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            who = await crew(app)
            case = await opened(app, who["ann"])
            async with await sign_in(app, "ann") as ann, await sign_in(app, "cai") as cai:
                await cai.get("/cases")
                await ann.get("/cases")
                for name, data, words in (
                    ("x.html", b"<html><script>1</script>", "网页、SVG 不能收"),
                    ("setup.exe", b"MZ\x90\x00", "这是程序文件"),
                    ("x.png", PDF, "里面却不是这种文件"),
                    ("x.png", b"", "这个文件是空的"),
                ):
                    page = await add(ann, case.id, name, data)
                    assert (page.status, words in page.text) == (422, True), page.text
                page = await ann.post(f"/cases/{case.id}/files")
                assert (page.status, "请先选一个文件" in page.text) == (422, True)
                page = await add(ann, case.id, "big.png", PNG + b"\x00" * LARGEST_FILE)
                assert page.status == 422
                page = await add(ann, case.id, "huge.png", PNG + b"\x00" * (LARGEST_FILE + 2**20))
                assert (page.status, "内容太大" in page.text) == (413, True)
                assert (await add(cai, case.id, "a.png", PNG)).status == 404
                await add(ann, case.id, "a.png", PNG)
                page = await add(ann, case.id, "again.png", PNG)
                assert (page.status, "已经有一模一样的文件了" in page.text) == (422, True)
            assert [row.state for row in await app.rows(attachments)] == ["stored", "removed"]

    asyncio.run(main())
