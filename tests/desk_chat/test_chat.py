"""A reception from a chat, from the card to the rating, on both channels."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from storage import accounts, canned
from storage import schema as tables
from tests.desk_chat.stage import WORKING_MORNING, Member, Resident, Stage, Telegram, stage
from tests.dialogs.people import OnKf

CHANNELS = ("telegram", "wecom_app")
WAGES = "老板拖欠工资三个月不给"
on_both = pytest.mark.parametrize("channel", CHANNELS)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("chat")) as running:
        yield running
        running.quiet()
        assert running.telegram.violations == []
        assert running.wecom.violations == []


@pytest.fixture(autouse=True)
def nobody_else(scene: Stage) -> Iterator[None]:
    """Only the staff of a test are called in it."""
    yield
    scene.leave()


def waits(scene: Stage, matter: str = WAGES) -> tuple[Resident, str]:
    """Somebody who asked for a person, and the number that they were given."""
    person = scene.resident()
    person.says(matter)
    person.says("转人工")
    return person, str(scene.handovers_of(person)[-1].number)


def serves(scene: Stage, member: Member, matter: str = WAGES) -> tuple[Resident, str]:
    """The same, taken by a member of staff."""
    person, number = waits(scene, matter)
    member.taps("接待", on=number)
    member.hears(f"{number} 在您手上")
    return person, number


@on_both
def test_from_the_card_to_the_rating(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    anna, number = waits(scene)
    zhang.taps("接待", on=number)
    told = zhang.hears(f"{number} 在您手上")
    assert f"对方：{WAGES}" in told
    assert "张三：" not in told
    zhang.shows(number, "张三 已接待")
    anna.hears("我是酉阳土家族苗族自治县公共法律服务中心的张三")
    zhang.says("您好，有劳动合同吗？")
    zhang.hears(f"已发给 {number}")
    anna.hears("您好，有劳动合同吗？")
    anna.says("没有签合同，有工友作证")
    assert zhang.hears("没有签合同，有工友作证").startswith(number)
    zhang.says("结束")
    zhang.taps("引导法援", on="选一个处置结果")
    zhang.hears(f"{number} 办结了：引导法援，咨询编号 ZX")
    anna.hears("这次服务您满意吗")
    (handover,) = scene.handovers_of(anna)
    assert (handover.state, handover.outcome, handover.claimed_name) == ("closed", "引导法援", "张三")
    record = scene.records()[-1]
    assert (record.disposition, record.responder) == ("引导法援", "张三")
    assert "有劳动合同吗" in record.answer


@on_both
def test_with_nobody_in_hand_they_are_a_person_like_all_others(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    zhang.says(WAGES)
    zhang.hears("厂里、公司、店里拖着不发工资怎么办")
    zhang.says("结束")
    zhang.hears("您手上没有在聊的人")


@on_both
def test_a_double_tap_is_one_claim(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    anna, number = waits(scene)
    zhang.taps_twice("接待", on=number)
    zhang.hears(f"{number} 在您手上")
    zhang.hears(f"{number} 在您手上", "已经在您手上")
    assert [row.state for row in scene.handovers_of(anna)] == ["claimed"]
    assert sum("张三，您的事我来接着办" in said for said in anna.later()) == 1


@on_both
def test_of_two_who_race_one_hears_who_was_quicker(scene: Stage, channel: str) -> None:
    zhang, li = scene.staff(channel, "张三"), scene.staff(channel, "李四")
    anna, number = waits(scene)
    choice = [member.choice("接待", on=number) for member in (zhang, li)]
    scene.at_once([lambda m=member, c=one: m.where.press(*c) for member, one in zip((zhang, li), choice, strict=True)])  # type: ignore[misc]
    scene.until(lambda: scene.handovers_of(anna)[0].claimed_name, "somebody who has it")
    (handover,) = scene.handovers_of(anna)
    winner, loser = (zhang, li) if handover.claimed_name == "张三" else (li, zhang)
    winner.hears(f"{number} 在您手上")
    loser.hears(f"{number}：{winner.name} 正在接待")
    for member in (zhang, li):
        member.shows(winner.name, "接待")
    loser.says("您好")
    loser.hears("法问")  # their words went to the bot, not to the resident
    assert "您好" not in anna.later()


@on_both
def test_a_card_of_long_ago(scene: Stage, channel: str) -> None:
    zhang, li = scene.staff(channel, "张三"), scene.staff(channel, "李四")
    anna, number = waits(scene)
    old = li.choice("接待", on=number)
    zhang.taps("接待", on=number)
    zhang.hears(f"{number} 在您手上")
    zhang.says("结束")
    zhang.taps("当场答复", on="选一个处置结果")
    zhang.hears("办结了")
    li.press_again(old, f"claim:{scene.handovers_of(anna)[0].id}")
    li.hears(f"{number} 已经办结了（张三）")
    li.press_again(old, "claim:999999")
    li.hears("没有这一件")
    assert scene.conversation_of(anna.chat).holder == "bot"


@on_both
def test_an_account_that_is_disabled_meanwhile(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    scene.staff(channel, "主任", "administrator")
    anna, number = serves(scene, zhang)
    zhang.says("马上")
    zhang.hears(f"已发给 {number}")
    scene.write(lambda c: accounts.disable(c, zhang.account.id, WORKING_MORNING, None, "管理员"))
    zhang.says("明天上午来窗口")
    zhang.hears("这句没有发给居民")
    assert "明天上午来窗口" not in anna.later()
    assert scene.conversation_of(anna.chat).holder == "waiting"
    zhang.says(WAGES)
    zhang.hears("厂里、公司、店里拖着不发工资怎么办")


@on_both
def test_words_never_go_to_another_than_they_were_meant_for(scene: Stage, channel: str) -> None:
    zhang, li = scene.staff(channel, "张三"), scene.staff("telegram", "李四")
    anna, first = serves(scene, zhang)
    bert, second = serves(scene, zhang)
    zhang.says("给第二位的话")
    zhang.hears(f"已发给 {second}")
    bert.hears("给第二位的话")
    anna.says("我还在等")
    assert f"要回这位，先发“看 {first}”" in zhang.hears(f"{first}（另一位）", "我还在等")
    bert.says("我也在")
    zhang.hears(f"{second}（正在聊）", "我也在")
    zhang.says(f"看 {first}")
    zhang.hears(f"{first} 在您手上")
    zhang.says("给第一位的话")
    zhang.hears(f"已发给 {first}")
    anna.hears("给第一位的话")
    zhang.says(f"转给 {li.name}")
    zhang.hears(f"{first} 转给 李四 了", f"现在您打的字发给 {second}")
    li.hears("张三 把一件接待转给您")
    li.says("我的接待")
    li.taps(f"看 {first}", on="在接待台接待")
    li.hears(f"{first} 在您手上", "给第一位的话")
    li.says("我是李四")
    li.hears(f"已发给 {first}")
    anna.hears("我是李四")
    scene.take_back(bert)
    zhang.says("只给第二位的话")
    zhang.hears("这句没有发出去")
    assert not any("只给第二位" in said for said in [*anna.later(), *bert.later()])


@on_both
def test_what_cannot_be_passed_on_is_said(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    anna, _ = serves(scene, zhang)
    before = len(anna.later())
    for form in ("picture", "voice", "location"):
        zhang.where.sends(form)
        zhang.hears("这里只能转文字")
    assert len(anna.later()) == before


@on_both
def test_danger_in_the_words_of_staff_is_for_the_resident(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    anna, number = serves(scene, zhang)
    zhang.says("他正在打您的话，马上打110，先躲开")
    zhang.hears(f"已发给 {number}")
    anna.hears("马上打110，先躲开")
    assert "先保证安全" not in zhang.everything()
    anna.says("我老公正在打我，他拿着刀")
    zhang.hears("我老公正在打我，他拿着刀")
    anna.hears("110")


@on_both
def test_queue_notes_and_giving_back(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    zhang.says("待接")
    zhang.hears("现在没有人在等")
    anna, number = waits(scene)
    zhang.says("队列")
    zhang.hears("等着的 1 件", number, "老板拖欠工资")
    zhang.taps(f"接 {number}")
    zhang.hears(f"{number} 在您手上")
    zhang.says("备注 工友两人，证据够")
    zhang.hears(f"备注记在 {number} 上了")
    zhang.says("我的接待")
    zhang.hears("您手上 1 位", f"{number} 乡镇不详（正在聊）")
    zhang.says("帮助")
    zhang.hears("张三，您可以发")
    zhang.says("说 帮助")
    zhang.hears("已发给")
    anna.hears("帮助")
    zhang.says("放回")
    zhang.hears(f"{number} 放回队列了")
    anna.hears("已经放回队列")
    assert not any("证据够" in said for said in anna.later())
    zhang.taps("接待", on=number)  # alerted anew
    assert "备注（张三）：工友两人，证据够" in zhang.hears(f"{number} 在您手上")


@on_both
def test_handing_on_asks_where_the_name_is_not_clear(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    scene.staff(channel, "王小明")
    scene.staff(channel, "王小红")
    anna, number = serves(scene, zhang)
    zhang.says("转给 赵六")
    zhang.hears("没有叫“赵六”的同事", "没有发给居民")
    zhang.says("转给王小")
    zhang.taps("王小红", on="有几位同名")
    zhang.hears(f"{number} 转给 王小红 了")
    assert scene.conversation_of(anna.chat).holder_name == "王小红"
    assert not any("转给" in said for said in anna.later())


@on_both
def test_canned_answers_are_shown_before_they_are_sent(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    title, body = f"来窗口{channel}", "请带身份证来{工作站}找{我的姓名}。"
    scene.write(lambda c: canned.add(c, title, body, "", zhang.account.id, WORKING_MORNING))
    anna, number = serves(scene, zhang)
    zhang.says("常用语 来窗口")
    zhang.taps(title, on="选一条")
    zhang.hears(f"给 {number}", "公共法律服务中心找张三。")
    assert not any("请带身份证" in said for said in anna.later())
    zhang.taps("发给对方", on="找张三。")
    zhang.hears(f"已发给 {number}")
    anna.hears("请带身份证来酉阳土家族苗族自治县公共法律服务中心找张三。")


@on_both
def test_only_who_may_serve_there_can_take(scene: Stage, channel: str) -> None:
    auditor = scene.staff(channel, "审计", "auditor")
    far = scene.staff(channel, "龙潭", unit="龙潭镇")
    zhang = scene.staff(channel, "张三")
    anna, number = waits(scene)
    card = zhang.choice("接待", on=number)
    claim = f"claim:{scene.handovers_of(anna)[0].id}"
    auditor.press_again(card, claim)
    auditor.hears("没有可用的接待账号")
    far.press_again(card, claim)
    far.hears("不在您的范围里")
    assert [row.state for row in scene.handovers_of(anna)] == ["waiting"]


@on_both
def test_a_resident_who_left_and_one_who_cannot_be_reached(scene: Stage, channel: str) -> None:
    zhang, bert = scene.staff(channel, "张三"), Telegram(scene.telegram)
    bert.says(WAGES)
    bert.says("转人工")
    zhang.taps("接待", on="渠道：Telegram")
    zhang.hears("在您手上")
    scene.telegram.deactivated(int(bert.chat))  # nothing tells of it before somebody writes
    zhang.says("您好，在吗？")
    zhang.hears("没有送到：对方离开或屏蔽了我们", "您好，在吗？")
    zhang.says("还在吗？")
    zhang.hears("没有发给", "对方已经离开或屏蔽了我们")


@on_both
def test_a_resident_who_blocks_us_while_somebody_serves(scene: Stage, channel: str) -> None:
    zhang, bert = scene.staff(channel, "张三"), Telegram(scene.telegram)
    bert.says(WAGES)
    bert.says("转人工")
    zhang.taps("接待", on="渠道：Telegram")
    zhang.hears("在您手上")
    scene.telegram.blocked_by(int(bert.chat))
    zhang.hears("对方离开或屏蔽了我们，发不过去了")
    zhang.says("结束")
    zhang.taps("其他", on="选一个处置结果")
    zhang.hears("办结了：其他")


@on_both
def test_what_was_changed_is_marked(scene: Stage, channel: str) -> None:
    zhang, bert = scene.staff(channel, "张三"), Telegram(scene.telegram)
    bert.says(WAGES)
    bert.says("转人工")
    zhang.taps("接待", on="渠道：Telegram")
    zhang.hears("在您手上")
    said = scene.telegram.user_says(int(bert.chat), "欠三万")["message"]["message_id"]
    zhang.hears("欠三万")
    scene.telegram.user_edits(int(bert.chat), said, "欠三万五")
    zhang.hears("（修改）欠三万五")
    scene.telegram.user_touches(int(bert.chat), said)
    scene.telegram.user_sends_photo(int(bert.chat), caption="欠条")
    zhang.hears("（图片） 欠条", "请到接待台看")
    assert zhang.everything().count("欠三万五") == 1


def test_what_staff_change_follows_as_a_correction(scene: Stage) -> None:
    zhang = scene.staff("telegram", "张三")
    anna, _ = serves(scene, zhang)
    said = scene.telegram.user_says(int(zhang.where.chat), "周一来")["message"]["message_id"]
    anna.hears("周一来")
    scene.telegram.user_edits(int(zhang.where.chat), said, "周二来")
    anna.hears("（更正）周二来")


@on_both
def test_the_window_of_wechat_is_shown_and_ends(scene: Stage, channel: str) -> None:
    zhang, carl = scene.staff(channel, "张三"), OnKf(scene.wecom)
    carl.says(WAGES)
    carl.says("转人工")
    zhang.taps("接待", on="渠道：微信客服")
    zhang.hears("在您手上", "微信限 48 小时内 5 条")
    heard = ""
    said = 0
    while "没有发给" not in heard:
        zhang.says(f"第{said}句")
        heard = zhang.hears_one("已发给", "没有发给")
        said += 1
        assert said < 9
    assert "等对方发来下一条" in heard
    scene.quiet()
    shown = [one.said for one in carl.seen()]
    assert [any(f"第{number}句" in text for text in shown) for number in range(said)] == [True] * (said - 1) + [False]
    carl.says("我还有一句")
    zhang.hears("我还有一句")
    zhang.says("请说")
    zhang.hears("已发给", "还可发 4 条")


@on_both
def test_one_who_is_hurt_at_home_is_protected_in_the_chat_too(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    _, number = waits(scene, "我老公经常打我，想离婚")
    card = zhang.choice("接待", on=number)
    assert "老公" not in zhang.everything()
    zhang.where.press(*card)
    told = zhang.hears(f"{number} 在您手上", "不要主动打电话、发短信")
    assert "我老公经常打我" in told


@on_both
def test_words_of_a_resident_who_wants_to_be_forgotten_go_from_the_chats_of_staff(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    anna, _ = serves(scene, zhang)
    anna.says("我叫王五，住在龙潭")
    zhang.hears("我叫王五，住在龙潭")
    zhang.says("结束")
    zhang.taps("当场答复", on="选一个处置结果")
    zhang.hears("办结了")
    anna.says("清除我的记录")
    anna.says("确认清除")
    scene.quiet()
    kept = scene.read(lambda c: [str(row.body) for row in c.execute(select(tables.outbox))])
    assert not any("我叫王五" in body for body in kept)


@on_both
def test_a_member_of_staff_may_be_a_resident_too(scene: Stage, channel: str) -> None:
    """What they ask for themselves, in the same chat, keeps no cards from them and shows nothing of residents."""
    zhang, li = scene.staff(channel, "张三"), scene.staff("telegram", "李四")
    anna, number = serves(scene, zhang)
    anna.says("我叫王五")
    zhang.hears("我叫王五")
    zhang.says("王五您好")
    zhang.hears("已发给")
    zhang.says("放回")
    zhang.hears("放回队列了")
    li.taps("接待", on=number)
    zhang.says("我老公经常打我，想离婚")
    zhang.says("转人工")
    own = zhang.hears("已登记转人工").splitlines()[0].split("　")[-1]
    li.taps("接待", on=own)
    told = li.hears(f"{own} 在您手上")
    assert "想离婚" in told
    assert "王五" not in told
    bert, other = serves(scene, zhang)
    bert.says("有工友作证")
    assert zhang.hears("有工友作证").startswith(other)
    zhang.says("好的")
    zhang.hears(f"已发给 {other}")
