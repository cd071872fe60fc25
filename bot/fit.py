"""Making a reply fit into one message of a channel; what is left over waits for 更多."""

from collections.abc import Callable
from dataclasses import replace

from bot.text import cut, utf8
from handlers.answer import MORE
from handlers.message import Reply


def fit(reply: Reply, limit: int, length: Callable[[str], int] = utf8) -> Reply:
    """Cut the reply's text to `limit`, put the rest before its `more`, and offer 更多.

    Without a limit that leaves room for a sentence the text is kept as it is: the rest of the reply is then too long,
    which is a mistake of the handler and shows in the channel's tests.
    """
    head, rest = cut(reply.text, max(limit, 60), length)
    if not rest:
        return reply
    buttons = reply.buttons if MORE in reply.buttons else (MORE, *reply.buttons)
    more = f"{rest}\n{reply.more}" if reply.more else rest
    return replace(reply, text=head, buttons=buttons, more=more)
