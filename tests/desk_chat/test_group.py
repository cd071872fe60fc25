"""The staff's Telegram group: a card is tapped there, and what follows is said in private."""

from collections.abc import Iterator

import pytest

from tests.desk_chat.people import GROUP, Telegram
from tests.desk_chat.stage import WAGES, WITH_GROUP, Stage, stage, waits


@pytest.fixture
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("group"), WITH_GROUP) as running:
        running.telegram.watch_rates()
        yield running
        running.quiet()
        assert [one for one in running.telegram.violations if one.rule != "chat" or one.chat_id == GROUP] == []


def test_a_tap_in_the_group_is_answered_in_private(scene: Stage) -> None:
    zhang = scene.staff("telegram", "张三")
    assert isinstance(zhang.where, Telegram)
    anna, number = waits(scene)
    card = scene.in_group(number)
    zhang.where.press_in_group(card, "接待")
    zhang.hears(f"{number} 在您手上", WAGES)
    scene.until(lambda: "张三 已接待" in scene.telegram.sent_to(GROUP)[card]["text"], "the card changed for everybody")
    shown = scene.telegram.sent_to(GROUP)
    assert shown[card]["reply_markup"] is None
    assert number in shown[card]["text"]
    assert len(shown) == 1
    assert WAGES not in str(shown), "residents' words do not stand in a group"
    zhang.says("您好，请说")
    zhang.hears(f"已发给 {number}")
    anna.hears("您好，请说")
    assert all(press.answer is not None for press in scene.telegram.presses)


def test_a_newer_claim_in_the_group_has_the_focus(scene: Stage) -> None:
    zhang = scene.staff("telegram", "张三")
    assert isinstance(zhang.where, Telegram)
    anna, first = waits(scene)
    zhang.taps("接待", on=first)
    zhang.hears(f"{first} 在您手上")
    bert, second = waits(scene)
    zhang.where.press_in_group(scene.in_group(second), "接待")
    zhang.hears(f"{second} 在您手上")
    zhang.says("给第二位的话")
    zhang.hears(f"已发给 {second}")
    bert.hears("给第二位的话")
    assert "给第二位的话" not in anna.later()


def test_who_has_no_account_or_no_private_chat_is_told_in_the_group(scene: Stage) -> None:
    stranger, shy = Telegram(scene.telegram), scene.staff("telegram", "李四")
    assert isinstance(shy.where, Telegram)
    _, number = waits(scene)
    card = scene.in_group(number)
    stranger.press_in_group(card, "接待")
    scene.in_group("还没有绑定接待账号")
    scene.telegram.blocked_by(int(shy.where.chat))
    shy.where.press_in_group(card, "接待")
    scene.in_group("李四 接了一件，但我没法私聊您")


def test_talk_in_the_group_is_none_of_ours(scene: Stage) -> None:
    zhang = scene.staff("telegram", "张三")
    person = int(zhang.where.chat)
    for words in ("他正在打人", "待接", "/start", WAGES):
        scene.telegram.user_says(person, words, chat_id=GROUP)
    scene.telegram.user_sends_photo(person, chat_id=GROUP)
    zhang.says("待接")
    zhang.hears("现在没有人在等")
    assert scene.telegram.sent_to(GROUP) == []


def test_alerts_that_come_at_once_go_one_a_second(scene: Stage) -> None:
    for _ in range(4):
        waits(scene)
    scene.until(lambda: len(scene.telegram.sent_to(GROUP)) == 4, "all alerts")
