"""Danger, safe mode, forgetting, and matters of staff themselves, in the chats of staff."""

from sqlalchemy import select

from storage import schema as tables
from tests.desk_chat.stage import Stage, serves, waits


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


def test_one_who_is_hurt_at_home_is_protected_in_the_chat_too(scene: Stage, channel: str) -> None:
    zhang = scene.staff(channel, "张三")
    _, number = waits(scene, "我老公经常打我，想离婚")
    card = zhang.choice("接待", on=number)
    assert "老公" not in zhang.everything()
    zhang.where.press(*card)
    told = zhang.hears(f"{number} 在您手上", "不要主动打电话、发短信")
    assert "我老公经常打我" in told


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
