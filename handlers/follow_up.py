"""Short questions about the last answer: what to bring, how long, where, how much, which law."""

import re
from dataclasses import replace

from handlers.answer import HUMAN, cite_lines, filled, numbered, place_lines
from handlers.message import Reply
from handlers.stations import station_text
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from knowledge.entry import Entry
from knowledge.normalize import plain

_BEFORE = r"(那|请问|还|那么|办|申请|这个|需要|要|我|得|该|具体|一般|大概)*"
_AFTER = r"(呢|吗|嘛|啊|呀|哦|嘞|才行|才能办|办)*"
_WHAT = r"(什么|哪些|啥|啥子|些什么)"
_WHERE = r"(哪里|哪儿|哪|哪点|什么地方)"
# The whole text must be such a question: with a word of a matter in it, it is a new question.
_WORDS: dict[str, tuple[str, ...]] = {
    "materials": (
        rf"(带|准备|交|提供)*{_WHAT}(材料|资料|证件|东西|手续)",
        r"材料(有哪些|是什么)?",
        rf"带{_WHAT}",
    ),
    "deadline": (
        r"(多久|多长时间|几天|好久|什么时候|期限)(能|可以)?(到期|过期|内|办得?好|办完|批|有结果|之内)?(是多久)?",
        r"有(时间|期限)限制",
        r"时效(是)?(多久)?",
    ),
    "where": (
        rf"(去|到|在){_WHERE}(办|申请|找|问|告|投诉)?",
        rf"{_WHERE}(能|可以)?(办|申请)",
        r"找(谁|哪个|哪个部门|哪里)",
        r"地址(在哪|是什么|在哪里)?",
        r"打?(什么|哪个)?电话(是?多少|号码)?",
    ),
    "cost": (
        r"(花|交|出)?(多少|好多|几)(钱|费用)",
        r"(收费|免费|要不要钱|收不收费)",
        r"(要|收|花)钱(吗|嘛|不|么)",
        r"费用(多少|怎么算)?",
    ),
    "cites": (
        r"(法律)?依据(是什么|呢)?",
        r"(哪条|哪部|什么)(法律|法|规定)(规定的|说的)?",
        r"有(什么|啥)(法律)?依据",
        r"(法律)?怎么规定(的)?",
    ),
    "steps": (
        r"(下一步|然后|接下来|之后)(怎么办|怎么做|做什么|该怎么办)?",
        r"(怎么|咋个?|啷个)(办|做|申请|弄|整)",
        r"流程(是什么|呢)?",
        r"步骤",
    ),
}
_ASKS = {part: re.compile(rf"^{_BEFORE}(?:{'|'.join(words)}){_AFTER}$") for part, words in _WORDS.items()}
_NONE = {
    "materials": "这一条没有固定要带的材料，带上身份证和手里现有的证据就行。拿不准可以先打 12348。",
    "deadline": "这一条没有写死的期限，但越早办越好。拿不准可以打 12348 问清楚。",
    "where": "可以先到附近的乡镇公共法律服务工作站问，或打 12348。",
    "cost": "这一条没有写费用。打 12348 和到工作站咨询都不收钱。",
    "cites": "这一条是服务指引，没有单独的法条。",
    "steps": "先把手里的证据收好，再打 12348 或去工作站问下一步。",
}


async def handle(turn: Turn) -> Handled:
    """Answer from the entry of the last answer, where there is one and the text asks for a part of it."""
    entry = turn.office.knowledge.entries.get(turn.dialog.topic)
    part = asked_part(turn.message.text) if turn.is_text else None
    if entry is None or part is None:
        return UNHANDLED
    text = "\n".join(await _places(turn, entry)) if part == "where" else _part(turn, entry, part)
    told = filled(text, turn.office.knowledge, turn.office.county)
    reply = Reply(told or _NONE[part], title=entry.question, topic=entry.id, buttons=(HUMAN,))
    return Outcome(replies=(reply,), dialog=replace(turn.dialog, options=reply.buttons))


def asked_part(text: str) -> str | None:
    """Which part of the last answer a short text asks for; None if it is about something else."""
    words = plain(text)
    return next((part for part, pattern in _ASKS.items() if pattern.match(words)), None)


def _part(turn: Turn, entry: Entry, part: str) -> str:
    parts = {
        "materials": "要带的：" + "；".join(entry.materials) if entry.materials else "",
        "deadline": entry.deadline,
        "cost": entry.cost,
        "cites": "\n".join(cite_lines(entry.cites, turn.office.knowledge)),
        "steps": "\n".join(numbered(entry.steps)),
    }
    return parts[part]


async def _places(turn: Turn, entry: Entry) -> list[str]:
    if entry.where is None:
        return []
    lines = place_lines(entry, turn.office.knowledge, turn.office.county)
    home = next((t for t in turn.office.knowledge.townships if t.name == turn.conversation.township), None)
    return [*lines, await station_text(turn, home)] if home else lines
