"""Whose a session of customer service is, and how it moves (wecom.md 6.5).

Moves have no idempotency key: one whose answer was lost is known again by the state that it led to. The one-shot code
that came with a move is kept while it lives, so that what is said with it can be tried again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.customer_service import BOT, OVER, POOL, SERVICER, Standing
from bot.channels.wecom.errors import NO_SUCH_MOVE, SESSION_OVER, WRONG_STATE, CallFailed
from storage.records import ConversationKey

TAKEN_SECONDS = 3600.0
MOST_KEPT = 10_000
CODE_LIFE = {POOL: timedelta(hours=48), SERVICER: timedelta(hours=48), OVER: timedelta(seconds=20)}


class Elsewhere(Exception):
    """The session does not go where it should: it stays as `standing` says."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(f"the session is in state {standing.state}")
        self.standing = standing


@dataclass(frozen=True, slots=True)
class _Code:
    value: str
    state: int
    until: datetime


class KfSessions:
    """The sessions of all accounts; each method raises CallFailed where the platform gives no sensible answer."""

    def __init__(self, client: WeComClient, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock
        self._taken: dict[ConversationKey, float] = {}
        self._codes: dict[ConversationKey, _Code] = {}

    async def standing(self, chat: ConversationKey) -> Standing:
        """Whose it is now."""
        found = await self._client.ask(self._client.kf.standing, chat.account, chat.chat)
        if found.state != BOT:
            self._taken.pop(chat, None)
        return found

    async def serve(self, chat: ConversationKey) -> Standing:
        """Before the first answer of a session, tell the platform that the bot serves it; only state 0 goes to 1."""
        if self._taken.get(chat, 0.0) > time.monotonic():
            return Standing(BOT)
        try:
            await self.reach(chat, BOT)
        except Elsewhere as error:
            return error.standing
        if len(self._taken) >= MOST_KEPT:
            self._taken.clear()
        self._taken[chat] = time.monotonic() + TAKEN_SECONDS
        return Standing(BOT)

    async def reach(self, chat: ConversationKey, state: int, servicer: str | None = None) -> str | None:
        """Bring the session into `state`, in which it may be already; the code with which to speak there, if any lives.

        Raises:
            Elsewhere: the platform does not allow it.
        """
        self._taken.pop(chat, None)
        try:
            code = await self._client.ask(self._client.kf.move, chat.account, chat.chat, state, servicer)
        except CallFailed as error:
            if error.errcode not in (NO_SUCH_MOVE, SESSION_OVER, WRONG_STATE):
                raise
            found = await self.standing(chat)
            if found.state != state or (servicer is not None and found.servicer != servicer):
                raise Elsewhere(found) from None
            return self.code(chat, state)
        if code is not None and state in CODE_LIFE:
            if len(self._codes) >= MOST_KEPT:
                self._codes.clear()
            self._codes[chat] = _Code(code, state, self._clock() + CODE_LIFE[state])
        return code

    def code(self, chat: ConversationKey, state: int) -> str | None:
        """The one-shot code of the last move into `state`, while it lives."""
        code = self._codes.get(chat)
        return code.value if code is not None and code.state == state and code.until > self._clock() else None
