"""Files that the page hands in: `POST /api/v1/attachments`, as a browser's form sends them."""

import asyncio
import logging
from dataclasses import dataclass

from starlette.requests import Request

from bot.channels.bad_request import BadRequest
from bot.channels.multipart import BrokenForm, TooMuch, read_form
from handlers import attachments, files
from handlers.desk.tools import Tools
from handlers.message import Media
from storage.records import ConversationKey

_AROUND = 64 * 1024  # the form's other fields and its lines between them
_FORMS = {"image": "picture", "audio": "voice", "video": "film"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One file with the conversation and the client's id that came with it, both unchecked."""

    conversation: str | None
    message_id: str | None
    name: str
    data: bytes


class WebFiles:
    """Reads what was handed in, and keeps it where something waits for it."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def read(self, request: Request) -> HandedIn:
        """The form of a request.

        Raises:
            BadRequest: it is none, has no file, or is larger than what is taken.
        """
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "multipart/form-data":
            raise BadRequest(415, "not_multipart", "请用 multipart/form-data 交文件。")
        most = attachments.LARGEST_FILE + _AROUND
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length) > most:
            raise _too_large()
        try:
            form = await read_form(request.headers["content-type"], request.stream(), most)
        except TooMuch:
            raise _too_large() from None
        except BrokenForm as error:
            raise BadRequest(400, "not_multipart", "文件没有传完整，请再试一次。") from error
        file = form.get("file")
        if file is None or file.filename is None:
            raise BadRequest(422, "no_file", "没有收到文件，字段名要是 file。")
        conversation, message_id = (
            form[name].text or None if name in form else None for name in ("conversation", "id")
        )
        return HandedIn(conversation, message_id, file.filename, file.data)

    async def kept(self, key: ConversationKey, handed_in: HandedIn) -> Media | None:
        """The file as the message carries it, kept on the disk; None where nothing waits for it in this conversation.

        Raises:
            BadRequest: it is of a kind that is not taken.
        """
        try:
            judged = await asyncio.to_thread(attachments.judge, handed_in.data, handed_in.name)
        except attachments.NotTaken as error:
            large = len(handed_in.data) > attachments.LARGEST_FILE
            raise BadRequest(413 if large else 415, "not_taken", str(error)) from error
        tools, now = self._tools, self._tools.clock()
        if not await files.is_awaited(tools, key, tools.person(key, key.chat), now):
            return None
        if await files.are_too_many(tools, key, now):
            raise BadRequest(429, "too_many", "今天发的文件太多了，请明天再发，或带到窗口。", {"Retry-After": "3600"})
        try:
            sha256 = await asyncio.to_thread(attachments.keep, tools.files, tools.seal, handed_in.data)
        except OSError as error:
            _log.error("a file cannot be kept: %s", error.strerror)
            raise BadRequest(503, "busy", "现在存不下文件，请过一会儿再发。", {"Retry-After": "60"}) from error
        form = _FORMS.get(judged.media_type.partition("/")[0], "file")
        return Media(form, f"{files.STORED}{sha256}", judged.name, judged.media_type, len(handed_in.data))


def _too_large() -> BadRequest:
    return BadRequest(413, "too_large", attachments.too_large())
