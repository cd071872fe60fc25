"""A question on the web to its cited answer, with the record on disk before the reply."""

import json
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.benchmarks.client import Answer, at_rate, post, run
from tests.benchmarks.figures import Figure, at_most
from tests.benchmarks.processes import Served
from tests.benchmarks.questions import answered

_RECORDED = """
    SELECT count(*) FROM consultations JOIN conversations ON conversations.id = consultations.conversation_id
    WHERE conversations.channel = 'web' AND conversations.account = 'web' AND conversations.chat = ?
"""


def ask(text: str) -> bytes:
    """A first question on the web: every one opens its own conversation."""
    body = {"conversation": None, "id": secrets.token_hex(16), "text": text}
    return post("/api/v1/messages", json.dumps(body, ensure_ascii=False).encode(), "application/json")


def latency(bot: Served, folder: Path, *, per_second: float = 50, seconds: float = 20) -> list[Figure]:
    """Questions at fixed moments, each of a new resident.

    The service reads a reply back from the database after the transaction that holds record and reply was committed
    with synchronous=FULL. Here every answer is checked as it comes in: this other process must see its record.
    """
    texts = answered(200)
    requests = [ask(texts[number % len(texts)]) for number in range(round(per_second * seconds))]
    with closing(sqlite3.connect(f"file:{folder / 'fawen.db'}?mode=ro", uri=True)) as database:
        before = _records(database)
        cited: set[str] = set()
        recorded = 0

        def heard(answer: Answer) -> None:
            nonlocal recorded
            told = json.loads(answer.body)
            if any(reply.get("cites") for reply in told["replies"]):
                cited.add(told["conversation"])
            recorded += database.execute(_RECORDED, (told["conversation"],)).fetchone()[0]

        cpu = bot.cpu
        load = run(at_rate(bot.port, requests, per_second, 32, heard)).only(200)
        cpu = bot.cpu - cpu
        records = _records(database) - before
    if not len(requests) == len(cited) == recorded == records:
        raise RuntimeError(f"{len(requests)} asked, {len(cited)} cited, {recorded} recorded in time, {records} records")
    note = f"server {cpu / load.took:.0%} of a processor, client {load.busy:.0%}"
    return [
        Figure(f"{per_second:g}/s: p50", load.milliseconds(0.5), "ms", note=note),
        at_most(f"{per_second:g}/s: p99", load.milliseconds(0.99), 100, "ms"),
        Figure("slowest", load.milliseconds(1), "ms"),
        Figure("conversations with a cited answer", len(cited), note=f"of {len(requests)} asked"),
        Figure("records when the reply came", recorded, note="seen by another process before it read the reply"),
        Figure("records in all", records),
    ]


def _records(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT count(*) FROM consultations").fetchone()[0])
