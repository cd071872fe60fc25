"""A question: answered, asked back, or honestly not known."""

from dataclasses import replace

from handlers.choose import not_found, not_written, offer, show
from handlers.handover import added, hand_over
from handlers.message import Kind, Reply
from handlers.township import mentioned
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from knowledge.match import Answer, Choose, Unknown
from knowledge.normalize import plain

_LONG = 2000


async def handle(turn: Turn) -> Handled:
    """Take the text as a question."""
    if not turn.is_text:
        return UNHANDLED
    outcome = _decide(turn)
    place = mentioned(turn.message.text, turn.office.knowledge.townships)
    if place is not None:
        outcome = replace(outcome, township=place.name)
    if len(turn.message.text) > _LONG:
        outcome = _says_it_was_long(outcome)
    return outcome


async def unreadable(turn: Turn) -> Handled:
    """A picture, a voice, a place on the map, or nothing at all."""
    if turn.message.kind is Kind.LOCATION:
        text = "收到您的位置了。我还不会看地图，请发您在哪个乡镇，比如“龙潭镇”，我告诉您工作站怎么找。"
    elif turn.message.kind is Kind.MEDIA:
        text = "图片、语音和文件我还看不了。请用文字说（可以用输入法的话筒说成文字），或者发“转人工”。"
    elif turn.is_text and not plain(turn.message.text):
        text = "我没看到能读的文字。您遇到什么事，用一两句话写给我就行；有危险马上打 110。"
    else:
        return UNHANDLED
    return Outcome(replies=(Reply(text),), dialog=replace(turn.dialog, greeted=True))


def _decide(turn: Turn) -> Outcome:
    decision = turn.decision
    text = turn.message.text
    if isinstance(decision, Answer):
        return show(turn, decision.entry)
    if isinstance(decision, Choose):
        topics = tuple(option.id for option in decision.options)
        return offer(turn, topics, text, "您想问的是下面哪一个？点一下，或者发数字。有危险马上打 110。")
    if isinstance(decision, Unknown) and decision.outline is not None:
        if turn.dialog.failures >= 1:
            return hand_over(turn, "failures", text, sorry="这一类我还没有审核过的答案，不敢乱说。")
        outcome = not_written(turn, decision.outline.id, text)
        return replace(outcome, dialog=replace(outcome.dialog, failures=turn.dialog.failures + 1))
    if turn.conversation.holder == "waiting" and turn.dialog.handover:
        return added(turn)
    return not_found(turn)


def _says_it_was_long(outcome: Outcome) -> Outcome:
    first, *rest = outcome.replies
    told = replace(first, text=f"您说得比较长，我先看了前面 {_LONG} 个字。\n{first.text}")
    return replace(outcome, replies=(told, *rest))
