"""The arguments of one call, however they came: query, form, JSON or multipart."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from .errors import bad_request


@dataclass(frozen=True)
class Upload:
    """A file sent with the call."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Arguments:
    """Texts by name, as the real server sees them, and the uploaded files."""

    values: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def integer(self, name: str, default: int = 0) -> int:
        """The leading digits; anything else counts as zero, as in the real server."""
        value = self.text(name)
        if not value:
            return default
        digits = re.match(r"-?\d+", value)
        return int(digits.group()) if digits else 0

    def clamped(self, name: str, default: int, least: int, most: int) -> int:
        return max(least, min(most, self.integer(name, default)))

    def flag(self, name: str) -> bool:
        return self.text(name).strip().lower() in {"true", "yes", "1"}

    def decoded(self, name: str, what: str) -> Any:
        """A JSON argument, or None when it is absent."""
        value = self.text(name)
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {what} JSON object") from None

    @property
    def chat_id(self) -> int | None:
        value = self.text("chat_id")
        return int(value) if re.fullmatch(r"-?\d+", value) else None

    def readable(self) -> dict[str, Any]:
        """The same for people: objects decoded, identifiers as numbers."""
        return {name: _readable(name, value) for name, value in self.values.items()}


def _readable(name: str, value: str) -> Any:
    if value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    if name in {"chat_id", "message_id", "offset", "limit", "timeout"} and re.fullmatch(r"-?\d+", value):
        return int(value)
    return value


def from_json(values: dict[str, Any]) -> Arguments:
    """Arguments out of a JSON object: what is no text becomes the text a form would have carried."""
    return Arguments({name: _as_text(value) for name, value in values.items() if value is not None})


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


async def read_arguments(request: Request) -> Arguments:
    """Query parameters, overlaid by the body."""
    values = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        values |= from_json(await _json_object(request)).values
    elif kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        async with request.form() as form:
            for name, item in form.multi_items():
                if isinstance(item, UploadFile):
                    mime = item.content_type or "application/octet-stream"
                    uploads[name] = Upload(item.filename or "", mime, await item.read())
                else:
                    values[name] = item
    return Arguments(values, uploads)


async def _json_object(request: Request) -> dict[str, Any]:
    body = await request.body()
    if not body:
        return {}
    try:
        values = json.loads(body)
    except ValueError:
        raise bad_request("can't parse request JSON object") from None
    if not isinstance(values, dict):
        raise bad_request("object expected as request body")
    return values
