"""The ASGI application: the Bot API, file downloads, and the control paths under /_peer/."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .api import BotApi
from .control import Control
from .state import State


def build_app(state: State, api: BotApi) -> Starlette:
    async def download(request: Request) -> Response:
        file = state.world.files.at_path(request.path_params["path"])
        if request.path_params["token"] != state.token or file is None:
            raise HTTPException(404)
        return Response(file.data, media_type="application/octet-stream")

    return Starlette(
        routes=[
            Route("/bot{token}/{method}", api.endpoint, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", download),
            *Control(state).routes,
        ],
        exception_handlers={HTTPException: _as_json},
    )


async def _as_json(request: Request, error: Exception) -> Response:
    code = error.status_code if isinstance(error, HTTPException) else 500
    text = error.detail if isinstance(error, HTTPException) else "Internal Server Error"
    return JSONResponse({"ok": False, "error_code": code, "description": text}, code)
