"""What staff do in a conversation: take it, say something, note something, hand it on, end it."""

import hashlib
import secrets

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.console import Console
from bot.console.refusal import Refusal
from bot.console.settled import for_script, settled
from bot.console.visit import Visit
from handlers.desk.accounts import staff_of
from handlers.desk.claim import claim, give_back, hand_on
from handlers.desk.close import Closing, close
from handlers.desk.notes import LONGEST as LONGEST_NOTE
from handlers.desk.notes import note
from handlers.desk.protect import protect
from handlers.desk.recall import recall
from handlers.desk.refused import Refused
from handlers.desk.say import SaidIt, say
from handlers.desk.staff import Permission
from storage import accounts

_LONGEST = 4000
_LONGEST_ACT = 64


def routes(console: Console) -> list[BaseRoute]:
    """One address for each act."""
    acts = {
        "claim": take,
        "say": speak,
        "note": write_note,
        "give-back": let_go,
        "hand-on": pass_on,
        "close": end,
        "safe-mode": set_safe_mode,
    }
    here = "/conversations/{conversation}"
    found = [guard.action(console, f"{here}/{name}", act, Permission.SERVE) for name, act in acts.items()]
    return [*found, guard.action(console, f"{here}/recall", take_back, Permission.DIRECT)]


async def take(visit: Visit) -> Response:
    """Take it, or step in; who was too late hears whose it is."""
    number = _number(visit)
    taken = await claim(visit.console.tools, visit.staff, number)
    if isinstance(taken, Refused):
        return settled(visit, taken, back=_page(number))
    return settled(visit, None, taken.words, back=_page(number))


async def speak(visit: Visit) -> Response:
    """Say it to the resident; the same words of a form twice are said once, others of it are others.

    A script hears what is left, and the name of its next act.
    """
    number = _number(visit)
    text, act = visit.text("text", _LONGEST), visit.text("act", _LONGEST_ACT) or secrets.token_hex(8)
    name = f"{act}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    said = await say(visit.console.tools, visit.staff, number, text, name)
    if not isinstance(said, SaidIt):
        return settled(visit, said, back=_page(number))
    if for_script(visit):
        return JSONResponse({"budget": said.budget.words(visit.now), "act": secrets.token_hex(8)})
    return visit.go(f"{_page(number)}#talk-end")


async def write_note(visit: Visit) -> Response:
    """For colleagues; the resident never sees it."""
    number = _number(visit)
    refused = await note(visit.console.tools, visit.staff, number, visit.text("text", LONGEST_NOTE + 1))
    return settled(visit, refused, "备注写好了，只有工作人员看得到。", back=_page(number))


async def let_go(visit: Visit) -> Response:
    """Back into the queue."""
    number = _number(visit)
    given = await give_back(visit.console.tools, visit.staff, number)
    refused = given if isinstance(given, Refused) else None
    return settled(visit, refused, "放回队列了，已经告诉对方会有别的同事接着办。", back=_page(number), to="/queue")


async def pass_on(visit: Visit) -> Response:
    """To a colleague."""
    number, to = _number(visit), visit.number("to") or 0
    account = await visit.read(lambda c: accounts.active(c, to))
    if account is None:
        raise Refusal(422, "请选一位同事；账号停用了的不能选。", title="还差一点", back=_page(number))
    given = await hand_on(visit.console.tools, visit.staff, number, staff_of(account))
    refused = given if isinstance(given, Refused) else None
    mine = account.id == visit.staff.id
    words = "转到您手上了。" if mine else f"转给 {account.name} 了，已经告诉对方。"
    return settled(visit, refused, words, back=_page(number), to=_page(number) if mine else "/")


async def take_back(visit: Visit) -> Response:
    """A supervisor puts it back into the queue."""
    number = _number(visit)
    found = await recall(visit.console.tools, visit.staff, number)
    refused = found if isinstance(found, Refused) else None
    return settled(visit, refused, "收回来了，放进了队列，已经告诉原来的同事。", back=_page(number))


async def end(visit: Visit) -> Response:
    """It is over: outcome, topic, township and the gist of the answer are on record."""
    number = _number(visit)
    closed = await close(visit.console.tools, visit.staff, number, closing_of(visit))
    if isinstance(closed, Refused):
        return settled(visit, closed, back=_page(number))
    return settled(visit, None, f"办结了，咨询编号 {closed.number}。", back=_page(number), to="/")


async def set_safe_mode(visit: Visit) -> Response:
    """Set or end the safe mode."""
    number, on = _number(visit), visit.text("on") == "1"
    refused = await protect(visit.console.tools, visit.staff, number, on)
    words = "安全模式开了：不主动发消息，列表里不显示内容和地方。" if on else "安全模式关了。"
    return settled(visit, refused, words, back=_page(number))


def closing_of(visit: Visit) -> Closing:
    """What the form of an outcome says."""
    return Closing(
        outcome=visit.text("outcome", 32),
        answer=visit.text("answer", _LONGEST),
        topic=visit.text("topic", 64),
        township=visit.text("township", 32),
    )


def _number(visit: Visit) -> int:
    return visit.number("conversation") or 0


def _page(number: int) -> str:
    return f"/conversations/{number}"
