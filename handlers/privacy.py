"""我的咨询 and 清除我的记录: what is kept of a person, shown and removed on their word."""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

from handlers.dialog import Dialog
from handlers.message import Button, Reply
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from knowledge.normalize import plain
from storage import cases
from storage.case_records import CaseRow

_MINE = re.compile(r"^(查|看|查看|查询|查一下|看一下)?(我的|我)(咨询|记录|咨询记录|登记|历史)(记录)?(呢|吗)?$")
_FORGET = re.compile(
    r"^(请|帮我|给我|我要)?(清除|删除|删掉|清空|抹掉)(一下)?(我的|我|全部|所有)*(咨询|聊天|个人)?(记录|信息|数据|资料)$"
)
# In safe mode one word is enough, and is not asked about again: the other may be at the door.
_FORGET_NOW = re.compile(r"^(清除|删除|删掉|清空|抹掉)(了|吧)?$")
YES = Button("确认清除", "forget:yes")
NO = Button("不清除", "forget:no")
_ASKS = "要清除吗？清除后，您在这里说过的话和咨询记录里能认出您的内容都会删掉，找不回来；只留下不带个人信息的统计数字。"
_SHOWN = 5
_SHANGHAI = ZoneInfo("Asia/Shanghai")


async def mine(turn: Turn) -> Handled:
    """The person's own newest records."""
    if not (turn.is_text and _MINE.match(plain(turn.message.text))) and turn.message.payload != "mine":
        return UNHANDLED
    rows = await turn.office.history(turn.person_key, _SHOWN)
    if not rows:
        text = "这里还没有您的咨询记录。您直接说事情就行，每件咨询都会有编号。"
    else:
        lines = [
            f"{row.number}　{day.month}月{day.day}日\n{row.title}（{row.status}）"
            for row in rows
            for day in [row.opened_at.astimezone(_SHANGHAI)]
        ]
        text = "您最近的咨询：\n" + "\n".join(lines) + "\n只有您在这个会话里能看到。要删掉，发“清除我的记录”。"
    return Outcome(replies=(Reply(text),), dialog=turn.dialog)


async def ask_to_forget(turn: Turn) -> Handled:
    """Ask before removing; in safe mode remove at once."""
    words, safe = plain(turn.message.text), turn.conversation.safe_mode
    if not turn.is_text or not (_FORGET.match(words) or (safe and _FORGET_NOW.match(words))):
        return UNHANDLED
    if safe:
        return await _forgotten(turn)
    reply = Reply(_ASKS + await _what_stays(turn), buttons=(YES, NO))
    return Outcome(replies=(reply,), dialog=replace(turn.dialog, options=reply.buttons, confirming="forget"))


async def forget(turn: Turn) -> Handled:
    """Remove, or leave as it is."""
    if turn.message.payload == NO.payload:
        return Outcome(replies=(Reply("好的，没有清除。"),), dialog=replace(turn.dialog, options=(), confirming=""))
    if turn.message.payload != YES.payload or turn.dialog.confirming != "forget":
        return UNHANDLED
    return await _forgotten(turn)


async def _forgotten(turn: Turn) -> Outcome:
    text = "已经清除。手机上这个聊天窗口里的内容，请您自己也删一下。以后有事，随时再来。"
    if await _submitted(turn):
        text += "交上来的事不受影响，照办。"
    # The tries stay: asking to be forgotten is no way to more of them.
    dialog = Dialog(greeted=True, protected=turn.dialog.protected, tries=turn.dialog.tries)
    return Outcome(replies=(Reply(text, clears=True),), dialog=dialog, forget=True)


async def _what_stays(turn: Turn) -> str:
    """The plain truth about what is not removed: a case that was handed in is an archive."""
    own = await _submitted(turn)
    form = "\n正在填、还没提交的表也会删掉。" if "kind" in turn.dialog.form else ""
    if not own:
        return form
    numbers = "、".join(case.number for case in own[:_SHOWN])
    return (
        f"{form}\n您交上来的 {numbers} 是办事档案，按规定的年限保存，不在清除范围里，联系方式和材料也留着照办；"
        "不想办了，先发“撤回申请”。"
    )


async def _submitted(turn: Turn) -> list[CaseRow]:
    """The person's cases, newest first."""
    tools = turn.office.tools
    if tools is None:
        return []
    return await tools.database.read(lambda c: cases.of_person(c, turn.person_key, _SHOWN))
