"""What is said to a resident of customer service, and how, by what it is said for (wecom.md 6.3 to 6.5).

Two ways lead to a resident: kf/send_msg, while the session is nobody's or the bot's, within 48 hours and 5 messages;
and a one-shot code, which comes with a move of the session and costs nothing of the five.
"""

import logging
from dataclasses import replace

from bot.channels.base import DeliveryError, HeldByPerson, Refused, Sent, TooLate
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.customer_service import BOT, NOT_YET, OVER, POOL, SERVICER, Standing
from bot.channels.wecom.duty import Duty
from bot.channels.wecom.errors import (
    CODE_GONE,
    NOT_A_SERVICER,
    OFF_DUTY,
    REPEATED,
    WRONG_STATE,
    CallFailed,
    delivery_error,
)
from bot.channels.wecom.layout import menu
from bot.channels.wecom.members import SOMEBODY
from bot.channels.wecom.sessions import Elsewhere, KfSessions
from handlers.message import Reply
from storage.records import ConversationKey, OutboxRow

_OURS = (NOT_YET, BOT)
_ROOM = 2  # messages that the window must still have for what is no answer: the last one is left to an answer
_log = logging.getLogger(__name__)


class KfSender:
    """Says one row of the outbox."""

    def __init__(self, client: WeComClient, sessions: KfSessions, duty: Duty) -> None:
        self._client = client
        self._sessions = sessions
        self._duty = duty
        self._by_purpose = {
            "handover": self._handover,
            "waiting": self._waiting,
            "closing": self._closing,
            "urgent": self._urgent,
        }

    async def send(self, row: OutboxRow, reply: Reply) -> Sent:
        """Send under the row's key, which makes a second try harmless.

        Raises:
            DeliveryError: by what is to be done about it.
        """
        try:
            return await self._send(row, reply)
        except Refused as error:
            # Nobody waits for these: that they cannot be said any more is nothing to look into.
            if row.purpose in ("waiting", "closing"):
                raise TooLate(str(error)) from None
            raise

    async def _send(self, row: OutboxRow, reply: Reply) -> Sent:
        try:
            if row.reply_token is not None:
                return await self._with_code(row, reply, row.reply_token)
            return await self._by_purpose.get(row.purpose, self._plain)(row, reply)
        except Elsewhere as error:
            raise _held(error.standing) from None
        except CallFailed as error:
            raise delivery_error(error) from None

    async def _handover(self, row: OutboxRow, reply: Reply) -> Sent:
        """Into the pool, where a servicer is there to see it; else the desk's own queue is all there is."""
        if not await self._on_duty(row.chat):
            return await self._plain(row, reply)
        try:
            code = await self._sessions.reach(row.chat, POOL)
        except Elsewhere as error:
            if error.standing.state not in _OURS:
                raise
            return await self._plain(row, reply)
        if code is not None:
            return await self._with_code(row, replace(reply, buttons=()), code)
        if row.attempts > 1:
            return Sent(row.key, spent=False)  # an earlier try moved it; in the pool nothing more can be said
        raise HeldByPerson("the session waits in the pool already", None)

    async def _waiting(self, row: OutboxRow, reply: Reply) -> Sent:
        """Nobody took the resident from the pool: a servicer gets them, or they hear it and have the bot back."""
        found = await self._sessions.standing(row.chat)
        if found.state == SERVICER:
            return Sent(holder=found.servicer or SOMEBODY, spent=False)
        if found.state == POOL and (assigned := await self._assign(row.chat)):
            return assigned
        if found.state in (POOL, OVER):
            return await self._end_and_say(row, reply)
        return await self._plain_with_room(row, reply)

    async def _assign(self, chat: ConversationKey) -> Sent | None:
        """Give the resident to the servicer on duty who has the fewest; None where nobody can be given them."""
        for member in await self._on_duty(chat):
            try:
                code = await self._sessions.reach(chat, SERVICER, member)
            except Elsewhere as error:
                if error.standing.state != POOL:
                    raise
            except CallFailed as error:
                if error.errcode != OFF_DUTY and error.errcode not in NOT_A_SERVICER:
                    raise
                self._duty.heard(chat.account, member, on=False)
            else:
                return Sent(holder=member, holder_code=code, spent=False)
        return None

    async def _closing(self, row: OutboxRow, reply: Reply) -> Sent:
        """While the session is the bot's it goes on: ending it would cut off what the resident writes meanwhile."""
        found = await self._sessions.standing(row.chat)
        if found.state in _OURS and (row.window_left is None or row.window_left >= _ROOM):
            return await self._plain(row, reply)
        try:
            return await self._end_and_say(row, reply)
        except Elsewhere as error:
            if error.standing.state in _OURS:
                raise TooLate("window: its last message is left to an answer") from None
            raise

    async def _urgent(self, row: OutboxRow, reply: Reply) -> Sent:
        """Danger does not wait in a pool where nobody may speak."""
        try:
            return await self._plain(row, reply)
        except Elsewhere as error:
            ended = error.standing.state == OVER and self._sessions.code(row.chat, OVER) is not None
            if error.standing.state != POOL and not ended:
                raise
        return await self._end_and_say(row, reply)

    async def _end_and_say(self, row: OutboxRow, reply: Reply) -> Sent:
        """A session that an earlier try of ours ended has its code still, for as long as it lives."""
        code = await self._sessions.reach(row.chat, OVER)
        if code is None:
            raise Elsewhere(Standing(OVER))
        return await self._with_code(row, reply, code)

    async def _plain_with_room(self, row: OutboxRow, reply: Reply) -> Sent:
        if row.window_left is not None and row.window_left < _ROOM:
            raise TooLate("window: its last message is left to an answer")
        return await self._plain(row, reply)

    async def _plain(self, row: OutboxRow, reply: Reply) -> Sent:
        """By kf/send_msg.

        Raises:
            Elsewhere: the session is not the bot's.
        """
        try:
            found = await self._sessions.serve(row.chat)
        except CallFailed as error:
            # It may be said all the same: the bot may speak in state 0 too.
            _log.info("a session could not be moved to the bot: %s", error)
        else:
            if found.state in (POOL, SERVICER, OVER):
                raise Elsewhere(found)
        if row.silent:
            return Sent(spent=False)
        body = {"touser": row.chat.chat, "open_kfid": row.chat.account, "msgid": row.key, **menu(reply)}
        try:
            answer = await self._client.ask(self._client.kf.send_msg, body)
        except CallFailed as error:
            if error.errcode == REPEATED:
                return Sent(row.key)
            if error.errcode == WRONG_STATE:
                # 95018 means several things; the state tells which (wecom.md 6.7).
                raise Elsewhere(await self._sessions.standing(row.chat)) from None
            raise
        return Sent(str(answer.get("msgid") or row.key))

    async def _with_code(self, row: OutboxRow, reply: Reply, code: str) -> Sent:
        """By kf/send_msg_on_event. A code that is gone at a later try was used by the one whose answer was lost."""
        if row.silent:
            return Sent(spent=False)
        body = {"code": code, "msgid": row.key, **menu(reply)}
        try:
            await self._client.ask(self._client.kf.send_msg_on_event, body)
        except CallFailed as error:
            if error.errcode == WRONG_STATE or (error.errcode in CODE_GONE and row.attempts == 1):
                raise TooLate(str(error)) from None
            if error.errcode != REPEATED and error.errcode not in CODE_GONE:
                raise
        return Sent(row.key, spent=False)

    async def _on_duty(self, chat: ConversationKey) -> list[str]:
        try:
            return await self._duty.on_duty(chat.account)
        except CallFailed as error:
            _log.warning("who is on duty in customer service is not known: %s", error)
            return []


def _held(found: Standing) -> DeliveryError:
    """Why nothing can be said in this state."""
    if found.state == POOL:
        return HeldByPerson("the session waits in the pool", None)
    if found.state == SERVICER:
        return HeldByPerson("a servicer has the session", found.servicer or SOMEBODY)
    if found.state == OVER:
        return Refused("window: the session is over")
    if found.state in _OURS:
        return Refused("window: 48 hours are over")
    return delivery_error(CallFailed(WRONG_STATE, f"the session is in state {found.state}"))
