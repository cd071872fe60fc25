"""While a person holds the conversation the bot says nothing; only danger is answered before this is asked."""

from dataclasses import replace

from handlers.message import Kind
from handlers.turn import UNHANDLED, Handled, Outcome, Turn


async def keep_silent(turn: Turn) -> Handled:
    """Keep what was said, and leave the answer to the person."""
    if turn.conversation.holder != "person":
        return UNHANDLED
    return Outcome(replies=(), dialog=turn.dialog)


async def leave(turn: Turn) -> Handled:
    """The person left or blocked us: nothing is to be said."""
    if turn.message.kind is not Kind.LEAVE:
        return UNHANDLED
    return Outcome(replies=(), dialog=replace(turn.dialog, options=()))
