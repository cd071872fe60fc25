"""Choices: by number, by tapping, by saying the words; and what people say of an answer."""

import re
from dataclasses import replace

from handlers.answer import HUMAN, MORE, answer, feedback_buttons
from handlers.handover import hand_over
from handlers.intake.start import button_for
from handlers.message import Button, Message, Reply
from handlers.record import consultation
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from knowledge.entry import Entry
from knowledge.normalize import plain
from storage.records import Feedback

MOST = 3
NONE_OF_THESE = Button("都不是", "none")
_PICK = r"^(?:我|就)?(?:选|要)?第?"
_NUMBER = re.compile(_PICK + r"([1-9]|[一二三四五六七八九])(?:个|条|项|号)?(?:吧|嘛|呢)?$")
_TOO_HIGH = re.compile(_PICK + r"(?:\d{1,2}|[四五六七八九十])(?:个|条|项|号)?(?:吧|嘛|呢)?$")
_CHINESE = "一二三四五六七八九"
_FEEDBACK = {"useful": "useful", "useless": "useless", "other": "other_case"}


def as_choice(message: Message, options: tuple[Button, ...]) -> Message:
    """The message with the payload that its number or words stand for, where there are `options` to choose from."""
    if message.payload or not message.text:
        return message
    words = plain(message.text)
    for option in options:
        if words == plain(option.label):
            return replace(message, payload=option.payload)
    found = _NUMBER.match(words)
    if found is not None:
        number = int(found[1]) if found[1].isdigit() else _CHINESE.index(found[1]) + 1
        if number <= len(options):
            return replace(message, payload=options[number - 1].payload)
    return replace(message, payload=NONE_OF_THESE.payload) if words == NONE_OF_THESE.label else message


async def topic(turn: Turn) -> Handled:
    """A topic was chosen: answer it, and correct the record if an earlier answer was not the case."""
    chosen = turn.message.payload.removeprefix("topic:") if turn.message.payload.startswith("topic:") else ""
    entry = turn.office.knowledge.entries.get(chosen)
    if not chosen:
        return UNHANDLED
    if entry is None:
        return _not_written(turn, chosen)
    return show(turn, entry, replaces=turn.dialog.denied[-1] if turn.dialog.denied else None)


async def none_of_these(turn: Turn) -> Handled:
    """None of the choices fits: a second failure brings a person."""
    if turn.message.payload != NONE_OF_THESE.payload:
        return UNHANDLED
    return not_found(turn)


async def no_such_number(turn: Turn) -> Handled:
    """A number beyond the choices that were shown: show them once more."""
    if not turn.is_text or not turn.dialog.options or not _TOO_HIGH.match(plain(turn.message.text)):
        return UNHANDLED
    text = f"没有这个号。请发 1 到 {len(turn.dialog.options)} 的数字，或者直接点一下。"
    return Outcome(replies=(Reply(text, buttons=turn.dialog.options),), dialog=turn.dialog)


async def more(turn: Turn) -> Handled:
    """更多: the rest of the last answer."""
    if turn.message.payload != "more" and not (turn.is_text and plain(turn.message.text) in ("更多", "还有呢", "继续")):
        return UNHANDLED
    if not turn.dialog.more:
        return Outcome(replies=(Reply("这一条已经说完了。您可以接着问，或者发“转人工”。"),), dialog=turn.dialog)
    reply = Reply(turn.dialog.more, topic=turn.dialog.topic, buttons=_after_more(turn))
    return Outcome(replies=(reply,), dialog=replace(turn.dialog, more="", options=reply.buttons))


async def feedback(turn: Turn) -> Handled:
    """有用, 没用, 不是我的情况."""
    word, _, about = (turn.message.payload or _said_of_the_last(turn)).partition(":")
    if word not in _FEEDBACK or about not in turn.office.knowledge.entries:
        return UNHANDLED
    said = Feedback(about, _FEEDBACK[word])
    if word == "useful":
        thanks = Reply("好，能帮到您就好。事情有变化，随时回来问。")
        return Outcome(replies=(thanks,), dialog=replace(turn.dialog, options=(), failures=0), feedback=said)
    if word == "useless":
        reply = Reply("对不起，没帮上。您说说还差哪一点？也可以让工作人员来看。", buttons=(HUMAN,))
        dialog = replace(turn.dialog, options=reply.buttons, failures=turn.dialog.failures + 1)
        return Outcome(replies=(reply,), dialog=dialog, feedback=said)
    return _other_case(turn, about, said)


