"""Which files are taken, told by their bytes; and that what is kept is sealed, whole and private."""

import contextlib
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy import BureauSeal
from handlers.attachments import LARGEST_FILE, NotTaken, judge, keep, opened
from storage.file_store import FileStore
from tests import files

SEAL = BureauSeal(b"tests")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MACRO_KINDS = b'<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'


class TestTaken:
    @pytest.mark.parametrize(
        ("data", "name", "kept", "media_type"),
        [
            (files.JPEG, "欠条.jpg", "欠条.jpg", "image/jpeg"),
            (files.JPEG, "IMG_1.JPEG", "IMG_1.jpeg", "image/jpeg"),
            (files.PNG, "截图.png", "截图.png", "image/png"),
            (files.PNG, "微信图片.jpg", "微信图片.png", "image/png"),  # a telephone's slip within pictures
            (files.WEBP, "a.webp", "a.webp", "image/webp"),
            (files.HEIC, "IMG_0001.HEIC", "IMG_0001.heic", "image/heic"),
            (files.PDF, "劳动合同.pdf", "劳动合同.pdf", "application/pdf"),
            (files.MP4, "现场.mp4", "现场.mp4", "video/mp4"),
            (files.MOV, "现场.MOV", "现场.mov", "video/quicktime"),
            (files.M4A, "录音.m4a", "录音.m4a", "audio/mp4"),
            (files.AMR, "", "文件.amr", "audio/amr"),
            (files.MP3, "录音", "录音.mp3", "audio/mpeg"),
            (files.OGG, "voice.oga", "voice.oga", "audio/ogg"),
            (files.document("word"), "申请书.docx", "申请书.docx", DOCX),
            (files.document("xl"), "工资表.xlsx", "工资表.xlsx", XLSX),
            (files.JPEG, "../../etc/passwd", "passwd.jpg", "image/jpeg"),
            (files.JPEG, "C:\\照片\\欠条.jpg", "欠条.jpg", "image/jpeg"),
            (files.JPEG, "欠\u202e条\x00.jpg", "欠条.jpg", "image/jpeg"),
            (files.JPEG, "长" * 300 + ".jpg", "长" * 80 + ".jpg", "image/jpeg"),
            (files.JPEG, "...", "文件.jpg", "image/jpeg"),
        ],
    )
    def test_by_what_it_is(self, data: bytes, name: str, kept: str, media_type: str) -> None:
        judged = judge(data, name)
        assert (judged.name, judged.media_type) == (kept, media_type)


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "name", "words"),
        [
            (b"", "空.jpg", "空的"),
            (files.JPEG + b"x" * LARGEST_FILE, "大.jpg", "10 MB"),
            (b"MZ\x90\x00" + b"x" * 64, "看工资.jpg", "程序"),
            (b"\x7fELF" + b"x" * 64, "a", "程序"),
            (b"\xca\xfe\xba\xbe" + b"x" * 64, "A.class", "程序"),
            (files.packed("照片.jpg"), "照片.zip", "压缩包"),
            (files.packed("AndroidManifest.xml", "classes.dex"), "app.apk", "安装包"),
            (b"Rar!\x1a\x07" + b"x" * 64, "a.rar", "压缩包"),
            (b"7z\xbc\xaf\x27\x1c" + b"x" * 64, "a.7z", "压缩包"),
            (b"\x1f\x8b\x08" + b"x" * 64, "a.tar.gz", "压缩包"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 64, "老表.xls", "老格式"),
            (files.document("word", "word/vbaProject.bin"), "a.docx", "宏"),
            (files.document("word", "word/vbaProject.bin"), "a.docm", "宏"),
            (files.document("xl", "xl/vbaProject.bin"), "a.xlsm", "宏"),
            (files.document("xl", "xl/macrosheets/sheet1.xml"), "a.xlsx", "宏"),
            (files.document("word", kinds=MACRO_KINDS), "a.docx", "宏"),
            (files.document("word", "word/embeddings/oleObject1.bin"), "a.docx", "宏"),
            (b"<!doctype html><html><script>alert(1)</script></html>", "a.html", "网页"),
            (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "a.svg", "SVG"),
            (b"#!/bin/sh\nrm -rf /\n", "a.sh", "脚本"),
            (b"@echo off\r\ndel *", "a.bat", "脚本"),
            (b"<script>alert(1)</script>", "a.js", "脚本"),
            (files.EICAR, "eicar.com", "这种文件不能收"),
            (files.EICAR, "照片.jpg", "这种文件不能收"),
            (b"%PDF-1.4\n/OpenAction << /S /JavaScript /JS (app.alert(1)) >>", "a.pdf", "自己运行"),
            (b"%PDF-1.4\n/S /Launch /F (cmd.exe)", "a.pdf", "自己运行"),
            (files.JPEG, "照片.exe", "里面却不是"),
            (files.PDF, "合同.jpg", "里面却不是"),
            (files.MP4, "现场.pdf", "里面却不是"),
            (files.document("word"), "申请.pdf", "里面却不是"),
            (b"just words", "说明.txt", "这种文件不能收"),
            (b"PK\x03\x04" + b"broken" * 9, "a.docx", "压缩包"),
            (b"GIF89a" + b"x" * 32, "a.gif", "这种文件不能收"),
        ],
    )
    def test_with_a_word_to_the_resident(self, data: bytes, name: str, words: str) -> None:
        with pytest.raises(NotTaken, match=words) as refused:
            judge(data, name)
        assert "请" in str(refused.value)

    def test_a_document_that_unpacks_to_a_mountain(self) -> None:
        bomb = files.packed("[Content_Types].xml", "word/a.xml", everything=b"0" * (101 * 1024 * 1024))
        assert len(bomb) < LARGEST_FILE
        with pytest.raises(NotTaken):
            judge(bomb, "a.docx")

    @given(st.binary(max_size=400), st.text(max_size=30))
    def test_whatever_comes_is_judged_or_refused(self, data: bytes, name: str) -> None:
        with contextlib.suppress(NotTaken):
            judged = judge(data, name)
            assert judged.media_type
            assert "/" not in judged.name
            assert "\\" not in judged.name


