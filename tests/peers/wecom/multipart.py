"""The one multipart part of an upload, read as the platform does (wecom.md 4.4; wecom-libraries.md 1.3.15)."""

import re
from dataclasses import dataclass

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_PARAMETER = re.compile(r'([a-z*]+)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_EXTENDED = re.compile(r"filename\*\s*=", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """One part; `extended_name` tells that the name came as ``filename*=``, which the platform refuses."""

    name: str
    file_name: str
    data: bytes
    extended_name: bool


def _part(chunk: bytes) -> Part | None:
    head, separator, data = chunk.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not separator:
        return None
    disposition = ""
    for line in head.decode("utf-8", errors="replace").split("\r\n"):
        if line.lower().startswith("content-disposition:"):
            disposition = line
    fields = {key.lower(): value for key, value in _PARAMETER.findall(disposition)}
    extended = _EXTENDED.search(disposition) is not None
    return Part(fields.get("name", ""), fields.get("filename", ""), data.removesuffix(b"\r\n"), extended)


def parts_of(content_type: str, raw: bytes) -> list[Part]:
    """All parts of a multipart/form-data body; none if it is something else."""
    match = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or match is None:
        return []
    chunks = (b"\r\n" + raw).split(b"\r\n--" + match.group(1).encode())
    found = (_part(chunk) for chunk in chunks[1:] if not chunk.startswith(b"--"))
    return [part for part in found if part is not None]
