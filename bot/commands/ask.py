"""`fawen ask` and `fawen match`: the matcher in the terminal. Nothing is recorded."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any

import typer

from bot.app import build_matcher, now
from bot.commands.common import ConfigOption, settings
from bot.config import Settings
from handlers import routes
from handlers.dialog import Dialog
from handlers.message import Kind, Message, Reply
from handlers.turn import Office, Turn
from knowledge.match import Answer, Choose, Decision, Human, Matcher, SmallTalk, Urgent
from storage.records import ConsultationRow, Conversation, ConversationKey
from storage.workstations import Workstation

_OUTCOMES: dict[type[Decision], str] = {
    Answer: "answer",
    Choose: "clarify",
    Urgent: "urgent",
    SmallTalk: "smalltalk",
    Human: "human",
}
_HERE = ConversationKey("terminal", "terminal", "terminal")


def ask(
    text: Annotated[str, typer.Argument(help="要问的话")],
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="连同候选和理由一起给出")] = False,
) -> None:
    """在终端里问一句，不留记录。"""
    chosen = settings(config)
    matcher = build_matcher(chosen)
    decision = matcher.match(text)
    replies = asyncio.run(_replies(chosen, matcher, text))
    if as_json:
        told: dict[str, Any] = {"text": text, "outcome": outcome(decision), "candidates": _candidates(decision)}
        told |= {"reasons": dict(decision.reasons), "replies": [reply.body() for reply in replies]}
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for reply in replies:
        print(_as_text(reply))


def match(config: ConfigOption = None) -> None:
    """从标准输入读 JSONL {"text"}，每行给出判断和候选。"""
    matcher = build_matcher(settings(config))
    for text in _questions():
        begun = time.perf_counter_ns()
        decision = matcher.match(text)
        micros = (time.perf_counter_ns() - begun) // 1000
        row = {"text": text, "outcome": outcome(decision), "candidates": _candidates(decision), "micros": micros}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def outcome(decision: Decision) -> str:
    """The word for a decision that CONTRACT's `fawen match` prints."""
    return _OUTCOMES.get(type(decision), "unknown")


def _questions() -> Iterator[str]:
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            text = json.loads(line)["text"]
        except (ValueError, KeyError, TypeError):
            text = None
        if not isinstance(text, str):
            raise typer.BadParameter(f'第 {number} 行不是 {{"text": "…"}}')
        yield text


def _candidates(decision: Decision) -> list[dict[str, Any]]:
    return [{"id": candidate.id, "score": candidate.score} for candidate in decision.candidates]


async def _replies(chosen: Settings, matcher: Matcher, text: str) -> tuple[Reply, ...]:
    async def history(_: str, __: int) -> list[ConsultationRow]:
        return []

    async def stations(_: str) -> list[Workstation]:
        return []  # what the settings know is told

    promise = timedelta(minutes=chosen.desk.answer_within_minutes)
    office = Office(matcher, chosen.county_facts(), chosen.office_hours, promise, history, stations)
    at = now()
    message = Message("terminal", "terminal", "terminal", "terminal", "1", Kind.TEXT, at, at, text)
    conversation = Conversation(0, _HERE, "terminal", {}, "bot", None, None, None, None, None)
    return (await routes.handle(Turn(message, conversation, Dialog(), at, office, "terminal", 0))).replies


def _as_text(reply: Reply) -> str:
    parts = [f"【{reply.title}】" if reply.title else "", reply.text]
    parts += [f"　{number}. {button.label}" for number, button in enumerate(reply.buttons, 1)]
    parts += [f"依据：{cite}" for cite in reply.cites]
    if reply.more:
        parts += ["—— 更多 ——", reply.more]
    return "\n".join(part for part in parts if part)
