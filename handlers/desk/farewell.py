"""The last words of a reception, with the question what it was worth where it may be asked."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from handlers.desk.tools import Tools
from handlers.desk.words import ENDED
from handlers.dialog import Dialog
from handlers.message import Reply
from handlers.rating import question
from storage import conversations, ratings
from storage.records import Conversation


def farewell(
    connection: Connection, tools: Tools, conversation: Conversation, closed: tuple[int, ...], now: datetime
) -> Reply:
    """What the resident hears when these handovers are closed; the bot remembers what the choices mean.

    To be called when the service record is settled and nobody holds the conversation any more.
    """
    # The end of a platform's session costs nothing of what may be said in it.
    free = tools.sessions_of(conversation.key.channel) is not None
    asked = bool(closed) and ratings.ask(connection, "handover", closed[-1], now, free=free)
    reply = question("handover", closed[-1], ENDED) if asked else Reply(ENDED, purpose="closing")
    dialog = replace(
        Dialog.from_json(conversation.dialog), handover="", failures=0, confirming="", options=reply.buttons
    )
    conversations.remember(connection, conversation.id, dialog.to_json())
    return reply
