"""The opening: who speaks, what is kept, what one can ask. Small talk answers."""

from dataclasses import replace

from handlers.answer import HUMAN
from handlers.county import County
from handlers.message import Button, Kind, Reply
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from knowledge.match import SmallTalk

MENU = (
    Button("被拖欠工资", "topic:labor.unpaid-wages-general"),
    Button("干活受了伤", "topic:workinjury.what-counts"),
    Button("申请法律援助", "topic:service.legalaid-conditions"),
    Button("找乡镇工作站", "topic:service.station-where"),
    HUMAN,
)
_GREETING = "intent.greeting"


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
    return _open(turn)


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
