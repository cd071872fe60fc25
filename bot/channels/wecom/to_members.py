"""What members get of the app: texts, cards, and what becomes of a card later (wecom.md 4.1 to 4.3)."""

from typing import Any

from bot.channels.base import Sent, TooLate, Unreachable
from bot.channels.wecom.cards import card, replaced
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.errors import CARD_GONE, TASK_REPEATED, CallFailed, delivery_error
from bot.channels.wecom.layout import lines
from bot.channels.wecom.members import member_id
from handlers.message import Reply
from storage.records import OutboxRow

DUPLICATE_SECONDS = 1800


class MemberSender:
    """Says one row of the outbox."""

    def __init__(self, client: WeComClient, agent_id: int) -> None:
        self._client = client
        self._agent_id = agent_id

    async def send(self, row: OutboxRow, reply: Reply) -> Sent:
        """A text or card, or a change of a card; WeCom drops a second try of the same row by itself (wecom.md 4.1).

        Raises:
            DeliveryError: by what is to be done about it.
        """
        try:
            return await (self._change(row, reply) if reply.updates else self._tell(row, reply))
        except CallFailed as error:
            raise delivery_error(error) from None

    async def _tell(self, row: OutboxRow, reply: Reply) -> Sent:
        message = {
            **_body(row, reply),
            "enable_duplicate_check": 1,
            "duplicate_check_interval": DUPLICATE_SECONDS,
        }
        try:
            answer = await self._client.ask(self._client.message.send, self._agent_id, row.chat.chat, msg=message)
        except CallFailed as error:
            if error.errcode == TASK_REPEATED and row.attempts > 1:
                return Sent()  # an earlier try brought the card; what could change it is lost
            raise
        if _names(answer.get("invaliduser"), row.chat.chat) or _names(answer.get("unlicenseduser"), row.chat.chat):
            raise Unreachable("WeCom: no such member in the app's range, or without a licence")
        return Sent(_text(answer, "msgid"), _text(answer, "response_code"))

    async def _change(self, row: OutboxRow, reply: Reply) -> Sent:
        body = {
            "userids": [row.chat.chat],
            "agentid": self._agent_id,
            "response_code": reply.updates,
            "button": replaced(reply),
        }
        try:
            answer = await self._client.ask(self._client.post, "message/update_template_card", data=body)
        except CallFailed as error:
            if error.errcode not in CARD_GONE:
                raise
            if row.attempts > 1:
                return Sent()  # an earlier try changed it: a code works once
            raise TooLate(f"the card cannot be changed any more: {error}") from None
        if _names(answer.get("invaliduser"), row.chat.chat):
            raise TooLate("the member has no such card")
        return Sent()


def _body(row: OutboxRow, reply: Reply) -> dict[str, Any]:
    if row.purpose == "alert" and (reply.buttons or reply.link):
        return {"msgtype": "template_card", "template_card": card(reply, row.key)}
    return {"msgtype": "text", "text": {"content": lines(reply, row.id)}}


def _names(listed: Any, userid: str) -> bool:
    """Whether a member is among those listed: joined by | or as a list, in lower case (wecom.md 10)."""
    names = listed.split("|") if isinstance(listed, str) else listed or ()
    return any(member_id(str(name)) == member_id(userid) for name in names)


def _text(answer: dict[str, Any], name: str) -> str | None:
    return str(answer[name]) if answer.get(name) else None