def show(turn: Turn, entry: Entry, *, replaces: str | None = None) -> Outcome:
    """Answer with an entry and write the record."""
    office = turn.office
    reply = answer(entry, office.knowledge, office.county, introduce=not turn.dialog.greeted)
    register = button_for(entry.id) if office.tools is not None else None
    if register is not None:
        first = (MORE,) if MORE in reply.buttons else ()
        reply = replace(reply, buttons=(*first, register, *(one for one in reply.buttons if one not in first)))
    asked = turn.message.text if turn.is_text and not turn.message.payload else turn.dialog.asked
    return Outcome(
        replies=(reply,),
        dialog=replace(
            turn.dialog,
            options=reply.buttons,
            topic=entry.id,
            asked=asked[:500],
            more=reply.more,
            denied=(),
            failures=0,
            greeted=True,
        ),
        consultation=consultation(turn, entry, replaces=replaces) if entry.counts else None,
    )


def offer(turn: Turn, topics: tuple[str, ...], question: str, text: str) -> Outcome:
    """Ask back with two or three questions."""
    options = (*(Button(turn.office.knowledge.title(t), f"topic:{t}") for t in topics[:MOST]), NONE_OF_THESE, HUMAN)
    reply = Reply(text, buttons=options)
    return Outcome(
        replies=(reply,),
        dialog=replace(turn.dialog, options=options, asked=question[:500], topic="", more="", greeted=True),
    )


def not_found(turn: Turn) -> Outcome:
    """Nothing fits: ask for other words once, then hand over."""
    question = turn.dialog.asked if turn.message.payload else turn.message.text
    if turn.dialog.failures >= 1:
        return hand_over(turn, "failures", question, sorry="对不起，这个问题我没把握答对，不敢乱说。")
    reply = Reply(
        "对不起，这个我没把握，不敢乱答。请换个说法，说明白三件事：谁和谁、什么事、您现在想要什么。"
        "也可以发“转人工”，或打 12348（免费）。人身有危险马上打 110，着火打 119，急救打 120。",
        buttons=(HUMAN,),
    )
    dialog = replace(
        turn.dialog,
        options=reply.buttons,
        failures=turn.dialog.failures + 1,
        asked=question[:500],
        topic="",
        more="",
        greeted=True,
    )
    return Outcome(replies=(reply,), dialog=dialog)


def not_written(turn: Turn, topic_id: str, question: str) -> Outcome:
    """A matter that Fawen knows by name and has no reviewed answer for."""
    knowledge = turn.office.knowledge
    domain = knowledge.domains.get(topic_id.partition(".")[0])
    reply = Reply(
        f"您问的像是“{knowledge.title(topic_id)}”{f'（{domain.name}）' if domain else ''}。"
        "这一类我还没有审核过的答案，不敢乱说。发“转人工”，我帮您登记给工作人员；也可以打 12348，免费。",
        buttons=(HUMAN,),
    )
    return Outcome(
        replies=(reply,),
        dialog=replace(turn.dialog, options=reply.buttons, asked=question[:500], topic="", more="", greeted=True),
    )


def _not_written(turn: Turn, topic_id: str) -> Handled:
    if topic_id not in turn.office.knowledge.outlines:
        return UNHANDLED
    return not_written(turn, topic_id, turn.dialog.asked)


def _other_case(turn: Turn, about: str, said: Feedback) -> Outcome:
    """Offer the neighbours of an answer that was not the resident's case."""
    knowledge = turn.office.knowledge
    denied = (*turn.dialog.denied, about)
    found = [c.id for c in turn.office.matcher.match(turn.dialog.asked).candidates] if turn.dialog.asked else []
    near = dict.fromkeys([*found, *knowledge.entries[about].related])
    topics = tuple(t for t in near if t not in denied and not t.startswith("urgent.") and _known(turn, t))
    if not topics:
        return replace(not_found(turn), feedback=said)
    outcome = offer(turn, topics, turn.dialog.asked, "那您的情况更像下面哪一个？发数字也行。")
    return replace(outcome, dialog=replace(outcome.dialog, denied=denied), feedback=said)


def _said_of_the_last(turn: Turn) -> str:
    """The words of a feedback button typed, however long ago the answer was shown."""
    words = plain(turn.message.text)
    return next((b.payload for b in feedback_buttons(turn.dialog.topic) if words == plain(b.label)), "")


def _known(turn: Turn, topic_id: str) -> bool:
    return topic_id in turn.office.knowledge.entries or topic_id in turn.office.knowledge.outlines


def _after_more(turn: Turn) -> tuple[Button, ...]:
    return tuple(option for option in turn.dialog.options if option.payload != "more")
