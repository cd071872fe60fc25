"""Safe mode in turns: what sets it, what the resident is told once, and how one word clears."""

from dataclasses import replace

import pytest

from handlers.dialog import Dialog
from handlers.handover import MATTER
from handlers.message import Button, Kind
from handlers.privacy import YES
from handlers.safety import HARMED_CHILD, VIOLENCE, tells_of_violence
from handlers.turn import Turn
from tests.handlers.tools import respond, turn
from tests.running import matcher, question

QUIETLY = "不想让别人看到这段对话"


def safe(asked: Turn) -> Turn:
    """The same message in a conversation that is in safe mode."""
    return replace(asked, conversation=replace(asked.conversation, safe_mode=True))


@pytest.mark.parametrize(
    "text",
    [
        "我被家暴了",
        "怎么申请人身安全保护令",
        "被家暴过，要留哪些证据",
        "他正在打我快救我",
        "老公老打我，我想离婚",
        "爸爸经常打我，我13岁",
        "婆婆打了我一巴掌",
        "被我男人打了",
        "他打我好多年了",
        "前任威胁发裸照怎么办",
        "老人被儿子打骂赶出门",
        "继父正在猥亵我女儿",
    ],
)
def test_the_matter_sets_it(text: str) -> None:
    assert respond(turn(text)).safe_mode is True


@pytest.mark.parametrize(
    "text",
    [
        "老板拖欠工资三个月不给，怎么办",
        "老板打我电话叫我回去",
        "老公在外面打工不给钱",
        "儿子在学校打架",
        "工地上打架被打伤",
        "丈夫有外遇想离婚",
        "爷爷打针过敏",
        "外嫁女土地被村里取消",
        "你好",
        "转人工",
    ],
)
def test_other_matters_do_not(text: str) -> None:
    outcome = respond(turn(text))
    assert outcome.safe_mode is None
    assert all(QUIETLY not in reply.text for reply in outcome.replies)


def test_a_tap_on_the_topic_sets_it() -> None:
    options = (Button("怎么申请人身安全保护令", "topic:dv.protection-order"),)
    assert respond(turn("1", Dialog(options=options))).safe_mode is True
    assert respond(turn("", kind=Kind.BUTTON, payload="topic:urgent.child-harm")).safe_mode is True


def test_it_is_set_silently_while_a_person_holds_the_conversation() -> None:
    outcome = respond(turn("以前被家暴过，要留哪些证据", holder="person"))
    assert (outcome.safe_mode, outcome.replies) == (True, ())
    assert not outcome.dialog.protected


def test_while_waiting_it_goes_with_the_matter() -> None:
    outcome = respond(turn("老公打我，我想离婚", Dialog(handover="RG1", confirming=MATTER), holder="waiting"))
    assert outcome.handover_note is not None
    assert outcome.safe_mode is True


def test_the_resident_is_told_once_and_without_alarming_words() -> None:
    first = respond(turn("我被家暴了"))
    assert QUIETLY in first.replies[-1].text
    assert "快速退出" in first.replies[-1].text
    assert "清除" in first.replies[-1].text
    told = first.replies[-1].text.partition(QUIETLY)[2]
    assert not any(word in told for word in ("家暴", "暴力", "危险", "施暴", "安全模式"))
    again = respond(safe(turn("怎么申请人身安全保护令", first.dialog)))
    assert all(QUIETLY not in reply.text for reply in again.replies)


def test_only_the_web_page_has_a_way_out_of_its_own() -> None:
    asked = turn("我被家暴了")
    elsewhere = replace(asked, message=replace(asked.message, channel="telegram"))
    told = respond(elsewhere).replies[-1].text
    assert QUIETLY in told
    assert "快速退出" not in told


def test_who_was_put_into_safe_mode_by_staff_is_told_with_the_next_answer() -> None:
    outcome = respond(safe(turn(question())))
    assert QUIETLY in outcome.replies[-1].text
    assert outcome.safe_mode is None


class TestClearing:
    @pytest.mark.parametrize("text", ["清除", "清除我的记录", "删掉", "清空吧", "删除我的聊天记录"])
    def test_in_safe_mode_one_word_is_enough(self, text: str) -> None:
        outcome = respond(safe(turn(text, Dialog(greeted=True, protected=True, asked="家暴"))))
        assert outcome.forget
        assert outcome.replies[0].clears
        assert "已经清除" in outcome.replies[0].text
        assert outcome.dialog == Dialog(greeted=True, protected=True)

    @pytest.mark.parametrize("text", ["清除", "删掉"])
    def test_elsewhere_a_word_alone_is_not(self, text: str) -> None:
        assert not respond(turn(text)).forget

    def test_elsewhere_it_is_asked_first(self) -> None:
        asked = respond(turn("清除我的记录"))
        assert not asked.forget
        done = respond(turn("", asked.dialog, kind=Kind.BUTTON, payload=YES.payload))
        assert done.forget
        assert done.replies[0].clears


def test_the_topics_are_known() -> None:
    knowledge = matcher().knowledge
    assert knowledge.entries.keys() | knowledge.outlines.keys() >= (VIOLENCE | HARMED_CHILD)


def test_words_of_other_quarrels_do_not_tell_of_violence_at_home() -> None:
    assert tells_of_violence("我老公天天打骂我和娃")
    assert not tells_of_violence("邻居打我")
