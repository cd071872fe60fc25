"""What a member of staff types goes to the resident in focus."""

from collections.abc import Sequence

from handlers.desk.chat.at_work import NOBODY, AtWork, name_of
from handlers.desk.refused import Refused
from handlers.desk.say import say
from handlers.message import Kind
from handlers.turn import Outcome
from storage.desk_views import Reception

_ONLY_WORDS = "图片、语音、文件没有发给居民，这里只能转文字。要发文件，请到工作台。"
_LOST = "刚才在聊的那位已经不在您手上了（被转走、收回或结束了），这句没有发出去。"


async def talk(at: AtWork, text: str) -> Outcome:
    """Say it, and tell whom it went to: with several at once this is how a mistake is noticed."""
    if at.focus is None:
        raise ValueError("nobody is in focus")
    name = name_of(at.focus)
    # What was sent cannot be changed on the resident's side: the new wording follows.
    words = f"（更正）{text.strip()}" if at.turn.message.edited else text
    said = await say(at.tools, at.staff, at.focus.conversation.id, words, at.turn.message.message_id)
    if isinstance(said, Refused):
        return at.answer(f"没有发给 {name}：{said.words}")
    left = said.budget.words(at.turn.now)
    return at.answer(f"已发给 {name}。{left}")


def only_words(at: AtWork) -> Outcome | None:
    """Pictures, voices and places are not passed on, nor are the words under them; None where it is text."""
    message = at.turn.message
    if message.media is None and message.kind not in (Kind.MEDIA, Kind.LOCATION):
        return None
    return at.answer(_ONLY_WORDS)


def not_any_more(at: AtWork) -> Outcome:
    """The one whom the words were meant for is not in hand any more: nobody else gets them."""
    told = _LOST if at.turn.dialog.focus > NOBODY else "还没选跟谁说，这句没有发出去。"
    if not at.hand:
        return at.answer(f"{told}您手上现在没有别人。发“待接”看等着的。")
    return at.answer(f"{told}{left_in_hand(at.hand)}")


def left_in_hand(hand: Sequence[Reception]) -> str:
    """Whom else they answer for from this chat, and how to choose one."""
    return f"您手上还有 {'、'.join(name_of(one) for one in hand)}：发“看 编号”选一位，再打字。"
