"""`POST /api/v1/attachments`: over real HTTP, what is kept, what is refused with which words, and how much is read."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from handlers.attachments import LARGEST_FILE
from handlers.files import MOST_A_DAY
from storage.schema import attachments, inbox
from tests import files
from tests.running import Running, running

BEGUN = "我要申请法律援助"
HALF = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + files.JPEG  # broken off


def play(tmp_path: Path, scene: Any) -> None:
    async def main() -> None:
        async with running(tmp_path, settings={"web": {"messages_per_minute": 600}}) as app:
            await scene(app)

    asyncio.run(main())


async def hand_in(
    app: Running, conversation: str | None, data: bytes, name: str = "欠条.jpg", **more: str
) -> httpx.Response:
    form = {**({"conversation": conversation} if conversation else {}), **more}
    return await app.client.post("/api/v1/attachments", data=form, files={"file": (name, data)})


async def with_a_form(app: Running) -> str:
    told = await app.say(BEGUN)
    conversation: str = told["conversation"]
    return conversation


def kept(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "attachments").rglob("*") if path.is_file()]


def test_a_photo_for_a_form(tmp_path: Path) -> None:
    async def scene(app: Running) -> None:
        conversation = await with_a_form(app)
        answer = await hand_in(app, conversation, files.JPEG, id="photo-0001")
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["conversation"] == conversation
        assert "放在一起" in told["replies"][0]["text"]
        (row,) = await app.rows(attachments)
        assert (row.state, row.name, row.media_type, row.size) == ("stored", "欠条.jpg", "image/jpeg", len(files.JPEG))
        (path,) = kept(tmp_path)
        assert path.name == row.sha256
        assert files.JPEG not in path.read_bytes()

    play(tmp_path, scene)


def test_the_same_id_twice_is_one_message_and_one_file(tmp_path: Path) -> None:
    async def scene(app: Running) -> None:
        conversation = await with_a_form(app)
        first = await hand_in(app, conversation, files.JPEG, id="photo-0001")
        second = await hand_in(app, conversation, files.JPEG, id="photo-0001")
        assert first.json() == second.json()
        assert len(await app.rows(attachments)) == 1
        assert len(await app.rows(inbox)) == 2

    play(tmp_path, scene)


def test_where_nothing_waits_for_it_nothing_is_kept(tmp_path: Path) -> None:
    async def scene(app: Running) -> None:
        answer = await hand_in(app, None, files.JPEG)
        assert answer.status_code == 200
        assert "还看不了" in answer.json()["replies"][0]["text"]
        assert await app.rows(attachments) == []
        assert kept(tmp_path) == []

    play(tmp_path, scene)


def test_refused_with_a_status_and_words(tmp_path: Path) -> None:
    async def scene(app: Running) -> None:
        conversation = await with_a_form(app)
        for data, name, status, words in [
            (b"MZ\x90 program", "看工资.jpg", 415, "程序"),
            (files.packed("a.jpg"), "照片.zip", 415, "压缩包"),
            (files.EICAR, "eicar.com", 415, "不能收"),
            (b"<svg onload='alert(1)'/>", "a.svg", 415, "SVG"),
            (files.document("word", "word/vbaProject.bin"), "a.docm", 415, "宏"),
            (files.PDF, "合同.exe", 415, "里面却不是"),
            (b"", "空.jpg", 415, "空的"),
            (files.JPEG + b"x" * LARGEST_FILE, "大.jpg", 413, "10 MB"),
            (files.JPEG + b"x" * (LARGEST_FILE + 200_000), "更大.jpg", 413, "10 MB"),
        ]:
            answer = await hand_in(app, conversation, data, name)
            assert answer.status_code == status, (name, answer.text)
            assert words in answer.json()["error"]["message"]
        assert await app.rows(attachments) == []
        assert kept(tmp_path) == []

    play(tmp_path, scene)


def test_bad_requests(tmp_path: Path) -> None:
    async def scene(app: Running) -> None:
        conversation = await with_a_form(app)
        post = app.client.post
        form = {"content-type": "multipart/form-data; boundary=x"}
        for answer, status, code in [
            (await post("/api/v1/attachments", json={"file": "x"}), 415, "not_multipart"),
            (
                await post("/api/v1/attachments", data={"conversation": conversation}, files={"other": b"x"}),
                422,
                "no_file",
            ),
            (await post("/api/v1/attachments", content=b"no boundary", headers=form), 400, "not_multipart"),
            (await post("/api/v1/attachments", content=HALF, headers=form), 422, "no_file"),
            (await hand_in(app, "f" * 40, files.JPEG), 404, "unknown_conversation"),
            (await hand_in(app, conversation, files.JPEG, id="no spaces"), 422, "bad_id"),
        ]:
            assert answer.status_code == status, answer.text
            assert answer.json()["error"]["code"] == code
        assert (await app.client.get("/api/v1/attachments")).status_code == 405

    play(tmp_path, scene)


def test_a_stream_without_an_end_is_broken_off(tmp_path: Path) -> None:
    """Without a length in its head, as a program may send it: reading stops at the limit."""

    async def scene(app: Running) -> None:
        conversation = await with_a_form(app)
        sent = 0

        async def endless() -> Any:
            nonlocal sent
            head = f'--x\r\nContent-Disposition: form-data; name="conversation"\r\n\r\n{conversation}\r\n'
            yield (head + '--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n').encode()
            for _ in range(64):
                sent += 1
                yield b"x" * (1024 * 1024)

        headers = {"content-type": "multipart/form-data; boundary=x"}
        try:
            answer = await app.client.post("/api/v1/attachments", content=endless(), headers=headers)
        except httpx.WriteError:
            pass  # the server was done before the client
        else:
            assert answer.status_code == 413
        assert kept(tmp_path) == []
        assert (await app.say("继续", conversation=conversation))["replies"]

    play(tmp_path, scene)


def test_as_many_as_anybody_needs_in_a_day(tmp_path: Path) -> None:
    async def scene(app: Running) -> None:
        conversation = await with_a_form(app)
        for number in range(MOST_A_DAY):
            assert (await hand_in(app, conversation, files.JPEG + bytes([number]))).status_code == 200
        answer = await hand_in(app, conversation, files.JPEG + b"one more")
        assert answer.status_code == 429
        assert "明天" in answer.json()["error"]["message"]

    play(tmp_path, scene)
