"""While a person holds the conversation the bot says nothing; only danger is answered before this is asked."""

from dataclasses import replace

from handlers.desk.relay import relayed
from handlers.message import Kind
from handlers.turn import UNHANDLED, Handled, Outcome, Turn


async def keep_silent(turn: Turn) -> Handled:
    """Keep what was said, and leave the answer to the person; one who works from a chat gets it there."""
    if turn.conversation.holder != "person":
        return UNHANDLED
    return Outcome(replies=(), dialog=turn.dialog, to_staff=await relayed(turn))


async def leave(turn: Turn) -> Handled:
    """The person left or blocked us: nothing is to be said, but whoever serves them should know."""
    if turn.message.kind is not Kind.LEAVE:
        return UNHANDLED
    told = await relayed(turn) if turn.conversation.holder == "person" else ()
    return Outcome(replies=(), dialog=replace(turn.dialog, options=()), to_staff=told)
