"""接待: take a conversation, alone; hand it on; give it back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from handlers.desk import conflict
from handlers.desk.cards import settle_cards
from handlers.desk.drafts import chats_of, to_resident, to_staff
from handlers.desk.platform import Moved, hand_over
from handlers.desk.refused import NOT_FOUND, NOT_YOURS, Refused, Why
from handlers.desk.staff import Permission, Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from handlers.desk.words import GIVEN_BACK, greeting
from handlers.message import Reply
from storage import conversations, desk, desk_clocks
from storage.records import Conversation

CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class Claimed:
    """The conversation is this member's. `fresh` is False where it was before; `words` are what they should know.

    `in_client`: they answer in the platform's own client, not here. `warning` tells of the other side of the same
    quarrel in the same hands, "" where there is none.
    """

    conversation: Conversation
    fresh: bool
    in_client: bool
    words: str
    warning: str = ""


async def claim(tools: Tools, staff: Staff, conversation_id: int, via: str = CONSOLE) -> Claimed | Refused:
    """Take a conversation that nobody holds, whether somebody was asked for or not.

    `via` is where the member works: "console", or the channel of their chat. On a platform with sessions of its own
    the resident is handed to them in the platform's client where they serve there.
    """
    bid = _Bid(tools, staff, conversation_id, via)
    taken = await tools.database.write_batch(_take_all, bid)
    if taken is None:
        return NOT_FOUND
    if not taken.won:
        return Refused(Why.TAKEN, f"{taken.conversation.holder_name or '同事'} 正在接待，不用重复接。")
    if not taken.fresh:
        return await _go_on(tools, staff, taken.conversation, via)
    moved = await hand_over(tools, staff, taken.conversation)
    if isinstance(moved, Refused):
        await tools.database.write(lambda c: desk.give_back(c, conversation_id, staff.id, tools.clock()))
        tools.changed()
        return moved
    if bid.asks_platform(taken.conversation):
        await tools.database.write(lambda c: _introduce(c, bid, taken, moved))
    _tell(tools, taken.conversation)
    warned = conflict.warning(await conflict.find(tools, staff.id, conversation_id=conversation_id))
    return Claimed(taken.conversation, fresh=True, in_client=moved.in_client, words=moved.words, warning=warned)


async def give_back(tools: Tools, staff: Staff, conversation_id: int) -> Conversation | Refused:
    """Back into the queue; the resident is told that somebody else will come."""
    found = await visible(tools, staff, conversation_id)
    if isinstance(found, Refused):
        return found

    def work(connection: Connection) -> bool:
        now = tools.clock()
        waiting = desk.give_back(connection, conversation_id, staff.id, now)
        if not waiting:
            return False
        reply = Reply(GIVEN_BACK, purpose="closing")
        draft = to_resident(tools, found, reply, "given back", waiting[-1], now.timestamp())
        conversations.speak(connection, found, draft, now)
        desk_clocks.note_told(connection, conversation_id, now)
        noted(connection, tools, staff, "conversation.give_back", f"conversation:{conversation_id}")
        return True

    if not await tools.database.write(work):
        return NOT_YOURS
    _tell(tools, found)
    return found


async def hand_on(tools: Tools, staff: Staff, conversation_id: int, to: Staff) -> Conversation | Refused:
    """To a colleague, by the holder or by a supervisor. The colleague has to be one who may see it."""
    found = await visible(tools, staff, conversation_id)
    if isinstance(found, Refused):
        return found
    refused = _may_not_hand_on(staff, found, to)
    if refused is not None:
        return refused
    moved = await hand_over(tools, to, found, transfer=True)
    if isinstance(moved, Refused):
        return Refused(moved.why, f"转不过去，{to.name} 那边：{moved.words}")

    def work(connection: Connection) -> bool:
        now = tools.clock()
        holder = desk.Holder(to.id, to.name, desk.IN_CLIENT if moved.in_client else CONSOLE)
        if not desk.hand_on(connection, conversation_id, found.holder_id, holder, now):
            return False
        if not moved.in_client:
            draft = to_resident(tools, found, greeting(tools, to), "handed on", to.id, now.timestamp())
            conversations.speak(connection, found, draft, now)
        text = f"{staff.name} 把一件接待转给您。到工作台接着办，或者在这里发“我的接待”。"
        link = f"{tools.public_url}/console/conversations/{conversation_id}" if tools.public_url else ""
        card = Reply(text, link=link, purpose="alert")
        for message in to_staff(tools, chats_of(tools, to), card, "handed on", conversation_id, now.timestamp()):
            conversations.tell_staff(connection, message, now)
        noted(connection, tools, staff, "conversation.hand_on", f"conversation:{conversation_id}", to=to.id)
        return True

    if not await tools.database.write(work):
        return NOT_YOURS
    _tell(tools, found)
    return found


async def visible(tools: Tools, staff: Staff, conversation_id: int) -> Conversation | Refused:
    """The conversation if it is in this member's scope or hands; the same word for all others."""
    found = await tools.database.read(lambda c: conversations.read_by_id(c, conversation_id))
    if found is None or found.kind != "resident" or not staff.may_see_conversation(found.township, found.holder_id):
        return NOT_FOUND
    return found


