"""Residents and staff of the scene: what they say, and who takes them, straight through the service or its rows."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, update

from handlers.desk.accounts import staff_of
from handlers.desk.claim import claim
from handlers.desk.refused import Refused
from handlers.message import Button, Reply
from storage import conversations, desk, inbox, leases
from storage.account_records import Account
from storage.records import ConsultationDraft, ConversationKey, HandoverDraft, NewMessage, OutboxDraft
from storage.schema import conversations as talks
from storage.schema import handovers
from storage.turn_result import TurnResult
from tests.running import Clock, Running

ZONE = ZoneInfo("Asia/Shanghai")
DAY = datetime(2026, 11, 26, tzinfo=ZONE)  # a Thursday
LONGTAN, MAWANG = "龙潭镇", "麻旺镇"
_LEASE = timedelta(seconds=60)


class Day(Clock):
    """A clock that is set to a time of the day of the scene, and goes on from there."""

    def __init__(self) -> None:
        super().__init__()
        self.at(8, 55)

    def at(self, hour: int, minute: int = 0, *, days: int = 0) -> None:
        """It is so late now; `days` before or after the day of the scene."""
        wanted = datetime.combine(DAY.date() + timedelta(days=days), time(hour, minute), ZONE)
        self.advance(seconds=(wanted - self()).total_seconds())


async def on_the_web(app: Running, text: str, township: str, *more: str) -> int:
    """A resident on the web says these things one after the other; their conversation's row id."""
    told = await app.say(text)
    chat = told["conversation"]
    for words in more:
        await app.say(words, conversation=chat)
    key = ConversationKey("web", "web", chat)

    def work(connection: Connection) -> int:
        found = conversations.read_conversation(connection, key)
        assert found is not None
        if township:
            connection.execute(update(talks).where(talks.c.id == found.id).values(township=township))
            theirs = handovers.c.conversation_id == found.id
            connection.execute(update(handovers).where(theirs).values(township=township))
        return found.id

    return await app.app.database.write(work)


async def claimed(app: Running, talk: int, who: Account) -> None:
    taken = await claim(app.app.tools, staff_of(who), talk)
    assert not isinstance(taken, Refused), taken


async def on_wechat(
    app: Running, chat: str, words: Sequence[str], domain: str, township: str | None, channel: str = "wecom_kf"
) -> int:
    """A resident of a platform that is not there: rows as its channel would have made them; the conversation's id."""
    key = ConversationKey(channel, "wk-main", chat)
    for number, text in enumerate(words):
        last = number == len(words) - 1
        whole = "；".join(words)
        work = partial(_turn, app=app, key=key, text=text, domain=domain, township=township, whole=whole, asks=last)
        await app.app.database.write(work)
    found = await app.app.database.read(lambda c: conversations.read_conversation(c, key))
    assert found is not None
    return found.id


def _turn(
    connection: Connection,
    app: Running,
    key: ConversationKey,
    text: str,
    domain: str,
    township: str | None,
    whole: str,
    asks: bool,
) -> None:
    """One message and what came of it; `asks`: a person is to take over what was said as a `whole`."""
    now = app.app.tools.clock()
    message = NewMessage(key, key.chat, secrets.token_hex(8), {"kind": "text", "text": text}, now, now)
    inbox.accept(connection, [message])
    held = leases.claim(connection, key, "scene", now, _LEASE)
    assert held is not None
    stored = held.messages[0]
    number = f"RG{now.astimezone(ZONE):%m%d}-{stored.inbox_id}"
    told = f"这个问题我没把握，已经登记转人工，编号 {number}。工作人员正在上班，会尽快看。"
    reply = Reply(told if asks else "您的情况我记下了，还有别的要补充吗？", buttons=(Button("转人工", "human"),))
    result = TurnResult(
        inbox_id=stored.inbox_id,
        conversation_id=held.conversation.id,
        owner="scene",
        now=now,
        dialog={"greeted": True},
        person_key=app.app.tools.person(key, key.chat),
        sender=key.chat,
        org="YY",
        expected_holder=held.conversation.holder,
        township=township,
        window=(now + timedelta(hours=48), 4) if key.channel == "wecom_kf" else None,
        replies=(OutboxDraft(secrets.token_hex(16), "answer", 2, reply.body(), now, pulled=True),),
    )
    if asks:
        result = replace(result, **_asks(app, whole, domain, number))
    conversations.commit_turn(connection, result)


def _asks(app: Running, text: str, domain: str, number: str) -> dict[str, Any]:
    tools = app.app.tools
    found = app.app.matcher.match(text).candidates
    draft = ConsultationDraft(
        domain=domain,
        topic="",
        title="待人工归类",
        summary=text,
        answer="",
        cites=(),
        disposition="转人工",
        status="待人工",
        responder="机器人",
        candidates=tuple({"id": one.id, "score": one.score} for one in found),
    )
    promised = tools.hours().after_working(tools.clock(), timedelta(minutes=60))
    handover = HandoverDraft(number, "failures", text, urgent=False, promised_at=promised)
    return {"consultation": draft, "handover": handover, "holder": "waiting"}


async def taken_in_client(app: Running, talk: int, who: Account) -> None:
    def work(connection: Connection) -> None:
        found = conversations.read_by_id(connection, talk)
        assert found is not None
        desk.taken_in_client(connection, found.key, who.wecom_userid or "", app.app.tools.clock())
        _servicer_says(connection, app, found.key, who, "您好，彩礼的事我看到了，给的时候有没有转账记录？")

    await app.app.database.write(work)


def _servicer_says(connection: Connection, app: Running, key: ConversationKey, who: Account, text: str) -> None:
    now, userid = app.app.tools.clock(), who.wecom_userid or ""
    body = {"kind": "text", "text": text}
    message = NewMessage(key, userid, secrets.token_hex(8), body, now, now, state="ignored", error="said by a servicer")
    inbox.accept(connection, [message])
    desk.said_in_client(connection, key, userid, now)
