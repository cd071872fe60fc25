"""A reception from a chat, from the card to the rating, on both channels."""

from storage import canned
from tests.desk_chat.people import Telegram
from tests.desk_chat.stage import WAGES, WORKING_MORNING, Stage, serves, waits
from tests.dialogs.people import OnKf


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


def test_with_nobody_in_hand_they_are_a_person_like_all_others(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    zhang.says(WAGES)
    zhang.hears("厂里、公司、店里拖着不发工资怎么办")
    zhang.says("结束")
    zhang.hears("您手上没有在聊的人")


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
    zhang.hears("（图片） 欠条", "请到工作台看")
    assert zhang.everything().count("欠三万五") == 1


def test_what_staff_change_follows_as_a_correction(scene: Stage) -> None:
    zhang = scene.staff("telegram", "张三")
    anna, _ = serves(scene, zhang)
    said = scene.telegram.user_says(int(zhang.where.chat), "周一来")["message"]["message_id"]
    anna.hears("周一来")
    scene.telegram.user_edits(int(zhang.where.chat), said, "周二来")
    anna.hears("（更正）周二来")


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
