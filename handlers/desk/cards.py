"""Cards that staff got about a handover: changed for everybody once somebody has taken it."""

from collections.abc import Sequence

from sqlalchemy import Connection

from handlers.desk.drafts import to_staff
from handlers.desk.tools import Tools
from handlers.message import Reply
from storage import cards, conversations


def settle_cards(connection: Connection, tools: Tools, handovers: Sequence[int], words: str) -> None:
    """Put `words` in place of the buttons of every card about these handovers.

    What is still to be sent is dropped: nobody needs to be called any more.
    """
    now = tools.clock()
    cards.withdraw(connection, handovers, now)
    for card in cards.about(connection, handovers):
        reply = Reply(words, title=card.number, updates=card.update_code, purpose="alert")
        for message in to_staff(tools, [card.key], reply, "card", card.row_id, words, kind=card.kind):
            conversations.tell_staff(connection, message, now)
