"""The order of the routes: danger before everything, silence while a person speaks, and never without an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.answer import MORE
from handlers.choose import NONE_OF_THESE
from handlers.dialog import Dialog
from handlers.greeting import MENU
from handlers.handover import MATTER
from handlers.message import Kind
from handlers.privacy import NO, YES
from handlers.urgent import SAFE
from knowledge.match import Urgent
from tests.handlers.tools import respond, turn
from tests.running import matcher

URGENT = [
    "我老公正在打我，快救命",
    "我要跳楼不想活了",
    "他拿刀追着砍我",
    "刚刚出车祸了，人昏迷不醒",
    "有人拿刀砸门",
    "我被关在传销里面",
    "刚才把钱转过去了，对方是骗子",
    "孩子不见了",
]
TOPICS = ["", "labor.unpaid-wages-general", "urgent.dv-now", "intent.greeting", "gone.topic"]
BUTTONS = st.sampled_from([*MENU, NONE_OF_THESE, YES, NO, SAFE, MORE])
DIALOGS = st.builds(
    Dialog,
    greeted=st.booleans(),
    options=st.lists(BUTTONS, max_size=5, unique=True).map(tuple),
    asked=st.sampled_from(["", "工资", "老板拖欠工资三个月不给"]),
    topic=st.sampled_from(TOPICS),
    more=st.sampled_from(["", "余下的"]),
    denied=st.sampled_from([(), ("labor.unpaid-wages-general",)]),
    failures=st.integers(0, 3),
    confirming=st.sampled_from(["", "forget", MATTER]),
    handover=st.sampled_from(["", "RG0304-1"]),
)
HOLDERS = st.sampled_from(["bot", "waiting", "person"])
EVERYDAY = st.sampled_from(
    [
        "工资",
        "1",
        "9",
        "都不是",
        "转人工",
        "有用",
        "不是我的情况",
        "更多",
        "要什么材料",
        "多久",
        "龙潭",
        "你好",
        "谢谢",
        "好的",
        "清除我的记录",
        "确认清除",
        "我的咨询",
        "？",
        "邻居占我家宅基地",
        "今天天气怎么样",
        "现在安全了",
        "老板拖欠工资三个月不给，怎么办",
    ]
)


@given(st.sampled_from(URGENT), DIALOGS, HOLDERS)
def test_danger_gets_the_emergency_card_in_every_state(text: str, dialog: Dialog, holder: str) -> None:
    outcome = respond(turn(text, dialog, holder=holder))
    (reply,) = outcome.replies
    assert reply.purpose == "urgent"
    assert reply.title.startswith("先保证安全：1")
    assert reply.buttons[0] == SAFE
    assert outcome.consultation is not None
    assert outcome.consultation.urgent
    assert outcome.consultation.disposition == "紧急转警"
    assert outcome.handover is not None
    assert outcome.handover.urgent
    assert outcome.holder is None, "an emergency does not take the conversation from anybody"


@given(EVERYDAY | st.text(max_size=20), DIALOGS, st.sampled_from(list(Kind)))
def test_while_a_person_holds_the_conversation_only_danger_is_answered(text: str, dialog: Dialog, kind: Kind) -> None:
    outcome = respond(turn(text, dialog, kind=kind, holder="person"))
    assert all(reply.purpose == "urgent" for reply in outcome.replies)
    if not outcome.replies:
        assert outcome.consultation is None
        assert outcome.handover is None
        assert not outcome.forget


@given(EVERYDAY | st.text(max_size=20), DIALOGS, st.sampled_from(["bot", "waiting"]))
def test_a_text_always_gets_one_answer_that_can_be_sent(text: str, dialog: Dialog, holder: str) -> None:
    (reply,) = respond(turn(text, dialog, holder=holder)).replies
    assert reply.text.strip()
    assert len({button.payload for button in reply.buttons}) == len(reply.buttons)
    assert "{" not in reply.text


@given(DIALOGS, HOLDERS)
def test_who_left_hears_nothing(dialog: Dialog, holder: str) -> None:
    assert respond(turn("", dialog, kind=Kind.LEAVE, holder=holder)).replies == ()


@given(EVERYDAY, DIALOGS, HOLDERS)
def test_records_are_removed_only_on_a_word_after_the_question(text: str, dialog: Dialog, holder: str) -> None:
    outcome = respond(turn(text, dialog, holder=holder))
    if outcome.forget:
        assert dialog.confirming == "forget"
        assert YES in dialog.options
        assert holder != "person"


@pytest.mark.parametrize("text", ["好的", "嗯", "谢谢", "再见", "👍", "？？", "你是谁", "知道了", "没事了，谢谢"])
@pytest.mark.parametrize("confirming", ["", MATTER])
def test_small_talk_is_never_counted_nor_taken_for_a_matter(text: str, confirming: str) -> None:
    dialog = Dialog(confirming=confirming, handover="RG0304-1", failures=1)
    outcome = respond(turn(text, dialog, holder="waiting"))
    assert outcome.consultation is None
    assert outcome.handover is None
    assert outcome.handover_note is None


@pytest.mark.parametrize("word", ["转人工", "我要找真人", "接工作人员", "有没有客服，找客服", "请给我换人工"])
@pytest.mark.parametrize("holder", ["bot", "waiting"])
def test_a_person_is_to_be_had_by_word(word: str, holder: str) -> None:
    outcome = respond(turn(word, Dialog(asked="工资"), holder=holder))
    assert outcome.handover is not None
    assert outcome.handover.number == "RG0304-7"
    assert outcome.handover.number in outcome.replies[0].text
    assert outcome.handover.summary == "工资"


def test_two_failures_bring_a_person() -> None:
    first = respond(turn("那个事情就是那样的嘛"))
    assert first.handover is None
    second = respond(turn("我那个事情就是那样的嘛", first.dialog))
    assert second.handover is not None
    assert second.handover.reason == "failures"
    assert second.dialog.failures == 0


def test_the_words_of_a_question_that_may_be_offered_are_no_danger() -> None:
    """Saying them counts as the tap, which is not looked at for danger."""
    knowledge = matcher().knowledge
    calm = [one for one in knowledge.entries.values() if not one.is_urgent]
    titles = [one.question for one in calm] + [one.title for one in knowledge.outlines.values()]
    assert [title for title in titles if isinstance(matcher().match(title), Urgent)] == []
