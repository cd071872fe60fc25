"""What cannot be shown or done, told in words: one exception for all pages, and what becomes of it."""

import logging
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.console.console import Console
from bot.console.visit import Guest
from bot.faults import told
from storage.errors import StorageError

_log = logging.getLogger(__name__)
_WORDS = {
    401: ("请重新登录", "登录已经过期，刚才填的内容没有保存。"),
    403: ("没有权限", "您的角色不能做这件事。需要的话，请找管理员。"),
    404: ("没有找到", "没有这个页面，或者它不在您的范围里。"),
    405: ("不能这样访问", "请从页面上的按钮操作。"),
    409: ("刚才已经变了", "这件事刚刚被别人改过，请刷新看看现在的情况。"),
    422: ("没有保存", "填的内容不对，请返回改一下。"),
    413: ("内容太大", "一次提交的内容太大，请减少文字或换小一点的文件。"),
    503: ("现在有点忙", "没有保存成功，请过一会儿再试一次。"),
}
_FAILED = ("出了点问题", "没有保存成功，请稍后再试；一直这样就告诉管理员。")


class Refusal(Exception):
    """Ends a request with a page that says why; `text` replaces the usual words of this status.

    `back` is where the button on that page leads.
    """

    def __init__(self, status: int, text: str = "", *, title: str = "", back: str = "") -> None:
        super().__init__(status)
        self.status = status
        self.text = text
        self.title = title
        self.back = back


def handlers(console: Console) -> dict[Any, Any]:
    """Starlette's table of exceptions and their handlers."""

    async def refused(request: Request, error: Exception) -> Response:
        if isinstance(error, Refusal):
            return _answer(console, request, error.status, error.title, error.text, error.back)
        return _answer(console, request, error.status_code if isinstance(error, HTTPException) else 500)

    async def unavailable(request: Request, error: Exception) -> Response:
        _log.error("%s cannot be served: %s", request.url.path, told(error))
        answer = _answer(console, request, 503)
        answer.headers["Retry-After"] = "5"
        return answer

    async def failed(request: Request, _: Exception) -> Response:
        return _answer(console, request, 500)

    return {
        Refusal: refused,
        HTTPException: refused,
        StorageError: unavailable,
        SQLAlchemyError: unavailable,
        Exception: failed,
    }


def _answer(
    console: Console, request: Request, status: int, title: str = "", text: str = "", back: str = ""
) -> Response:
    usual_title, usual_text = _WORDS.get(status, _FAILED)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"error": text or usual_text}, status_code=status)
    guest = getattr(request.state, "visit", None) or Guest(console, request)
    return guest.render("refusal.html", status, title=title or usual_title, text=text or usual_text, back=back)
