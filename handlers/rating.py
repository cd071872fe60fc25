"""好差评: one tap in five grades after something was closed; a bad one is asked why, and looked into.

A grade may be changed within ten minutes, because a thumb slips; after that it stands.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from handlers.choose import show
from handlers.desk.bad_grade import supervisors_told
from handlers.mask import summary
from handlers.message import Button, Reply
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from knowledge.match import Answer, Human, SmallTalk
from knowledge.normalize import plain
from storage import ratings
from storage.desk_records import RatingGiven
from storage.rating_records import GRADES, WORST_GOOD, AskedRating
from storage.ratings import CHANGEABLE

_REASON = "reason:"
_REASON_AWAITED = timedelta(hours=24)
_WORDS_COUNT_FOR = timedelta(days=7)
_NOTHING_TO_SAY = Button("不说了", "rate:done")
_LONGEST_REASON = 500
_KINDS = {"h": "handover", "c": "case"}
_LETTERS = {kind: letter for letter, kind in _KINDS.items()}
_NAMES = {name: grade for grade, name in GRADES.items()}
_ASKS = "这次服务您满意吗？点一下就行。"
_ASKS_SOMETHING = re.compile(
    r"怎么|怎样|咋|啷个|如何|什么|啥|吗|么[？?]|多少|多久|哪里|哪个|谁|能不能|可不可以|要不要|[？?]"
)
_WHY = "谢谢您说真话，对不起没让您满意。哪里没做好？写一两句给我们，主管会看；不想写就不用写。"


def question(object_kind: str, object_id: int, said: str) -> Reply:
    """The closing words `said` with the question under them, as one message.

    `object_kind` is handover or case. The choices are to stand in the conversation's dialog too (`options`), so that a
    number or the words count as a tap. Ask only where `storage.ratings.ask` says so.
    """
    letter = _LETTERS[object_kind]
    buttons = tuple(Button(name, f"rate:{letter}:{object_id}:{grade}") for grade, name in GRADES.items())
    return Reply(f"{said}\n{_ASKS}" if said else _ASKS, buttons=buttons, purpose="closing")


async def handle(turn: Turn) -> Handled:
    """A grade was tapped, or its name written where something was asked."""
    if turn.message.payload == _NOTHING_TO_SAY.payload:
        return _done(turn, "好的。以后有事，随时再来。")
    tapped = _tapped(turn.message.payload)
    written = _NAMES.get(plain(turn.message.text), 0) if turn.is_text else 0
    if tapped is None and not written:
        return UNHANDLED
    asked = await _asked(turn)
    if tapped is None:
        newest = next((one for one in asked if _may_be_graded(one, turn)), None)
        return UNHANDLED if newest is None else await _graded(turn, newest, written)
    kind, number, grade = tapped
    meant = next((one for one in asked if (one.object_kind, one.object_id) == (kind, number)), None)
    if meant is None or turn.message.sender != turn.conversation.person:
        return _done(turn, "这个评价现在打不了分。有什么要说的，直接写在这里就行；要找人，发“转人工”。")
    return await _graded(turn, meant, grade)


async def reason(turn: Turn) -> Handled:
    """The words after a bad grade are the reason for it; a question among them is answered all the same."""
    if not turn.is_text or not turn.dialog.confirming.startswith(_REASON):
        return UNHANDLED
    if isinstance(turn.decision, SmallTalk | Human) or not plain(turn.message.text):
        return UNHANDLED
    asked = await _asked(turn)
    number = turn.dialog.confirming.removeprefix(_REASON)
    meant = next((one for one in asked if str(one.id) == number and one.grade is not None), None)
    if meant is None or meant.reason or _since_graded(meant, turn) > _REASON_AWAITED:
        return UNHANDLED
    said = RatingGiven(meant.object_kind, meant.object_id, reason=summary(turn.message.text, _LONGEST_REASON))
    if isinstance(turn.decision, Answer) and _ASKS_SOMETHING.search(turn.message.text):
        answered = show(turn, turn.decision.entry)
        return replace(answered, rating=said, dialog=replace(answered.dialog, confirming=""))
    return replace(_done(turn, "记下了，主管会看，谢谢您。有别的事接着说就行。"), rating=said)


async def _asked(turn: Turn) -> Sequence[AskedRating]:
    """What the resident was asked about in this conversation, newest first."""
    tools = turn.office.tools
    if tools is None:
        return ()
    return await tools.database.read(lambda c: ratings.asked_in(c, turn.conversation.id))


async def _graded(turn: Turn, asked: AskedRating, grade: int) -> Outcome:
    if asked.grade == grade:
        return _done(turn, f"您已经评过了：{GRADES[grade]}。谢谢您。")
    if asked.grade is not None and _since_graded(asked, turn) >= CHANGEABLE:
        stands = f"您评的是“{GRADES[asked.grade]}”，过了十分钟就不能改了。"
        return _done(turn, f"{stands}还有话要说，直接写在这里，或者发“转人工”。")
    given = RatingGiven(asked.object_kind, asked.object_id, grade)
    if grade >= WORST_GOOD:
        thanks = "改好了" if asked.grade is not None else "谢谢您的评价"
        return replace(_done(turn, f"{thanks}：{GRADES[grade]}。以后有事，随时再来。"), rating=given)
    told = () if asked.follow_up != "none" else await supervisors_told(turn, asked, grade)
    if asked.reason is not None:
        return replace(_done(turn, f"改好了：{GRADES[grade]}。主管会看。"), rating=given, to_staff=told)
    reply = Reply(_WHY, buttons=(_NOTHING_TO_SAY,))
    dialog = replace(turn.dialog, options=reply.buttons, confirming=f"{_REASON}{asked.id}")
    return Outcome(replies=(reply,), dialog=dialog, rating=given, to_staff=told)


def _done(turn: Turn, text: str) -> Outcome:
    options = () if any(_tapped(option.payload) for option in turn.dialog.options) else turn.dialog.options
    waits = turn.dialog.confirming.startswith(_REASON)
    dialog = replace(turn.dialog, options=options, confirming="" if waits else turn.dialog.confirming)
    return Outcome(replies=(Reply(text),), dialog=dialog)


def _tapped(payload: str) -> tuple[str, int, int] | None:
    parts = payload.split(":")
    if len(parts) != 4 or parts[0] != "rate" or parts[1] not in _KINDS:  # noqa: PLR2004 - rate, kind, id, grade
        return None
    if not (parts[2].isascii() and parts[2].isdigit() and len(parts[2]) < 19):  # noqa: PLR2004 - a 64-bit id
        return None
    grade = int(parts[3]) if parts[3].isdigit() else 0
    return (_KINDS[parts[1]], int(parts[2]), grade) if grade in GRADES else None


def _may_be_graded(asked: AskedRating, turn: Turn) -> bool:
    """Whether words alone, without a tap, can be meant for it: it was asked lately and waits, or may be changed."""
    if asked.graded_at is not None:
        return _since_graded(asked, turn) < CHANGEABLE
    return turn.now - asked.asked_at < _WORDS_COUNT_FOR


def _since_graded(asked: AskedRating, turn: Turn) -> timedelta:
    return turn.now - (asked.graded_at or turn.now)
