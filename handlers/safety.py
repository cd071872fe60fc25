"""安全模式: a resident hurt at home, whose telephone others may look at.

Set when the matter shows it, and by staff (`handlers.desk.protect`). From then on nothing is sent unasked (see
`storage.outbox`), lists and alerts show no matter (`handlers.desk.neutral`), 清除 alone removes what was said, and the
resident is told once, without alarming words, how to leave no traces.
"""

import re
from dataclasses import replace

from handlers.turn import Outcome, Turn
from knowledge.match import Answer, Unknown, Urgent
from knowledge.normalize import plain

VIOLENCE = frozenset(
    {
        "urgent.dv-now",
        "dv.protection-order",
        "dv.dv-evidence",
        "dv.dv-divorce",
        "dv.dv-nonspouse",
        "dv.dv-crime",
        "dv.shelter",
        "dv.forced-marriage",
        "dv.stalk-privacy",
        "elder.elder-abuse",
    }
)
# Who harms a child is at home more often than not, and often holds the telephone.
HARMED_CHILD = frozenset({"urgent.child-harm"})
_FAMILY = (
    "老公|丈夫|男人|男的|屋头那个|老婆|妻子|婆娘|堂客|爸爸|我爸|他爸|她爸|妈妈|我妈|他妈|老汉|继父|后爸|养父|继母|后妈|养母"
    "|男朋友|女朋友|前夫|前妻|前男友|前任|同居|儿子|女婿|儿媳|媳妇|公公|婆婆|爷爷|奶奶|外公|外婆|家里人|家人"
)
_HURTS = (
    "打骂|殴打|暴打|毒打|往死里打|打我(?!电话|手机)|打了我|打妈|打孩子|打娃|揍|掐我|掐脖|捅|砍我|拿刀"
    "|锁我|锁在|关起来|关在屋|虐待|家暴|动手"
)
_AGAIN_AND_AGAIN = (
    "(?:他|她)(?:又|天天|经常|一直|老是|总是|还)打我(?!电话|手机)"
    "|打我.{0,3}(?:好多年|很多年|[几两三四五]年|好多次|好几次)"
)
_WORDS = re.compile(
    rf"家暴|家庭暴力|人身安全保护令|告诫书|(?:{_FAMILY}).{{0,8}}(?:{_HURTS})"
    rf"|(?:被|遭)(?:我|他|她)?的?(?:{_FAMILY}).{{0,4}}(?:打|揍|掐|捅|砍|锁|关|虐待)|{_AGAIN_AND_AGAIN}"
)
_LEAVE_NO_TRACE = (
    "不想让别人看到这段对话：发“清除”，我这边的记录就删掉，再把手机上的这个聊天删了。"
    "往后我不主动给您发消息，您方便时随时来问。"
)
_LEAVE_NO_TRACE_ON_THE_WEB = (
    "不想让别人看到这段对话：点“快速退出”，马上离开，这一页的对话也清掉；发“清除”，我这边的记录也删掉。"
    "往后我不主动给您发消息，您方便时随时来问。"
)


def guard(turn: Turn, outcome: Outcome) -> Outcome:
    """The outcome, with safe mode set where the matter asks for it, and the resident told once what that means."""
    if outcome.forget:
        return outcome
    found = not turn.conversation.safe_mode and _concerns(turn, outcome)
    if found:
        outcome = replace(outcome, safe_mode=True)
    if not (found or turn.conversation.safe_mode) or outcome.dialog.protected or not outcome.replies:
        return outcome
    *others, last = outcome.replies
    told = _LEAVE_NO_TRACE_ON_THE_WEB if turn.message.channel == "web" else _LEAVE_NO_TRACE
    last = replace(last, text=f"{last.text}\n\n{told}")
    return replace(outcome, replies=(*others, last), dialog=replace(outcome.dialog, protected=True))


def tells_of_violence(text: str) -> bool:
    """Whether the words tell of violence at home, whatever else the matter is."""
    return bool(_WORDS.search(plain(text)))


def _concerns(turn: Turn, outcome: Outcome) -> bool:
    topics = {reply.topic for reply in outcome.replies}
    if outcome.consultation is not None:
        topics.add(outcome.consultation.topic)
    if turn.message.payload.startswith("topic:"):
        topics.add(turn.message.payload.removeprefix("topic:"))
    if turn.is_text:
        topics.add(_about(turn))
    return bool(topics & (VIOLENCE | HARMED_CHILD)) or (turn.is_text and tells_of_violence(turn.message.text))


def _about(turn: Turn) -> str:
    """The topic to which the words belong, also where only its outline is known."""
    decision = turn.decision
    if isinstance(decision, Answer | Urgent):
        return decision.entry.id
    if isinstance(decision, Unknown) and decision.outline is not None:
        return decision.outline.id
    return ""
