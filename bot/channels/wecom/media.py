"""Pictures, recordings, films and files: where they lie, and how they are fetched (wecom.md 4.4)."""

import json
import re
import time
from typing import Any
from urllib.parse import unquote

import requests

from bot.channels.fetched import LARGEST_FILE, Fetched, FetchGone, FetchLater, FetchTooLarge
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.errors import (
    CONFIGURATION,
    CONFIGURATION_PAUSE,
    MEDIA_GONE,
    RATE,
    RATE_PAUSE,
    TOO_LARGE,
    CallFailed,
    report,
)
from handlers.message import Media

LONGEST = 60.0  # seconds for a whole file
_PIECE = 64 * 1024
_FORMS = {"image": "picture", "voice": "voice", "video": "film", "shortvideo": "film", "file": "file"}
_LONGEST_ID = 512
_LONGEST_NAME = 200
_LONGEST_ERROR = 64 * 1024
_EXTENDED = re.compile(r"filename\*=(?:UTF-8|utf-8)''([^;]+)")
_PLAIN = re.compile(r'filename="?([^";]+)"?')
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]")


class _TooLarge(Exception):
    """Reading stopped."""


def media_of(msgtype: str, media_id: object) -> Media | None:
    """Where the file of a message lies; None for what is no file, or has no id."""
    form = _FORMS.get(msgtype)
    if form is None or not isinstance(media_id, str) or not 0 < len(media_id) <= _LONGEST_ID:
        return None
    return Media(form, media_id)


async def fetch_media(client: WeComClient, media_id: str) -> Fetched:
    """The file behind a media id, which the platform keeps for three days.

    Raises:
        FetchError: by what is to be done about it.
    """
    try:
        return await client.ask(client.streamed, "media/get", {"media_id": media_id}, read_file)
    except _TooLarge:
        raise FetchTooLarge(f"the file is larger than {LARGEST_FILE} bytes") from None
    except CallFailed as error:
        if error.errcode in MEDIA_GONE:
            raise FetchGone(str(error)) from None
        if error.errcode == TOO_LARGE:
            raise FetchTooLarge(str(error)) from None
        report(error)
        pause = CONFIGURATION_PAUSE if error.errcode in CONFIGURATION else None
        raise FetchLater(str(error), RATE_PAUSE if error.errcode in RATE else pause) from None


def read_file(answer: requests.Response) -> Fetched:
    """The file in an answer, told from an error by the header: a resident's file may look like anything inside."""
    disposition = answer.headers.get("content-disposition", "")
    if not disposition:
        raise _refusal(_body(answer, _LONGEST_ERROR))
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(_body(answer, LARGEST_FILE), _name(disposition), media_type)


def _body(answer: requests.Response, most: int) -> bytes:
    body, until = bytearray(), time.monotonic() + LONGEST
    for piece in answer.iter_content(_PIECE):
        body += piece
        if len(body) > most:
            raise _TooLarge
        if time.monotonic() > until:
            raise CallFailed(None, "the file comes too slowly")
    return bytes(body)


def _refusal(body: bytes) -> CallFailed:
    try:
        answer: Any = json.loads(body)
        return CallFailed(int(answer["errcode"]), str(answer.get("errmsg", "")).partition(", hint")[0][:100])
    except (KeyError, TypeError, ValueError):
        return CallFailed(None, "neither a file nor an error")


def _name(disposition: str) -> str:
    """The file's name without any path; the platform writes it as RFC 5987 or as bare UTF-8 bytes."""
    extended = _EXTENDED.search(disposition)
    plain = _PLAIN.search(disposition)
    if extended:
        name = unquote(extended[1].strip())
    elif plain:
        # Header values come in as latin-1, whatever bytes they are.
        name = plain[1].encode("latin-1", "replace").decode("utf-8", "replace")
    else:
        return ""
    return _UNSAFE.sub("_", name).strip()[-_LONGEST_NAME:]
