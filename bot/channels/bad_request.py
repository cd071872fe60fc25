"""What a client of `/api/v1` did wrong."""

from collections.abc import Mapping

from starlette.responses import JSONResponse


class BadRequest(Exception):
    """What a client did wrong, with the status, a code for programs and a sentence for people."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.response = JSONResponse(
            {"error": {"code": code, "message": message}}, status_code=status, headers=dict(headers or {})
        )
