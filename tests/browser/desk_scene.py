"""A believable day at the desk: residents on three channels, staff at work, cases, grades. For tests and pictures.

day = Day()
with running_apart(folder, clock=day) as app:
    scene = app.do(fill(app.running, day))
    desk.sign_in("wang.min")        # 王敏 of the county centre; li.qiang is her supervisor, ran.lan sits in 龙潭镇
    desk.go(f"/conversations/{scene.held}")
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from handlers.cases.act import Acted, act
from handlers.cases.open import Opened, open_case
from handlers.desk import notes
from handlers.desk.accounts import staff_of
from handlers.desk.close import Closing, close
from handlers.desk.refused import Refused
from handlers.desk.say import say
from handlers.desk.staff import Role
from storage import canned, conversations, desk, ratings
from storage.account_records import Account
from storage.desk_records import RatingGiven
from tests.browser.desk_people import LONGTAN, MAWANG, Day, claimed, on_the_web, on_wechat, taken_in_client
from tests.console.client import make_account
from tests.running import Running, question

_CANNED = {
    "要带的材料": "来的时候请带：身份证；合同、欠条或者工资条；聊天记录和转账记录（手机里有就行）。缺的先来再说。",
    "工作站在哪里": "我在{工作站}，电话 {工作站电话}，上班时间随时可以来，来之前打个电话更好。",
    "请您稍等": "您好，我是{我的姓名}，您的事（{编号}）我看到了，正在查，半小时内回您。",
}


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
    protected = await on_the_web(app, "他又打我了，把我锁在屋里", MAWANG)
    day.at(9, 12)
    held = await on_the_web(app, question("labor.unpaid-wages-construction"), LONGTAN, "转人工")
    await _reception(app, day, held, wang)
    day.at(9, 31)
    client = await on_wechat(app, "kf-tian", ("彩礼给了八万八，没扯证，女方不退", "咋个要得回来"), "dating", MAWANG)
    await taken_in_client(app, client, wang)
    day.at(10, 9)
    colleague = await on_wechat(app, "kf-yang", ("邻居修屋占了我家滴水沟",), "neighbor", LONGTAN)
    await claimed(app, colleague, ran)
    ended = await _ended_in_client(app, day, wang)
    await _cases(app, made)
    day.at(9, 48)
    await on_wechat(
        app, "kf-shi", ("村里征了我家三亩地，补偿款两年没到账，找过村委会好几次",), "expropriation", "黑水镇"
    )
    day.at(10, 5)
    await on_wechat(app, "kf-he", ("公司说我试用期不合格，要我今天就走",), "labor", None, channel="telegram")
    day.at(10, 21)
    waits = await on_wechat(app, "kf-peng", ("娃儿在学校被同学打了，老师不管",), "minor", LONGTAN)
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
        talk = await on_the_web(app, question("labor.unpaid-wages-general"), "", "转人工")
        await claimed(app, talk, wang)
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


async def _reception(app: Running, day: Day, talk: int, who: Account) -> None:
    """The one of the pictures: she asks, the resident answers, and waits for her."""
    tools, staff = app.app.tools, staff_of(who)
    day.at(9, 15)
    await claimed(app, talk, who)
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


async def _ended_in_client(app: Running, day: Day, who: Account) -> int:
    """A reception that she ended in the platform's client; the row id of its handover."""
    day.at(9, 42)
    talk = await on_wechat(app, "kf-ran", ("公证委托书要好多钱", "人在浙江能不能办"), "service", None)
    await taken_in_client(app, talk, who)
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
