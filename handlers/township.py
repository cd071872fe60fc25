"""Townships 乡镇街道: found in what people write; where their workstation is."""

import re
from collections.abc import Sequence
from dataclasses import replace

from handlers.answer import HUMAN
from handlers.message import Reply
from handlers.stations import station_text
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from knowledge.entry import Township
from knowledge.normalize import plain

_ASKS_FOR_STATION = re.compile(
    r"工作站|服务站|司法所|法律服务.{0,4}(在哪|哪里|电话|地址)|(在哪|哪里|电话|地址).{0,6}法律服务"
)


async def handle(turn: Turn) -> Handled:
    """A township was named alone or with the question where its workstation is."""
    if not turn.is_text:
        return UNHANDLED
    place = mentioned(turn.message.text, turn.office.knowledge.townships)
    if place is None:
        return UNHANDLED
    words = plain(turn.message.text)
    alone = words in {plain(name) for name in (place.name, *place.aliases)}
    if not alone and not _ASKS_FOR_STATION.search(words):
        return UNHANDLED
    reply = Reply(await station_text(turn, place), buttons=(HUMAN,))
    return Outcome(
        replies=(reply,),
        dialog=replace(turn.dialog, options=reply.buttons, greeted=True),
        township=place.name,
    )


def mentioned(text: str, townships: Sequence[Township]) -> Township | None:
    """The township that a text names, by the longest name in it; None if it names none."""
    found = [
        (len(name), -number, township)
        for number, township in enumerate(townships)
        for name in (township.name, *township.aliases)
        if name in text
    ]
    return max(found, key=lambda hit: hit[:2])[2] if found else None
