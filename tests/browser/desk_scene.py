"""A believable day at the desk: residents on three channels, staff at work, cases, grades. For tests and pictures.

day = Day()
with running_apart(folder, clock=day) as app:
    scene = app.do(fill(app.running, day))
    desk.sign_in("wang.min")        # 王敏 of the county centre; li.qiang is her supervisor, ran.lan sits in 龙潭镇
    desk.go(f"/conversations/{scene.held}")
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, update

from handlers.cases.act import Acted, act
from handlers.cases.open import Opened, open_case
from handlers.desk import notes
from handlers.desk.accounts import staff_of
from handlers.desk.claim import claim
from handlers.desk.close import Closing, close
from handlers.desk.refused import Refused
from handlers.desk.say import say
from handlers.desk.staff import Role
from handlers.message import Button, Reply
from storage import canned, conversations, desk, inbox, leases, ratings
from storage.account_records import Account
from storage.desk_records import RatingGiven
from storage.records import ConsultationDraft, ConversationKey, HandoverDraft, NewMessage, OutboxDraft
from storage.schema import conversations as talks
from storage.schema import handovers
from storage.turn_result import TurnResult
from tests.console.client import make_account
from tests.running import Clock, Running, question

ZONE = ZoneInfo("Asia/Shanghai")
DAY = datetime(2026, 11, 26, tzinfo=ZONE)  # a Thursday
LONGTAN, MAWANG = "龙潭镇", "麻旺镇"
_LEASE = timedelta(seconds=60)
_CANNED = {
    "要带的材料": "来的时候请带：身份证；合同、欠条或者工资条；聊天记录和转账记录（手机里有就行）。缺的先来再说。",
    "工作站在哪里": "我在{工作站}，电话 {工作站电话}，上班时间随时可以来，来之前打个电话更好。",
    "请您稍等": "您好，我是{我的姓名}，您的事（{编号}）我看到了，正在查，半小时内回您。",
}


class Day(Clock):
    """A clock that is set to a time of the day of the scene, and goes on from there."""

    def __init__(self) -> None:
        super().__init__()
        self.at(8, 55)

    def at(self, hour: int, minute: int = 0, *, days: int = 0) -> None:
        """It is so late now; `days` before or after the day of the scene."""
        wanted = datetime.combine(DAY.date() + timedelta(days=days), time(hour, minute), ZONE)
        self.advance(seconds=(wanted - self()).total_seconds())


@dataclass(frozen=True, slots=True)
class Scene:
    """Row ids of the conversations that tests and pictures are about.

    `held` is 王敏's, in which the resident waits for her; `client` hers in the platform's client; `colleague` 冉小兰's;
    `waits` waits; `protected` waits in safe mode; `ended` is the handover whose outcome is missing.
    """

    accounts: Mapping[str, Account]
    held: int
    client: int
    colleague: int
    waits: int
    protected: int
    ended: int


async def fill(app: Running, day: Day) -> Scene:
    """Let the day happen, until 10:40."""
    made = await _staff(app)
    wang, ran = made["wang.min"], made["ran.lan"]
    await _canned(app, made["li.qiang"])
    await _yesterday(app, day, wang)
    day.at(9, 4)
    protected = await _on_the_web(app, "他又打我了，把我锁在屋里", MAWANG)
    day.at(9, 12)
    held = await _on_the_web(app, question("labor.unpaid-wages-construction"), LONGTAN, "转人工")
    await _reception(app, day, held, wang)
    day.at(9, 31)
    client = await _on_wechat(app, "kf-tian", ("彩礼给了八万八，没扯证，女方不退", "咋个要得回来"), "dating", MAWANG)
    await _taken_in_client(app, client, wang)
    day.at(10, 9)
    colleague = await _on_wechat(app, "kf-yang", ("邻居修屋占了我家滴水沟",), "neighbor", LONGTAN)
    await _claimed(app, colleague, ran)
    ended = await _ended_in_client(app, day, wang)
    await _cases(app, made)
    day.at(9, 48)
    await _on_wechat(
        app, "kf-shi", ("村里征了我家三亩地，补偿款两年没到账，找过村委会好几次",), "expropriation", "黑水镇"
    )
    day.at(10, 5)
    await _on_wechat(app, "kf-he", ("公司说我试用期不合格，要我今天就走",), "labor", None, channel="telegram")
    day.at(10, 21)
    waits = await _on_wechat(app, "kf-peng", ("娃儿在学校被同学打了，老师不管",), "minor", LONGTAN)
    day.at(10, 40)
    return Scene(made, held, client, colleague, waits, protected, ended)


async def _staff(app: Running) -> dict[str, Account]:
    return {
        "wang.min": await make_account(app, "wang.min", Role.DESK, name="王敏", wecom_userid="wangmin"),
        "li.qiang": await make_account(app, "li.qiang", Role.SUPERVISOR, name="李强"),
        "ran.lan": await make_account(app, "ran.lan", Role.DESK, name="冉小兰", unit=LONGTAN),
        "zhao.bian": await make_account(app, "zhao.bian", Role.EDITOR, name="赵编"),
        "tian.shen": await make_account(app, "tian.shen", Role.AUDITOR, name="田审"),
    }


async def _canned(app: Running, by: Account) -> None:
    def work(connection: Connection) -> None:
        for title, body in _CANNED.items():
            canned.add(connection, title, body, "", by.id, app.app.tools.clock())
        canned.add(
            connection, "赶场天接待", "龙潭逢五逢十赶场，律师都在，上午来。", LONGTAN, by.id, app.app.tools.clock()
        )

    await app.app.database.write(work)


async def _yesterday(app: Running, day: Day, wang: Account) -> None:
    """A reception that ended with a bad grade, and one with a good one."""
    for hour, grade, reason in ((15, 2, "等了一上午才有人回，说得也太快"), (16, 5, None)):
        day.at(hour, days=-1)
        talk = await _on_the_web(app, question("labor.unpaid-wages-general"), "", "转人工")
        await _claimed(app, talk, wang)
        day.at(hour, 20, days=-1)
        closed = await close(app.app.tools, staff_of(wang), talk, Closing("当场答复", answer="讲清了怎么起诉"))
        assert not isinstance(closed, Refused), closed
        await app.app.database.write(partial(_grade, app=app, talk=talk, grade=grade, reason=reason))


def _grade(connection: Connection, app: Running, talk: int, grade: int, reason: str | None) -> None:
    asked = ratings.asked_in(connection, talk)
    assert asked, "nobody was asked"
    now = app.app.tools.clock()
    ratings.give(connection, talk, RatingGiven(asked[0].object_kind, asked[0].object_id, grade=grade), now)
    if reason:
        ratings.give(connection, talk, RatingGiven(asked[0].object_kind, asked[0].object_id, reason=reason), now)


async def _on_the_web(app: Running, text: str, township: str, *more: str) -> int:
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


async def _claimed(app: Running, talk: int, who: Account) -> None:
    taken = await claim(app.app.tools, staff_of(who), talk)
    assert not isinstance(taken, Refused), taken


async def _reception(app: Running, day: Day, talk: int, who: Account) -> None:
    """The one of the pictures: she asks, the resident answers, and waits for her."""
    tools, staff = app.app.tools, staff_of(who)
    day.at(9, 15)
    await _claimed(app, talk, who)
    day.at(9, 17)
    said = await say(tools, staff, talk, "冉大哥您好，工地在哪里？包工头姓什么，欠了几个月、一共多少钱？", "1")
    assert not isinstance(said, Refused), said
    day.at(9, 22)
    chat = await app.app.database.read(lambda c: conversations.read_by_id(c, talk))
    assert chat is not None
    await app.say(
        "在彭酉高速七标段，包工头姓陈，三个月一共两万四。我有考勤表的照片，要得不？", conversation=chat.key.chat
    )
    day.at(9, 58)
    said = await say(tools, staff, talk, "考勤表的照片可以的。欠条、聊天记录有没有？也发过来。", "2")
    assert not isinstance(said, Refused), said
    day.at(10, 26)
    await app.say("有张欠条，我发给你。我们这个能申请法律援助不？律师费我出不起", conversation=chat.key.chat)
    assert (
        await notes.note(tools, staff, talk, "像是要走法律援助：进城务工讨薪，不查经济困难。先问有没有欠条。") is None
    )


async def _on_wechat(
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


async def _taken_in_client(app: Running, talk: int, who: Account) -> None:
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


async def _ended_in_client(app: Running, day: Day, who: Account) -> int:
    """A reception that she ended in the platform's client; the row id of its handover."""
    day.at(9, 42)
    talk = await _on_wechat(app, "kf-ran", ("公证委托书要好多钱", "人在浙江能不能办"), "service", None)
    await _taken_in_client(app, talk, who)
    day.at(9, 46)

    def work(connection: Connection) -> int:
        found = conversations.read_by_id(connection, talk)
        assert found is not None
        closed = desk.ended_in_client(connection, found.key, app.app.tools.clock())
        return closed[0]

    return await app.app.database.write(work)


async def _cases(app: Running, made: Mapping[str, Account]) -> None:
    """Two cases of hers: one to be examined within days, one that is under way."""
    tools, wang, li = app.app.tools, staff_of(made["wang.min"]), staff_of(made["li.qiang"])
    told = {"consent": "是", "name": "冉光明", "phone": "13594001234", "township": LONGTAN}
    for kind, story in (
        ("legal_aid", "工地欠薪三个月两万四，想申请法律援助"),
        ("mediation", "两家为屋基滴水扯皮，愿意调解"),
    ):
        form = {**told, "once": secrets.token_hex(8), "story": story, "way": "window"}
        opened = await open_case(tools, wang, None, kind, form)
        assert isinstance(opened, Opened), opened
        done = await act(tools, wang, opened.case.id, opened.case.version, "accept", {"recipient": ""})
        assert isinstance(done, Acted), done
        done = await act(tools, li, done.case.id, done.case.version, "assign", {"assignee": str(wang.id)})
        assert isinstance(done, Acted), done
