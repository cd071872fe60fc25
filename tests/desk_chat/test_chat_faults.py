"""What goes wrong in a chat: double taps, races, old cards, people and accounts that go, words that must not stray."""

from storage import accounts
from tests.desk_chat.people import Telegram
from tests.desk_chat.stage import WAGES, WORKING_MORNING, Stage, serves, waits


def test_a_double_tap_is_one_claim(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    anna, number = waits(scene)
    zhang.taps_twice("接待", on=number)
    zhang.hears(f"{number} 在您手上")
    zhang.hears(f"{number} 在您手上", "已经在您手上")
    assert [row.state for row in scene.handovers_of(anna)] == ["claimed"]
    assert sum("张三，您的事我来接着办" in said for said in anna.later()) == 1


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
    li.taps(f"看 {first}", on="在工作台接待")
    li.hears(f"{first} 在您手上", "给第一位的话")
    li.says("我是李四")
    li.hears(f"已发给 {first}")
    anna.hears("我是李四")
    scene.take_back(bert)
    zhang.says("只给第二位的话")
    zhang.hears("这句没有发出去")
    assert not any("只给第二位" in said for said in [*anna.later(), *bert.later()])


def test_what_cannot_be_passed_on_is_said(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    anna, _ = serves(scene, zhang)
    before = len(anna.later())
    for form in ("picture", "voice", "location"):
        zhang.where.sends(form)
        zhang.hears("这里只能转文字")
    assert len(anna.later()) == before


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
