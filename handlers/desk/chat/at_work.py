"""A member of staff in a chat of theirs: what they have in hand, and whom the next words go to.

The one in focus gets the words. It is the one that was chosen last: by a claim, wherever it was tapped, or by 看. One
that was lost meanwhile, taken back or handed on by others, is not replaced silently: words meant for one resident must
not go to another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from handlers.desk.chat.taking import Taking
from handlers.desk.neutral import visit
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.dialog import Dialog
from handlers.message import Button, Reply
from handlers.turn import Outcome, Turn
from storage import desk_views
from storage.desk_views import Reception

NOBODY = 0
UNDECIDED = -1  # several in hand, and one has to be chosen before anything is sent


@dataclass(frozen=True)
class AtWork:
    """`hand` are the receptions that are answered from this chat, `others` those that are answered elsewhere."""

    turn: Turn
    tools: Tools
    staff: Staff
    hand: tuple[Reception, ...]
    others: tuple[Reception, ...]
    focus: Reception | None

    @property
    def lost(self) -> bool:
        """Whether words just typed were meant for somebody who is not in hand any more."""
        decided = self.turn.dialog.focus > NOBODY
        return self.focus is None and (decided or (bool(self.hand) and self.turn.dialog.focus == UNDECIDED))

    def answer(self, text: str, *buttons: Button, title: str = "", focus: int | None = None) -> Outcome:
        """Tell the member of staff something, with choices. `focus` is who has it from now on, if it changes."""
        return self.tell(Reply(text, title=title, buttons=buttons), focus)

    def tell(self, reply: Reply, focus: int | None = None) -> Outcome:
        """As `answer`. It is said to them at work, whoever may serve them in the same chat in a matter of their own."""
        return Outcome(replies=(replace(reply, purpose="relay"),), dialog=self.remember(focus, reply.buttons))

    def taken(self, taking: Taking) -> Outcome:
        """Tell what came of taking somebody on; whoever was taken on has the focus."""
        if not taking.conversation_id:
            return self.tell(taking.reply)
        notice = taking.notice(self.turn.conversation.key)
        return Outcome(replies=(), dialog=self.remember(taking.conversation_id), to_staff=(notice,))

    def remember(self, focus: int | None = None, options: tuple[Button, ...] = ()) -> Dialog:
        """The chat's memory from now on."""
        if focus is None:
            focus = self.focus.conversation.id if self.focus else UNDECIDED if self.hand else NOBODY
        # Not now: a claim that was tapped elsewhere after these words came goes before them.
        since = self.turn.message.received_at.timestamp() if focus else 0.0
        return replace(self.turn.dialog, options=options, focus=focus, focus_since=since)


async def at_work(turn: Turn, tools: Tools, staff: Staff) -> AtWork:
    """What this member has in hand at this moment."""
    held = await tools.database.read(lambda c: desk_views.held_by(c, staff.id))
    hand = tuple(one for one in held if one.conversation.holder_via == turn.message.channel)
    others = tuple(one for one in held if one.conversation.holder_via != turn.message.channel)
    return AtWork(turn, tools, staff, hand, others, in_focus(hand, turn.dialog, turn.message.received_at))


def in_focus(hand: Sequence[Reception], dialog: Dialog, at: datetime) -> Reception | None:
    """Whom words that came at this time go to: the newest claim, unless another was chosen since."""
    newest = max(hand, key=lambda one: one.held_at, default=None)
    if newest is None or dialog.focus == NOBODY:
        return newest
    if datetime.fromtimestamp(dialog.focus_since, UTC) < newest.held_at <= at:
        return newest
    return next((one for one in hand if one.conversation.id == dialog.focus), None)


def name_of(reception: Reception) -> str:
    """How staff and the resident call it: RG1127-12."""
    return reception.handover.number if reception.handover else visit(reception.conversation.id)
