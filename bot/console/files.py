"""Files of cases and conversations: looked at where a browser can do no harm with them, else saved; added, removed."""

from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.case_page import Failed, page
from bot.console.console import Console
from bot.console.refusal import Refusal
from bot.console.visit import Visit
from handlers.attachments import LARGEST_FILE
from handlers.cases.files import add_file, open_file, remove_file
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import Permission
from storage import attachments

_UNFIT = 422
_FORM = 64 * 1024  # what a form needs around its file
_SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"})
# Nothing in a file runs, reads or asks for anything, whatever it turns out to be.
_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


def routes(console: Console) -> list[BaseRoute]:
    """A file by its own number, whether it belongs to a case or to a conversation; one more for a case."""
    largest = LARGEST_FILE + _FORM
    return [
        guard.page(console, "/files/{file}", show, Permission.SERVE),
        guard.action(console, "/files/{file}/remove", remove, Permission.SERVE),
        guard.action(console, "/cases/{number}/files", add, Permission.SERVE, largest=largest),
    ]


async def show(visit: Visit) -> Response:
    """The file; with `save` always as a download."""
    number = visit.number("file")
    found = await open_file(visit.console.tools, visit.staff, number) if number is not None else None
    if found is None or isinstance(found, Refused):
        raise Refusal(404, "没有这个文件，或者它不在您的范围里，或者已经移除了。")
    shown = found.media_type in _SHOWN and not visit.text("save")
    how = "inline" if shown else "attachment"
    headers = {
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return Response(found.data, media_type=found.media_type if shown else "application/octet-stream", headers=headers)


async def add(visit: Visit) -> Response:
    """Put a file to a case."""
    number, given = visit.number("number"), visit.form.get("file")
    if number is None:
        raise Refusal(404, back="/cases")
    if not isinstance(given, UploadFile) or not given.filename:
        return await page(visit, Failed("file", {}, "请先选一个文件。", _UNFIT))
    added = await add_file(visit.console.tools, visit.staff, number, given.filename, await given.read())
    if isinstance(added, Refused):
        if added.why is Why.NOT_FOUND:
            raise Refusal(404, back="/cases")
        return await page(visit, Failed("file", {}, added.words, _UNFIT))
    return visit.go(f"/cases/{number}", f"“{added.name}”放进工单了。")


async def remove(visit: Visit) -> Response:
    """Take a file away, for a reason."""
    number = visit.number("file")
    row = await visit.read(lambda c: attachments.read(c, number)) if number is not None else None
    back = f"/cases/{row.case_id}" if row is not None and row.case_id is not None else "/cases"
    refused = await remove_file(visit.console.tools, visit.staff, row.id, visit.text("reason")) if row else None
    if row is None or (refused is not None and refused.why is Why.NOT_FOUND):
        raise Refusal(404, "没有这个文件，或者它不在您的范围里，或者已经移除了。", back="/cases")
    if refused is not None:
        raise Refusal(403 if refused.why is Why.FORBIDDEN else _UNFIT, refused.words, title="没有移除", back=back)
    return visit.go(back, "文件移除了。")