class TestKept:
    def test_sealed_under_its_hash_for_the_service_alone(self, tmp_path: Path) -> None:
        store = FileStore(tmp_path / "attachments")
        name = keep(store, SEAL, files.JPEG)
        path = tmp_path / "attachments" / name[:2] / name
        assert len(name) == 64
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert files.JPEG not in path.read_bytes()
        assert opened(store, SEAL, name) == files.JPEG

    def test_the_same_content_is_one_file(self, tmp_path: Path) -> None:
        store = FileStore(tmp_path)
        assert keep(store, SEAL, files.PDF) == keep(store, SEAL, files.PDF)
        assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1

    def test_a_damaged_file_is_not_handed_over(self, tmp_path: Path) -> None:
        store = FileStore(tmp_path)
        name = keep(store, SEAL, files.PDF)
        (tmp_path / name[:2] / name).write_bytes(SEAL.seal_bytes(files.JPEG))
        with pytest.raises(ValueError, match="not what it was"):
            opened(store, SEAL, name)
        with pytest.raises(ValueError, match="sealed with another key"):
            opened(store, BureauSeal(b"another"), name)

    @pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63])
    def test_no_other_name_is_touched(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ValueError, match="no name of a stored file"):
            FileStore(tmp_path).read(name)

    def test_a_full_disk_leaves_no_half(self, tmp_path: Path) -> None:
        folder = tmp_path / "attachments"
        folder.mkdir()
        store = FileStore(folder)
        (folder / "ab").write_text("in the way of the folder")
        with pytest.raises(OSError, match=r".*"):
            store.write("ab" + "0" * 62, b"x")
        assert [path.name for path in folder.rglob("*")] == ["ab"]

    def test_what_was_wanted_again_is_not_deleted(self, tmp_path: Path) -> None:
        store = FileStore(tmp_path)
        name = keep(store, SEAL, files.PDF)
        now = datetime.now(UTC)
        assert not store.delete(name, now - timedelta(minutes=1))
        assert list(store.names_older_than(now + timedelta(minutes=1))) == [name]
        assert store.delete(name, now + timedelta(minutes=1))
        assert store.delete(name, now)  # gone already
        with pytest.raises(FileNotFoundError):
            store.read(name)
