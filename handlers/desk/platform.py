"""Where a platform keeps sessions of its own (微信客服), a claim here has to move its session there too."""

from dataclasses import dataclass

from handlers.desk.refused import Refused, Why
from handlers.desk.staff import Staff
from handlers.desk.tools import SessionFault, SessionRefused, Tools
from storage.records import Conversation

_WORDS = {
    SessionFault.NOT_A_SERVICER: "您不在这个微信客服账号的接待人员里，接不了。请管理员在企业微信“微信客服”里加上您。",
    SessionFault.OFF_DUTY: "您在企业微信里还没有开始接待。请先在“微信客服”里把接待状态打开，再接一次。",
    SessionFault.OVER: "微信那边这次会话已经结束，要等对方再发一条消息才能接。可以先打电话联系。",
    SessionFault.REFUSED: "企业微信现在不让转给您。请等一会儿再接，或者打电话联系对方。",
    SessionFault.UNKNOWN: "企业微信没有回应，不知道接上没有。请过一分钟再点一次，不会重复。",
}
_MAY_ANSWER_HERE = (SessionFault.NOT_A_SERVICER, SessionFault.OFF_DUTY, SessionFault.REFUSED)


@dataclass(frozen=True, slots=True)
class Moved:
    """The platform agrees. `in_client`: the member answers in the platform's client; `code` is a right to say one text.

    `words` are for the member of staff.
    """

    in_client: bool
    words: str
    code: str | None = None


async def hand_over(
    tools: Tools, staff: Staff, conversation: Conversation, *, transfer: bool = False
) -> Moved | Refused:
    """Let the platform give its session to this member; where it has none, there is nothing to do.

    One who does not serve in the platform's client can still answer from here, as long as the bot's interface may
    speak: within the platform's window. `transfer`: from a colleague, who may be serving in the platform's client.
    """
    sessions = tools.sessions_of(conversation.key.channel)
    if sessions is None:
        return Moved(in_client=False, words="接上了，直接在这里答复。")
    fault = SessionFault.NOT_A_SERVICER
    if staff.wecom_userid:
        try:
            code = await sessions.hand_to(conversation.key, staff.wecom_userid, transfer=transfer)
        except SessionRefused as error:
            fault = error.fault
            if fault is SessionFault.TAKEN:
                return Refused(Why.TAKEN, f"{error.who or '同事'} 已经在企业微信里接待了。")
        else:
            return Moved(in_client=True, words="接上了，请到企业微信的“微信客服”里答复，这里会同步记录。", code=code)
    if fault in _MAY_ANSWER_HERE and await _may_speak(tools, conversation):
        return Moved(in_client=False, words="接上了，在这里答复。微信限 48 小时内 5 条，注意看剩几条。")
    return Refused(Why.PLATFORM, _WORDS[fault])


async def _may_speak(tools: Tools, conversation: Conversation) -> bool:
    sessions = tools.sessions_of(conversation.key.channel)
    try:
        return sessions is not None and await sessions.is_bots(conversation.key)
    except SessionRefused:
        return False
