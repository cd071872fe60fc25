"""转人工: a person is asked to take over; the resident gets a number and the truth about when."""

import re
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from handlers.answer import HUMAN
from handlers.mask import summary
from handlers.message import Reply
from handlers.record import consultation, passed_on, unanswered
from handlers.township import mentioned
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from knowledge.match import Human, SmallTalk
from storage.records import ConsultationDraft, HandoverDraft, HandoverNote

_WORDS = re.compile(r"(转|找|要|换|叫|接).{0,2}(人工|真人|活人|客服|工作人员|值班)(吧|嘛|呢|啊|谢谢)?")
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_LONGEST_WORD = 12
MATTER = "matter"
# Somebody looks at once, day and night; residents are told no time, they are told 110.
URGENT_WITHIN = timedelta(minutes=15)


async def handle(turn: Turn) -> Handled:
    """By button or by word, in any state."""
    tapped = turn.message.payload == HUMAN.payload
    said = turn.is_text and _asks_for_a_person(turn)
    if not (tapped or said):
        return UNHANDLED
    if turn.dialog.handover and turn.conversation.holder == "waiting":
        return _still_waiting(turn)
    return hand_over(turn, "button" if tapped else "word", turn.dialog.asked)


def hand_over(turn: Turn, reason: str, question: str, *, sorry: str = "") -> Outcome:
    """Write the handover and tell the resident its number, what happens and when."""
    draft = _record(turn, question)
    handover = new_handover(turn, reason, draft.summary if draft else "（未写明事由）", urgent=False)
    reply = Reply(
        text=_told(turn, handover, asks_for_the_matter=draft is None, sorry=sorry),
        title=f"已登记转人工　{handover.number}",
        buttons=(),
        purpose="handover",
    )
    return Outcome(
        replies=(reply,),
        dialog=replace(
            turn.dialog,
            options=(),
            failures=0,
            handover=handover.number,
            greeted=True,
            confirming="" if draft else MATTER,
        ),
        consultation=draft,
        handover=handover,
        holder="waiting" if turn.conversation.holder == "bot" else None,
    )


async def told_the_matter(turn: Turn) -> Handled:
    """The next words after a handover that had no matter are the matter: they go with it to the person."""
    awaited = turn.dialog.confirming == MATTER and turn.conversation.holder == "waiting"
    if not awaited or not turn.is_text or isinstance(turn.decision, SmallTalk):
        return UNHANDLED
    text = turn.message.text
    place = mentioned(text, turn.office.knowledge.townships)
    return Outcome(
        replies=(
            Reply(f"记下了，和编号 {turn.dialog.handover} 放在一起，工作人员会一并看到。还有别的要问，接着说就行。"),
        ),
        dialog=replace(turn.dialog, confirming="", asked=text[:500]),
        consultation=unanswered(turn, text),
        handover_note=HandoverNote(turn.dialog.handover, summary(text)),
        township=place.name if place else None,
    )


def added(turn: Turn) -> Outcome:
    """More about what a person is asked to look at: it goes with the handover that waits."""
    number = turn.dialog.handover
    told = (
        f"记下了，和编号 {number} 放在一起，工作人员会一并看到。\n"
        "要是问另外一件事，请说明白谁、什么事。有危险马上打 110。"
    )
    return Outcome(
        replies=(Reply(told),),
        dialog=turn.dialog,
        handover_note=HandoverNote(number, summary(turn.message.text), added=True),
    )


def _still_waiting(turn: Turn) -> Outcome:
    """One who waits already keeps the number; what was asked since goes with it."""
    number, draft = turn.dialog.handover, _record(turn, turn.dialog.asked)
    told = (
        f"您已经登记过了，编号 {number}，还在等工作人员看（{turn.office.hours.shown()}）。\n"
        "要补充的，直接写在这里。等不及就打 12348（免费）。有危险马上打 110。"
    )
    return Outcome(
        replies=(Reply(told, title=f"已登记转人工　{number}"),),
        dialog=replace(turn.dialog, options=(), failures=0),
        consultation=draft,
        handover_note=HandoverNote(number, draft.summary, added=True) if draft else None,
    )


def new_handover(turn: Turn, reason: str, text: str, *, urgent: bool) -> HandoverDraft:
    """A handover whose number comes from the message itself, so that repeating the work repeats the number."""
    day = turn.now.astimezone(_SHANGHAI)
    return HandoverDraft(
        number=f"RG{day:%m%d}-{turn.inbox_id}",
        reason=reason,
        summary=text,
        urgent=urgent,
        promised_at=turn.now + URGENT_WITHIN
        if urgent
        else turn.office.hours.after_working(turn.now, turn.office.promise),
    )


def _record(turn: Turn, question: str) -> ConsultationDraft | None:
    """The matter goes with the handover: the answer that did not help, or the question that found none."""
    entry = turn.office.knowledge.entries.get(turn.dialog.topic)
    if entry is not None and entry.is_urgent:
        return consultation(turn, entry, disposition="紧急转警", status="待人工", urgent=True, said=question)
    if entry is not None and not entry.is_small_talk:
        return passed_on(consultation(turn, entry, said=question))
    return unanswered(turn, question) if question else None


def _told(turn: Turn, handover: HandoverDraft, *, asks_for_the_matter: bool, sorry: str) -> str:
    hours, now = turn.office.hours, turn.now
    promised = hours.moment(handover.promised_at, now)
    if hours.is_open(now):
        when = f"工作人员正在上班，最迟 {promised} 前会看您的登记。"
    else:
        opens = hours.moment(hours.next_opening(now), now)
        when = f"现在不是上班时间（{hours.shown()}）。{opens} 上班后处理，最迟 {promised} 前会看。"
    lines = [
        sorry,
        f"您的登记编号是 {handover.number}。",
        when,
        "等不及就打 12348（免费）。有危险马上打 110。",
        "请用两三句话把事情写在这里：谁、什么事、什么时候、想要什么。"
        if asks_for_the_matter
        else "还有要补充的，直接写在这里，会一起记下。",
    ]
    return "\n".join(line for line in lines if line)


def asks_in_a_word(text: str) -> bool:
    """Whether the text is hardly more than the wish for a person."""
    line = summary(text)
    return len(line) <= _LONGEST_WORD and bool(_WORDS.search(line))


def _asks_for_a_person(turn: Turn) -> bool:
    return asks_in_a_word(turn.message.text) or isinstance(turn.decision, Human)
