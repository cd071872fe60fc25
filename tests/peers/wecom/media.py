"""media/upload and media/get: temporary files of 3 days (wecom.md 4.4)."""

import mimetypes
import re
from dataclasses import dataclass
from urllib.parse import quote

from .errors import ApiError
from .model import Media
from .multipart import Part, parts_of
from .request import Answer, AppRequest, FileAnswer, Request, ok
from .state import State, random_id

_MEGABYTE = 2**20
_SMALLEST = 6
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@dataclass(frozen=True)
class MediaRule:
    """Greatest size of one kind, and what its first bytes must look like."""

    size: int
    magic: re.Pattern[bytes]


RULES: dict[str, MediaRule] = {
    "image": MediaRule(10 * _MEGABYTE, re.compile(rb"\xff\xd8\xff|\x89PNG", re.DOTALL)),
    "voice": MediaRule(2 * _MEGABYTE, re.compile(rb"#!AMR")),
    "video": MediaRule(10 * _MEGABYTE, re.compile(rb"....ftyp", re.DOTALL)),
    "file": MediaRule(20 * _MEGABYTE, re.compile(rb"")),
}
KF_SIZES: dict[str, int] = {
    "image": 2 * _MEGABYTE,
    "voice": 2 * _MEGABYTE,
    "video": 10 * _MEGABYTE,
    "file": 20 * _MEGABYTE,
}
"""A resident's media above these arrive as a text notice (wecom.md 6.2)."""


def upload(request: AppRequest) -> Answer:
    """POST media/upload: one part named media, with a file name."""
    return receive(request.request, request.corp.corpid, frozenset(RULES))


def receive(request: Request, owner: str, kinds: frozenset[str]) -> Answer:
    """Take an uploaded file for `owner`; shared with the group webhook."""
    kind = request.query.get("type", "")
    if kind not in kinds:
        request.check.refuse(40004, "query.type", f"unknown {kind!r}")
    part = _media_part(request)
    _check_content(kind, part.data)
    media = store(request.state, owner, kind, part.file_name, part.data)
    return ok(type=kind, media_id=media.media_id, created_at=str(int(media.created_at)))


def _media_part(request: Request) -> Part:
    parts = parts_of(request.headers.get("content-type", ""), request.raw)
    part = next((part for part in parts if part.name == "media"), None)
    if part is None:
        request.check.refuse(41005, "media", "no multipart part named media")
    if part.extended_name:
        request.check.refuse(41005, "media", "filename*= is refused, send the name as raw UTF-8")
    if not part.file_name:
        request.check.refuse(41005, "media", "filename missing")
    return part


def _check_content(kind: str, data: bytes) -> None:
    rule = RULES[kind]
    if not _SMALLEST <= len(data) <= rule.size:
        raise ApiError(40006, f"{len(data)} bytes, allowed {_SMALLEST} to {rule.size}")
    if not rule.magic.match(data):
        raise ApiError(40005, f"not a {kind} by its first bytes")


def store(state: State, owner: str, kind: str, file_name: str, data: bytes) -> Media:
    """Keep a file, also one that a resident or member sends in."""
    with state.lock:
        media = Media(random_id("", 64), kind, file_name, data, state.clock.now(), owner)
        state.media[media.media_id] = media
        return media


def get(request: AppRequest) -> Answer:
    """GET media/get: the bytes as they were, whatever they look like; Range is kept to (wecom.md 9.8)."""
    state, query = request.state, request.request.query
    request.check.only(query, frozenset({"access_token", "media_id"}), "query")
    media = state.live_media(request.corp.corpid, query.get("media_id", ""))
    headers = {
        "content-type": _content_type(media),
        "content-disposition": _disposition(media.file_name, raw=state.rules.raw_utf8_file_names),
    }
    wanted = _RANGE.fullmatch(request.request.headers.get("range", ""))
    if wanted is None:
        if len(media.data) > state.rules.media_get_max:
            raise ApiError(830002)
        return FileAnswer(media.data, headers)
    first = int(wanted.group(1))
    last = min(int(wanted.group(2) or len(media.data)), len(media.data) - 1)
    headers["content-range"] = f"bytes {first}-{last}/{len(media.data)}"
    return FileAnswer(media.data[first : last + 1], headers, 206 if first <= last else 416)


def _content_type(media: Media) -> str:
    if media.kind == "file":
        # Even a .json file comes as plain bytes: clients must not take it for an error reply.
        return "application/octet-stream"
    return mimetypes.guess_type(media.file_name)[0] or {"voice": "audio/amr"}.get(
        media.kind, "application/octet-stream"
    )


def _disposition(file_name: str, *, raw: bool) -> str:
    if raw:
        # Header values travel as latin-1, so this puts the UTF-8 bytes on the wire unchanged.
        return f'attachment; filename="{file_name}"'.encode().decode("latin-1")
    plain = file_name.encode("ascii", errors="replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name)}"
