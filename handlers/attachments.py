"""Files that belong to a case: which are taken, told by their bytes and not by their name; and how they are kept.

Nothing that could run is taken: programs, pages, scripts, archives, documents with macros. What is taken is sealed and
lies outside the database under the hash of its content.
"""

import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from handlers.personal import Seal
from storage.file_store import FileStore

LARGEST_FILE = 10 * 1024 * 1024
_LONGEST_NAME = 80
_MOST_PARTS = 2000
_LARGEST_UNPACKED = 200 * 1024 * 1024
_ADVICE = "请拍成照片，或存成 PDF 再发。"
_RUNS_IN_PDF = re.compile(rb"/JavaScript|/Launch|/EmbeddedFiles|/RichMedia")
_MACROS = re.compile(r"vbaProject\.bin$|macrosheets/|activeX/|embeddings/.*\.bin$", re.IGNORECASE)
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")


class NotTaken(ValueError):
    """The file is not taken; the text tells the resident why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A file that is taken, with what it really is; `name` ends as that kind of file does."""

    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class _Type:
    """`family` tells which endings are only a slip: telephones call a HEIC picture .jpg."""

    media_type: str
    endings: tuple[str, ...]
    family: str
    is_it: Callable[[bytes], bool]


def judge(data: bytes, name: str) -> Judged:
    """What the file is.

    Raises:
        NotTaken: it is empty, too large, of a kind that is not taken, or not what its name says.
    """
    if not data:
        raise NotTaken("这个文件是空的，请重新发一次。")
    if len(data) > LARGEST_FILE:
        raise NotTaken(too_large())
    found = next((one for one in _TYPES if one.is_it(data)), None)
    if found is None:
        raise NotTaken(_refusal(data))
    if found.media_type == "application/pdf" and _RUNS_IN_PDF.search(data):
        raise NotTaken(f"这个 PDF 里带着会自己运行的内容，不能收。{_ADVICE}")
    stem, ending = _parts(name)
    of_family = {end for one in _TYPES if one.family == found.family for end in one.endings}
    if ending and ending not in of_family:
        raise NotTaken(f"文件名是 .{ending[:10]}，里面却不是这种文件，不能收。{_ADVICE}")
    kept = ending if ending in found.endings else found.endings[0]
    return Judged(f"{stem}.{kept}", found.media_type)


def too_large() -> str:
    """The words for a file beyond the limit."""
    return f"这个文件超过 {LARGEST_FILE // (1024 * 1024)} MB 了，收不下。请拍小一点，或分几个发。"


def keep(files: FileStore, seal: Seal, data: bytes) -> str:
    """Seal the file and keep it; the hash of its content is its name. The same content twice is one file.

    Raises:
        OSError: the disk does not take it.
    """
    name = hashlib.sha256(data).hexdigest()
    files.write(name, seal.seal_bytes(data))
    return name


def opened(files: FileStore, seal: Seal, sha256: str) -> bytes:
    """A kept file's bytes.

    Raises:
        FileNotFoundError: it is not there any more.
        ValueError: it was sealed with another key, or is damaged.
    """
    data = seal.open_bytes(files.read(sha256))
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"the file {sha256[:12]} is not what it was")
    return data


def _parts(name: str) -> tuple[str, str]:
    """The name without folders and invisible characters, and its ending in lower case."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFKC", name))[-1]
    seen = "".join(char for char in base if unicodedata.category(char)[0] not in "CZ" or char == " ").strip(" .")
    stem, _, ending = seen.rpartition(".")
    if not stem or not re.fullmatch(r"[0-9A-Za-z]{1,10}", ending):
        return (seen or "文件")[:_LONGEST_NAME], ""
    return stem[:_LONGEST_NAME], ending.lower()


def _brand(data: bytes) -> bytes:
    return data[8:12] if data[4:8] == b"ftyp" else b""


def _is_mp3(data: bytes) -> bool:
    return data.startswith(b"ID3") or (len(data) > 2 and data[0] == 0xFF and data[1] in (0xFB, 0xF3, 0xF2, 0xFA))  # noqa: PLR2004 - the sync of a frame


def _is_document(data: bytes, folder: str) -> bool:
    """A Word or Excel document of today's form, without macros; only the directory of the archive is read."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = [part.filename for part in parts]
            whole = sum(part.file_size for part in parts)
            if len(parts) > _MOST_PARTS or whole > _LARGEST_UNPACKED or any(_MACROS.search(name) for name in names):
                return False
            if "[Content_Types].xml" not in names or f"{folder}/" not in {name[: len(folder) + 1] for name in names}:
                return False
            with archive.open("[Content_Types].xml") as kinds:
                return b"macroEnabled" not in kinds.read(256 * 1024)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        return False


def _starts(*signs: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(signs)


_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES: tuple[_Type, ...] = (
    _Type("image/jpeg", ("jpg", "jpeg", "jfif"), "picture", _starts(b"\xff\xd8\xff")),
    _Type("image/png", ("png",), "picture", _starts(b"\x89PNG\r\n\x1a\n")),
    _Type("image/webp", ("webp",), "picture", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP"),
    _Type("image/heic", ("heic", "heif"), "picture", lambda data: _brand(data) in _HEIC),
    _Type("application/pdf", ("pdf",), "pdf", _starts(b"%PDF-")),
    _Type("audio/mp4", ("m4a",), "film", lambda data: _brand(data) in (b"M4A ", b"M4B ")),
    _Type("video/quicktime", ("mov",), "film", lambda data: _brand(data) == b"qt  "),
    _Type("video/mp4", ("mp4", "m4v", "3gp"), "film", lambda data: bool(_brand(data))),
    _Type("audio/amr", ("amr",), "sound", _starts(b"#!AMR")),
    _Type("audio/ogg", ("ogg", "oga", "opus"), "sound", _starts(b"OggS")),
    _Type("audio/mpeg", ("mp3",), "sound", _is_mp3),
    _Type(_DOCX, ("docx",), "docx", lambda data: _is_document(data, "word")),
    _Type(_XLSX, ("xlsx",), "xlsx", lambda data: _is_document(data, "xl")),
)
_REFUSED: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (_starts(b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe"), "这是程序文件，不能收。"),
    (_starts(b"PK"), "压缩包、带宏的文档和安装包不能收，请把里面的照片或 PDF 单独发来。"),
    (_starts(b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"), "压缩包不能收，请把里面的文件一个个发来。"),
    (_starts(b"\xd0\xcf\x11\xe0"), f"老格式的 Word、Excel（.doc、.xls）不能收。{_ADVICE}"),
    (lambda data: b"<svg" in data[:2048].lower() or b"<html" in data[:2048].lower(), f"网页、SVG 不能收。{_ADVICE}"),
    (_starts(b"#!", b"@echo", b"<?", b"<script"), f"脚本文件不能收。{_ADVICE}"),
)


def _refusal(data: bytes) -> str:
    told = next((words for is_it, words in _REFUSED if is_it(data)), "这种文件不能收。")
    return told if "请" in told else f"{told}{_ADVICE}"
