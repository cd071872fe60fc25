"""A message of a member of staff: a tap on a card, a command, or words for the resident in focus.

It is asked before danger is looked for: what a member of staff writes to a resident is no cry for help of theirs.
Without anybody in hand they are people like all others, and the bot answers what they ask.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from handlers.desk.alerts import CLAIM
from handlers.desk.chat import ending, helping, seeing
from handlers.desk.chat.at_work import AtWork, at_work
from handlers.desk.chat.commands import Command, Verb, command
from handlers.desk.chat.group import in_group
from handlers.desk.chat.queue import queue
from handlers.desk.chat.taking import take
from handlers.desk.chat.talking import not_any_more, only_words, talk
from handlers.desk.staff import Permission, Staff
from handlers.desk.tools import Tools
from handlers.message import Kind, Reply
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from storage.desk_views import Reception

_OUT = "您的账号停用了，或者没有绑定到这里，这句没有发给居民。有疑问请找管理员。"
_NO_ACCOUNT = "您在这里没有可用的接待账号，接不了。请管理员在工作台的“账号”里绑定您。"
_NOBODY = "您手上没有在聊的人。发“待接”看等着的，发“我的接待”看手上的。"
_TAPS: dict[str, Callable[[AtWork, str], Awaitable[Outcome]]] = {
    seeing.SEE: seeing.see,
    ending.END: ending.end,
    ending.GIVE: ending.give,
    helping.CANNED: helping.preview,
    helping.SEND: helping.send,
}


async def handle(turn: Turn) -> Handled:
    """Do what a member of staff wants; UNHANDLED for all others, and where it is nothing for the desk."""
    tools = turn.office.tools
    if tools is None or turn.message.channel not in tools.staff_accounts:
        return UNHANDLED
    staff = await turn.office.staff(turn.message.channel, turn.message.sender)
    handled = await _asked(turn, tools, staff)
    return handled if handled is UNHANDLED else replace(handled, at_work=True)


async def _asked(turn: Turn, tools: Tools, staff: Staff | None) -> Handled:
    if turn.message.group:
        return await in_group(turn, tools, staff)
    if staff is None or not staff.may(Permission.SERVE):
        return _not_staff(turn)
    return await _of_staff(turn, tools, staff)


async def _of_staff(turn: Turn, tools: Tools, staff: Staff) -> Handled:
    payload = turn.message.payload
    at = await at_work(turn, tools, staff)
    if payload.startswith(CLAIM):
        taken = await take(tools, staff, turn.message.channel, payload)
        return at.taken(taken) if taken.conversation_id else _with_card(turn, at.tell(taken.reply))
    tap = next((act for prefix, act in _TAPS.items() if payload.startswith(prefix)), None)
    if tap is not None:
        return await tap(at, payload)
    if turn.message.kind is Kind.LEAVE or (turn.message.kind is Kind.BUTTON and not turn.message.text):
        return UNHANDLED
    if turn.message.kind is Kind.ENTER:
        # A member's app tells each time that it is opened.
        return Outcome(replies=(), dialog=at.remember()) if at.hand else UNHANDLED
    return await _written(at)


async def _written(at: AtWork) -> Handled:
    """Words, or a picture or place in their stead."""
    found = command(at.turn.message.text)
    if found is not None:
        done = await _obeyed(at, found)
        if done is not None:
            return done
    if at.lost:
        return not_any_more(at)
    if at.focus is None:
        return UNHANDLED
    return only_words(at) or await talk(at, at.turn.message.text)


async def _obeyed(at: AtWork, found: Command) -> Outcome | None:
    """What the command does; None where it needs somebody in focus and may as well be a question to the bot."""
    if found.verb is Verb.QUEUE:
        return await queue(at)
    if found.verb is Verb.MINE:
        return await seeing.mine(at)
    if found.verb is Verb.HELP:
        return helping.show(at)
    if found.verb is Verb.SEE:
        return await seeing.see(at, found.about) if at.hand or at.others else None
    if at.focus is None:
        return at.answer(_NOBODY) if not found.about and not at.lost else None
    return await _about_focus(at, at.focus, found)


async def _about_focus(at: AtWork, one: Reception, found: Command) -> Outcome:
    if found.verb is Verb.END:
        return ending.ask_outcome(at, one)
    if found.verb is Verb.BACK:
        return await ending.back(at, one)
    if found.verb is Verb.HAND_ON:
        return await ending.hand_over(at, one, found.about)
    if found.verb is Verb.NOTE:
        return await helping.write_note(at, one, found.about)
    if found.verb is Verb.CANNED:
        return await helping.choose(at, found.about)
    return await talk(at, found.about)


def _not_staff(turn: Turn) -> Handled:
    """Somebody without an account that may serve, perhaps since a moment ago."""
    if turn.message.payload.startswith(CLAIM):
        return _with_card(turn, Outcome(replies=(Reply(_NO_ACCOUNT),), dialog=turn.dialog))
    if not turn.dialog.focus:
        return UNHANDLED
    return Outcome(replies=(Reply(_OUT),), dialog=replace(turn.dialog, options=(), focus=0, focus_since=0.0))


def _with_card(turn: Turn, outcome: Outcome) -> Outcome:
    """The claim came to nothing: where the platform gave a right to change the tapped card, the card says so too."""
    if not turn.message.reply_token:
        return outcome
    (reply,) = outcome.replies
    card = Reply(reply.text, updates=turn.message.reply_token, purpose="alert")
    return replace(outcome, replies=(card, reply))
