"""Danger: the right number first, in every state of a conversation. Recall comes before precision."""

from dataclasses import replace

from handlers.answer import HUMAN, cite_lines, numbered
from handlers.desk.relay import relayed
from handlers.handover import new_handover
from handlers.mask import summary
from handlers.message import Button, Reply
from handlers.record import consultation
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from knowledge.entry import Entry
from knowledge.match import Urgent

SAFE = Button("现在安全了", "safe")
NUMBERS = {
    "110": "报警",
    "119": "消防",
    "120": "急救",
    "122": "交通事故",
    "12356": "心理援助",
    "96110": "反诈劝阻",
    "12348": "法律服务",
    "12338": "妇女维权",
    "12355": "青少年",
}
_ROBOT = "我是机器人。"  # what a robot cannot do for them is the first thing that each entry's `ask` says


async def handle(turn: Turn) -> Handled:
    """Show the emergency card where the words show danger, or where it was chosen; note it for the staff."""
    entry = _meant(turn)
    if entry is None:
        return UNHANDLED
    number = new_handover(turn, "urgent", summary(turn.message.text), urgent=True)
    return Outcome(
        replies=(card(entry, turn),),
        dialog=replace(turn.dialog, options=(SAFE, HUMAN), topic=entry.id, more="", asked="", failures=0, greeted=True),
        consultation=consultation(turn, entry, disposition="紧急转警", status="已答复", urgent=True),
        handover=number,
        to_staff=await relayed(turn) if turn.conversation.holder == "person" else (),
    )


async def reassure(turn: Turn) -> Handled:
    """The danger is over: say what helps now."""
    if turn.message.payload != SAFE.payload:
        return UNHANDLED
    text = (
        "安全就好。等您缓过来，可以把经过告诉我：要不要报警、怎么留证据、能申请什么保护，我一样一样说。"
        "想和人说，发“转人工”或打 12348。"
    )
    return Outcome(replies=(Reply(text, buttons=(HUMAN,)),), dialog=replace(turn.dialog, options=(HUMAN,)))


def card(entry: Entry, turn: Turn) -> Reply:
    """The emergency card: numbers in the title, one calming line with one action, few steps, one question."""
    calls = "　".join(f"{phone} {NUMBERS.get(phone, '')}".strip() for phone in entry.phones)
    lines = [entry.conclusion, *numbered(entry.steps), entry.dont, _ROBOT + entry.ask]
    return Reply(
        text="\n".join(line for line in lines if line),
        title=f"先保证安全：{calls}",
        buttons=(SAFE, HUMAN),
        topic=entry.id,
        cites=cite_lines(entry.cites, turn.office.knowledge),
        purpose="urgent",
    )


def _meant(turn: Turn) -> Entry | None:
    chosen = turn.message.payload.removeprefix("topic:") if turn.message.payload.startswith("topic:urgent.") else ""
    if chosen:
        return turn.office.knowledge.entries.get(chosen)
    if turn.is_text and isinstance(turn.decision, Urgent):
        return turn.decision.entry
    return None
