"""What a resident is told of a step in their case, and whether it may be said at all."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from handlers.cases.effects import Effect
from handlers.cases.kinds import KINDS
from handlers.desk.drafts import to_resident
from handlers.desk.say import budget
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.dialog import Dialog
from handlers.hours import OfficeHours
from handlers.message import Reply
from handlers.rating import question
from storage import conversations, ratings
from storage.case_records import CaseRow
from storage.desk import IN_CLIENT
from storage.records import Conversation, Json

_ASK = "想看办到哪一步，发“查进度 {number}”。"


def reply_for(action: str, case: CaseRow, done: Effect, hours: OfficeHours, now: datetime) -> Reply | None:
    """The words for the resident; None where the step is nothing to them. `case` is as it is after the step."""
    words = _WORDS.get(action)
    if words is None:
        return None
    kind = KINDS[case.kind]
    due = hours.moment(case.due_at, now) if case.due_at is not None else ""
    text = words(case, done, due)
    return Reply(f"{text}\n{_ASK.format(number=case.number)}", title=f"{kind.name}　{case.number}")


def tell(
    connection: Connection, tools: Tools, staff: Staff, case: CaseRow, reply: Reply, *, asks_for_rating: bool = False
) -> tuple[str, Conversation | None]:
    """Put the reply into the outbox where it may be said; what the member of staff should know, and the conversation.

    With `asks_for_rating` the question 好差评 stands under it, where it may be asked.
    """
    conversation = _conversation(connection, case)
    reason = why_not(connection, tools, staff, case)
    if conversation is None or reason:
        return reason, None
    if conversation.holder == "person":
        reply = replace(reply, purpose="staff", author=staff.name)
    elif asks_for_rating and ratings.ask(connection, "case", case.id, tools.clock()):
        reply = replace(question("case", case.id, reply.text), title=reply.title, purpose="answer")
        conversations.change_dialog(connection, conversation.id, lambda kept: _offering(kept, reply))
    draft = to_resident(tools, conversation, reply, "case", case.id, case.version)
    conversations.speak(connection, conversation, draft, tools.clock())
    return "已经告诉当事人。", conversation


def why_not(connection: Connection, tools: Tools, staff: Staff, case: CaseRow) -> str:
    """Why the resident cannot be told of a step from here, with what to do instead; "" where they can."""
    conversation = _conversation(connection, case)
    if conversation is None:
        return "当事人没有线上会话，请打电话告诉当事人。"
    return _why_not_there(connection, tools, staff, case, conversation)


def _why_not_there(
    connection: Connection, tools: Tools, staff: Staff, case: CaseRow, conversation: Conversation
) -> str:
    if case.safe_mode or conversation.safe_mode:
        return "安全模式：没有给当事人发消息，请按约定的安全方式联系。"
    if conversation.unreachable is not None:
        return "当事人已经离开或屏蔽了我们，发不过去，请打电话告诉当事人。"
    if conversation.holder == "person" and conversation.holder_id != staff.id:
        return f"{conversation.holder_name or '同事'} 正在接待当事人，没有自动发消息，请告诉这位同事。"
    if conversation.holder == "person" and conversation.holder_via == IN_CLIENT:
        return "会话在“微信客服”里接待，没有自动发消息，请在那里告诉当事人。"
    if budget(connection, conversation).closed(tools.clock()):
        return "平台不让再发消息了，请打电话告诉当事人。"
    return ""


def _offering(kept: Json, reply: Reply) -> Json:
    """The dialog in which a number stands for a grade, unless a form that is being filled in wants numbers too."""
    dialog = Dialog.from_json(kept)
    return kept if "kind" in dialog.form else replace(dialog, options=reply.buttons).to_json()


def _conversation(connection: Connection, case: CaseRow) -> Conversation | None:
    return conversations.read_by_id(connection, case.conversation_id) if case.conversation_id is not None else None


def _accepted(case: CaseRow, _: Effect, due: str) -> str:
    if case.kind == "legal_aid":
        return f"您的申请批准了，决定给您法律援助。最迟 {due} 前指派承办人，承办人会联系您。"
    until = f"最迟 {due} 前办出结果或给您答复。" if due else "办出结果会告诉您。"
    return f"您的事受理了。{until}"


def _missing(case: CaseRow, done: Effect, _: str) -> str:
    what = f"还缺下面这些，补齐了接着办（补材料的时间不算在期限里）：\n{done.text}"
    return f"{what}\n拍照发来也行，先发“补充材料 {case.number}”。"


def _rejected(_: CaseRow, done: Effect, __: str) -> str:
    return f"这件事没能受理。\n理由：{done.text}\n不同意怎么办：{done.detail['remedy']}"


def _closed(case: CaseRow, _: Effect, __: str) -> str:
    return f"办结了。\n结果：{case.result}\n答复：{case.answer}\n有新情况、不满意，30 天内可以要求重新办理。"


_WORDS: Mapping[str, Callable[[CaseRow, Effect, str], str]] = {
    "accept": _accepted,
    "ask_supplement": _missing,
    "reject": _rejected,
    "assign": lambda case, _, __: f"已经指派 {case.assignee_name} 办您的事，会和您联系。",
    "reassign": lambda case, _, __: f"您的事改由 {case.assignee_name} 接着办，前面的都在，不用重说。",
    "suspend": lambda _, done, __: f"您的事暂时停一下。\n原因：{done.text}\n能接着办了会告诉您，停的时间不算在期限里。",
    "resume": lambda _, __, due: "您的事接着办了。" + (f"最迟 {due} 前给您结果。" if due else ""),
    "transfer": lambda case, _, __: (
        f"您的事按规定转给 {case.recipient} 办，对方已经签收。我们会继续跟着，有结果告诉您。"
    ),
    "returned": lambda _, done, due: f"接收单位退回来了（{done.text}），我们接着办，最迟 {due} 前给您说法。",
    "close": _closed,
    "close_transferred": _closed,
    "withdraw": lambda _, __, ___: "已经按您的意思撤回。以后还要办，重新申请就行。",
    "merge": lambda _, done, __: f"您这件事和编号 {done.detail['target']} 是一回事，合在一起办。",
    "reopen": lambda _, __, due: "您的事重新办理。" + (f"最迟 {due} 前给您答复。" if due else ""),
}