@dataclass(frozen=True, slots=True)
class _Bid:
    """One member who wants the conversation."""

    tools: Tools
    staff: Staff
    conversation_id: int
    via: str

    def asks_platform(self, conversation: Conversation) -> bool:
        """Whether the claim is only good when the conversation's platform has moved its own session."""
        return self.tools.sessions_of(conversation.key.channel) is not None


def _take_all(connection: Connection, bids: Sequence[_Bid]) -> list[desk.Taken | None]:
    """In one transaction, and with one look for all who come too late: when a card goes to many, many click."""
    held: dict[int, Conversation] = {}
    return [_take(connection, bid, held) for bid in bids]


def _take(connection: Connection, bid: _Bid, held: dict[int, Conversation]) -> desk.Taken | None:
    staff, tools = bid.staff, bid.tools
    found = held.get(bid.conversation_id) or conversations.read_by_id(connection, bid.conversation_id)
    if found is None or not staff.may_see_conversation(found.township, found.holder_id):
        return None
    if found.holder == "person":
        held[found.id] = found
        return desk.Taken(found.holder_id == staff.id, fresh=False, conversation=found)
    holder = desk.Holder(staff.id, staff.name, bid.via)
    taken = desk.claim(connection, found.id, holder, tools.clock())
    if taken is not None and taken.fresh:
        held[found.id] = taken.conversation
        settle_cards(connection, tools, taken.handovers, f"{staff.name} 已接待")
        noted(connection, tools, staff, "conversation.claim", f"conversation:{found.id}", via=bid.via)
        if not bid.asks_platform(found):
            _greet(connection, bid, taken)
    return taken


async def _go_on(tools: Tools, staff: Staff, conversation: Conversation, via: str) -> Claimed | Refused:
    """Theirs already: a double click, another browser, or now from another place.

    The platform is asked once more: a crash may have come between the claim here and its session there.
    """
    in_client = conversation.holder_via == desk.IN_CLIENT
    moved = Moved(in_client=True, words="") if in_client else await hand_over(tools, staff, conversation)
    if isinstance(moved, Refused):
        return moved
    place = desk.IN_CLIENT if moved.in_client else via
    if place != conversation.holder_via:
        await tools.database.write(lambda c: desk.work_from(c, conversation.id, staff.id, place))
    return Claimed(conversation, fresh=False, in_client=moved.in_client, words="已经在您手上。")


def _introduce(connection: Connection, bid: _Bid, taken: desk.Taken, moved: Moved) -> None:
    """The platform agreed."""
    if moved.in_client:
        desk.work_from(connection, taken.conversation.id, bid.staff.id, desk.IN_CLIENT)
    _greet(connection, bid, taken, moved.code)


def _greet(connection: Connection, bid: _Bid, taken: desk.Taken, code: str | None = None) -> None:
    """The resident hears who helps them, where that costs nothing of what the platform allows to be said.

    `code` is its right to say this one text.
    """
    if taken.conversation.window_left is not None and code is None:
        return
    tools, staff = bid.tools, bid.staff
    name = ("taken", taken.handovers[-1], staff.id)
    draft = to_resident(tools, taken.conversation, greeting(tools, staff), *name, token=code)
    conversations.speak(connection, taken.conversation, draft, tools.clock())


def _may_not_hand_on(staff: Staff, found: Conversation, to: Staff) -> Refused | None:
    if found.holder != "person":
        return Refused(Why.INPUT, "还没有人接待，让同事在队列里接就行。")
    if found.holder_id != staff.id and not staff.may(Permission.DIRECT):
        return NOT_YOURS
    if to.id == found.holder_id:
        return Refused(Why.INPUT, f"已经在 {to.name} 手上。")
    if not (to.may(Permission.SERVE) and to.covers(found.township)):
        return Refused(Why.INPUT, f"{to.name} 不接待{found.township or '县中心'}的事，请换一位同事。")
    return None


def _tell(tools: Tools, conversation: Conversation) -> None:
    tools.said(conversation.key)
    tools.changed()
