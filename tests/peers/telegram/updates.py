"""The queue of updates: numbering, confirmation by offset, long polling."""

import asyncio
import copy
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import OTHER_POLLER, ApiError

Json = dict[str, Any]

ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}
KINDS = ON_REQUEST | {
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "callback_query",
    "inline_query",
    "my_chat_member",
    "chat_join_request",
    "poll",
    "poll_answer",
}
_FIRST_ID = 870_000_001


@dataclass(eq=False)
class Pending:
    """An update on its way. ``once``: a duplicate, which no offset confirms and which is handed out one time."""

    update: Json
    once: bool = False

    @property
    def update_id(self) -> int:
        return int(self.update["update_id"])

    @property
    def chat_id(self) -> int:
        """The conversation to which the update belongs; 0 when it names none."""
        for body in self.update.values():
            if isinstance(body, dict):
                message = body.get("message", body)
                chat = message.get("chat") if isinstance(message, dict) else None
                if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                    return int(chat["id"])
        return 0


class UpdateQueue:
    """Updates in their order until the bot has confirmed them."""

    def __init__(self) -> None:
        self.pending: list[Pending] = []
        self.allowed: set[str] | None = None
        self.on_new: Callable[[], None] = lambda: None
        self._ids = itertools.count(_FIRST_ID)
        self._history: dict[int, Json] = {}
        self._poller: asyncio.Future[None] | None = None

    def allow(self, kinds: list[str] | None) -> None:
        """``allowed_updates``: None leaves the setting alone, an empty list restores the default."""
        if kinds is not None:
            self.allowed = KINDS & set(kinds) or None

    @property
    def accepted(self) -> set[str]:
        return self.allowed if self.allowed is not None else KINDS - ON_REQUEST

    def add(self, kind: str, body: Json) -> Json:
        """A new update; it is lost, as in reality, when the bot has not asked for its kind."""
        return self._append({kind: body}, wanted=kind in self.accepted)

    def add_raw(self, body: Json) -> Json:
        """An update whose body nobody has checked."""
        return self._append(body, wanted=True)

    def _append(self, body: Json, *, wanted: bool) -> Json:
        # A copy: a message that is edited later must not change the update that announced it.
        update = {"update_id": next(self._ids)} | copy.deepcopy(body)
        self._history[update["update_id"]] = update
        if wanted:
            self.pending.append(Pending(update))
            self._wake()
        return copy.deepcopy(update)

    def repeat(self, update_id: int) -> None:
        """Hand out the same update once more, confirmed or not."""
        self.pending.append(Pending(self._history[update_id], once=True))
        self._wake()

    def clear(self) -> None:
        self.pending.clear()

    def done(self, item: Pending) -> None:
        if item in self.pending:
            self.pending.remove(item)

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Json]:
        self._confirm(offset)
        batch = self._take(limit)
        if batch or not timeout:
            return batch
        self.interrupt(ApiError(409, OTHER_POLLER))
        waiting = self._poller = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await waiting
        except TimeoutError:
            return []
        finally:
            if self._poller is waiting:
                self._poller = None
        return self._take(limit)

    def interrupt(self, reason: ApiError | None = None) -> None:
        """End the waiting long poll: with an error, or with what there is."""
        if self._poller is not None and not self._poller.done():
            if reason is None:
                self._poller.set_result(None)
            else:
                self._poller.set_exception(reason)

    def _wake(self) -> None:
        self.interrupt()
        self.on_new()

    def _confirm(self, offset: int) -> None:
        if offset < 0:  # counted from the end; what lies before it is forgotten
            ids = [item.update_id for item in self.pending]
            offset = max(ids) + 1 + offset if ids else 0
        self.pending = [item for item in self.pending if item.once or item.update_id >= offset]

    def _take(self, limit: int) -> list[Json]:
        batch = self.pending[:limit]
        self.pending = [item for item in self.pending if not (item.once and item in batch)]
        return [item.update for item in batch]
