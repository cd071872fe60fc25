"""The opening: who speaks, what is kept, what one can ask. Small talk answers."""

import re
from dataclasses import replace

from handlers.answer import HUMAN
from handlers.county import County
from handlers.message import Button, Kind, Reply
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from knowledge.match import SmallTalk
from knowledge.normalize import plain

MENU = (
    Button("被拖欠工资", "topic:labor.unpaid-wages-general"),
    Button("干活受了伤", "topic:workinjury.what-counts"),
    Button("申请法律援助", "topic:service.legalaid-conditions"),
    Button("找乡镇工作站", "topic:service.station-where"),
    HUMAN,
)
_GREETING = "intent.greeting"
_YES_AND_FINE = re.compile(
    r"^(好+(的|嘞|嘛|吧)?|[嗯恩哦噢]{1,2}|[是对]的?|行吧?|要得|得行|可以|收到|了解|懂了"
    r"|(知道|晓得|明白)了|ok(ay)?|没事了(谢谢)?)$"
)


def greeting(county: County) -> Reply:
    """The opening words with the menu."""
    return Reply(
        text=(
            f"您好，我是{county.service}，{county.name}的公共法律服务智能助手，不是律师，答复供参考，全程免费。\n"
            "您遇到什么事，照平常说话那样告诉我就行，说明白“谁、什么事、现在卡在哪”。\n"
            "不用留姓名和身份证号；您说的话会保密，发“清除我的记录”可以删掉。\n"
            "人身有危险，马上打 110。"
        ),
        title=f"{county.service}　公共法律服务",
        buttons=MENU,
        purpose="welcome",
    )


async def enter(turn: Turn) -> Handled:
    """The conversation was opened."""
    if turn.message.kind is not Kind.ENTER:
        return UNHANDLED
    asked_for_it = turn.message.text or turn.message.reply_token
    if turn.dialog.greeted and not asked_for_it:
        return Outcome(replies=(), dialog=turn.dialog)  # a staff member's app tells each time that it is opened
    return _open(turn)


async def acknowledged(turn: Turn) -> Handled:
    """Yes, fine, I see: no question, and no failure to understand one."""
    if not turn.is_text or not _YES_AND_FINE.match(plain(turn.message.text)):
        return UNHANDLED
    if turn.dialog.confirming == "forget":
        text = "要清除，请点“确认清除”；不清除，点“不清除”。"
        return Outcome(replies=(Reply(text, buttons=turn.dialog.options),), dialog=turn.dialog)
    text = "好。还有要问的，接着说就行；要找工作人员，发“转人工”。"
    return Outcome(replies=(Reply(text),), dialog=replace(turn.dialog, greeted=True))


async def small_talk(turn: Turn) -> Handled:
    """Hello, thanks, who are you: answered in kind, never counted as a consultation."""
    if not turn.is_text or not isinstance(turn.decision, SmallTalk):
        return UNHANDLED
    entry = turn.decision.entry
    if entry.id == _GREETING and not turn.dialog.greeted:
        return _open(turn)
    reply = Reply(entry.conclusion, topic=entry.id, buttons=MENU if entry.id == "intent.capability" else ())
    return Outcome(
        replies=(reply,), dialog=replace(turn.dialog, options=reply.buttons or turn.dialog.options, greeted=True)
    )


def _open(turn: Turn) -> Outcome:
    reply = greeting(turn.office.county)
    if turn.message.reply_token is None:
        reply = replace(reply, purpose="answer")
    return Outcome(replies=(reply,), dialog=replace(turn.dialog, greeted=True, options=reply.buttons))
