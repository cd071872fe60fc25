"""Small files of every kind, as their programs begin them."""

import io
import zipfile

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"p" * 64
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 64
WEBP = b"RIFF\x40\x00\x00\x00WEBPVP8 " + b"p" * 32
HEIC = b"\x00\x00\x00\x18ftypheic" + b"p" * 32
MP4 = b"\x00\x00\x00\x18ftypisom" + b"p" * 32
MOV = b"\x00\x00\x00\x14ftypqt  " + b"p" * 32
M4A = b"\x00\x00\x00\x18ftypM4A " + b"p" * 32
PDF = b"%PDF-1.4\n" + b"p" * 64
AMR = b"#!AMR\n" + b"p" * 32
MP3 = b"ID3\x03\x00" + b"p" * 32
OGG = b"OggS\x00\x02" + b"p" * 32
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def packed(*names: str, **contents: bytes) -> bytes:
    """An archive with these members."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, contents.get("everything", b"x"))
        for name, content in contents.items():
            if name != "everything":
                archive.writestr(name, content)
    return target.getvalue()


def document(folder: str, *more: str, kinds: bytes = b"<Types/>") -> bytes:
    """A document of Word (word) or Excel (xl)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", kinds)
        for name in (f"{folder}/document.xml", *more):
            archive.writestr(name, b"<x/>")
    return target.getvalue()
