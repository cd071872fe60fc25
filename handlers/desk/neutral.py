"""What lists, cards and alerts show of a matter; of one in safe mode nothing that tells what it is about, or where.

A screen in the office is seen by others, a card lies on a telephone at home. The page of the matter itself shows all.
"""

from dataclasses import replace

from handlers.message import Reply

QUIET_TITLE = "服务提示"
PROTECTED = "（内容已保护，请进入详情查看）"
_PROTECTED_PLACE = "县内"
_ANSWERS = ("answer", "urgent", "welcome", "handover")
_TO_STAFF = ("alert", "relay")  # which `title_of` and its like have looked after


def visit(conversation_id: int) -> str:
    """How a conversation is called without saying what it is about: 来访 C000123."""
    return f"来访 C{conversation_id:06d}"


def title_of(title: str, *, safe_mode: bool, conversation_id: int | None = None, number: str = "") -> str:
    """The title of a conversation, or of the case `number`, in a list, on a card, in an alert."""
    if not safe_mode:
        return title
    return visit(conversation_id) if conversation_id is not None else f"工单 {number}"


def place_of(township: str | None, *, safe_mode: bool) -> str:
    """The township of a matter in a list: in safe mode nothing finer than the county; "" where none is known."""
    return _PROTECTED_PLACE if safe_mode else township or ""


def summary_of(text: str, *, safe_mode: bool) -> str:
    """What a matter is about, in a list or an alert."""
    return PROTECTED if safe_mode else text


def quiet(reply: Reply) -> Reply:
    """What is said to a resident in safe mode: whatever is no answer to them just now bears a title that tells nothing.

    So no preview on a telephone that others see names the matter.
    """
    if reply.purpose in (*_ANSWERS, *_TO_STAFF) or not (reply.title or reply.topic or reply.cites):
        return reply
    return replace(reply, title=QUIET_TITLE if reply.title else "", topic="", cites=())
