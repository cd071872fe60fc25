"""Replies and cards to chats, each chat at the pace that Telegram allows it.

Telegram has no idempotency key: a reply whose fate is unknown is sent again.
"""

import asyncio
import time

from telegram import LinkPreviewOptions, MessageEntity
from telegram.error import TelegramError

from bot.channels.base import Sent, TooLate, TryLater
from bot.channels.telegram.api import Api
from bot.channels.telegram.errors import change_error, delivery_error
from bot.channels.telegram.layout import compose, keyboard
from bot.channels.telegram.pace import Pace
from bot.text import utf16
from handlers.message import Reply

# Longer waits go back to the outbox, which sends to others meanwhile.
PATIENCE = 1.5
_PLAIN = LinkPreviewOptions(is_disabled=True)


class Sending:
    """Sends and changes messages of one bot."""

    def __init__(self, api: Api) -> None:
        self._bot = api.bot
        self._pace = Pace()

    async def send(self, chat: str, reply: Reply) -> Sent:
        """Send a message, title in bold, choices as an inline keyboard; or change the card that the reply names.

        Raises:
            DeliveryError: as Telegram's answers tell: 429, 403, 400, or no answer at all.
        """
        wait = self._pace.reserve(chat, time.monotonic(), PATIENCE)
        if wait > PATIENCE:
            raise TryLater("this chat is written to as fast as Telegram allows", wait)
        await asyncio.sleep(wait)
        if reply.updates:
            return await self._change(chat, reply)
        try:
            sent = await self._bot.send_message(
                chat, compose(reply), entities=_bold(reply), reply_markup=keyboard(reply), link_preview_options=_PLAIN
            )
        except TelegramError as error:
            raise delivery_error(error) from error
        return Sent(str(sent.message_id), update_code=str(sent.message_id))

    async def _change(self, chat: str, reply: Reply) -> Sent:
        """Without a keyboard in the call the message loses the one it has: nobody can tap it any more."""
        if not reply.updates.isdigit():
            raise TooLate("this is no message of ours")
        try:
            await self._bot.edit_message_text(
                compose(reply),
                chat,
                int(reply.updates),
                entities=_bold(reply),
                reply_markup=keyboard(reply),
                link_preview_options=_PLAIN,
            )
        except TelegramError as error:
            problem = change_error(error)
            if problem is not None:
                raise problem from error
        return Sent(reply.updates, update_code=reply.updates)


def _bold(reply: Reply) -> list[MessageEntity] | None:
    return [MessageEntity("bold", 0, utf16(reply.title))] if reply.title else None
