"""One API call as an endpoint sees it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .check import Inspector
from .model import App, Corp, JsonObject
from .state import State


@dataclass(frozen=True)
class FileAnswer:
    """Bytes instead of JSON (media/get)."""

    data: bytes
    headers: dict[str, str]
    status: int = 200


Answer = JsonObject | FileAnswer


@dataclass(frozen=True)
class Request:
    """What came over the wire, and the state to answer from."""

    state: State
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes
    body: JsonObject = field(default_factory=dict)

    @property
    def check(self) -> Inspector:
        """The inspector that writes this call's violations."""
        return Inspector(self.state, self.path)

    @property
    def now(self) -> float:
        """The moment of the call."""
        return self.state.clock.now()


@dataclass(frozen=True)
class AppRequest:
    """A call that carried a valid access_token of an app."""

    request: Request
    corp: Corp
    app: App

    @property
    def state(self) -> State:
        """The server's memory."""
        return self.request.state

    @property
    def body(self) -> JsonObject:
        """The JSON body."""
        return self.request.body

    @property
    def check(self) -> Inspector:
        """The inspector that writes this call's violations."""
        return self.request.check

    @property
    def now(self) -> float:
        """The moment of the call."""
        return self.request.now


OpenHandler = Callable[[Request], Answer]
"""An endpoint without access_token: gettoken and the group webhook."""
AppHandler = Callable[[AppRequest], Answer]
"""An endpoint that wants an access_token."""


def ok(**fields: object) -> JsonObject:
    """The JSON of success."""
    return {"errcode": 0, "errmsg": "ok", **fields}


def parse_body(raw: bytes) -> JsonObject | None:
    """The JSON object of a body; None if it is not one."""
    try:
        value = json.loads(raw.decode())
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
