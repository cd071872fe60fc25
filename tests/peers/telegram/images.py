"""Enough of PNG and JPEG to know that a photo is a photo, and how large."""

import struct
import zlib

_PNG = b"\x89PNG\r\n\x1a\n"
_SIZED_FRAMES = {0xC0, 0xC1, 0xC2}


def dimensions(data: bytes) -> tuple[int, int] | None:
    """Width and height, or None when the bytes are no image that Telegram would take as a photo."""
    if data.startswith(_PNG) and data[12:16] == b"IHDR" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        if data[at + 1] in _SIZED_FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def blank_png(width: int = 320, height: int = 240) -> bytes:
    """A white picture, for people who send a photo without caring which."""
    row = b"\x00" + b"\xff" * width
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(row * height)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return _PNG + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
