"""What staff type in their chat: commands, words for the resident, and whom these go to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handlers.desk.chat.at_work import NOBODY, UNDECIDED, in_focus
from handlers.desk.chat.commands import Command, Verb, command
from handlers.dialog import Dialog
from storage.desk_views import Reception
from storage.records import Conversation, ConversationKey

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("待接", Command(Verb.QUEUE)),
        (" 队列。 ", Command(Verb.QUEUE)),
        ("看", Command(Verb.MINE)),
        ("看 RG1127-12", Command(Verb.SEE, "RG1127-12")),
        ("看RG1127-12", Command(Verb.SEE, "RG1127-12")),
        ("看：12", Command(Verb.SEE, "12")),
        ("看 c000123", Command(Verb.SEE, "c000123")),
        ("结束", Command(Verb.END)),
        ("办结", Command(Verb.END)),
        ("結束", Command(Verb.END)),
        ("放回！", Command(Verb.BACK)),
        ("转给 张三", Command(Verb.HAND_ON, "张三")),
        ("转给张三", Command(Verb.HAND_ON, "张三")),
        ("转给", Command(Verb.HAND_ON)),
        ("备注 对方下周来\n带合同", Command(Verb.NOTE, "对方下周来\n带合同")),
        ("备注：周一来", Command(Verb.NOTE, "周一来")),
        ("常用语 来窗口", Command(Verb.CANNED, "来窗口")),
        ("说 帮助", Command(Verb.SAY, "帮助")),
        ("帮助", Command(Verb.HELP)),
    ],
)
def test_commands(text: str, wanted: Command) -> None:
    assert command(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "看看再说",
        "看病的钱可以要",
        "结束以后再来",
        "备注身份证号就行",
        "说好了明天来",
        "转给您的卡上了，请查收",
        "常用语言",
        "请帮助他",
        "待接下来的通知",
    ],
)
def test_sentences_for_the_resident_are_no_commands(text: str) -> None:
    assert command(text) is None


def held(number: int, minutes: int) -> Reception:
    key = ConversationKey("web", "web", str(number))
    about = Conversation(number, key, str(number), {}, "person", "张三", None, None, None, None, 1, "telegram")
    return Reception(about, NOW + minutes * MINUTE, None, NOW, None)


FIRST, SECOND = held(1, 0), held(2, 10)


def chosen(number: int, minutes: int) -> Dialog:
    return replace(Dialog(), focus=number, focus_since=(NOW + minutes * MINUTE).timestamp())


@pytest.mark.parametrize(
    ("hand", "dialog", "minutes", "wanted"),
    [
        ([], Dialog(), 20, None),
        ([FIRST], Dialog(), 20, FIRST),
        ([FIRST, SECOND], Dialog(), 20, SECOND),
        ([FIRST, SECOND], chosen(1, 15), 20, FIRST),  # 看 after the newest claim
        ([FIRST, SECOND], chosen(1, 5), 20, SECOND),  # the newest claim after 看
        ([FIRST, SECOND], chosen(1, 5), 8, FIRST),  # words that came before that claim
        ([SECOND], chosen(1, 15), 20, None),  # the first was taken back: the second does not get its words
        ([], chosen(1, 15), 20, None),
        ([FIRST, SECOND], chosen(UNDECIDED, 15), 20, None),
        ([FIRST, SECOND], chosen(UNDECIDED, 5), 20, SECOND),
    ],
)
def test_whom_words_go_to(hand: list[Reception], dialog: Dialog, minutes: int, wanted: Reception | None) -> None:
    assert in_focus(hand, dialog, NOW + minutes * MINUTE) is wanted
    assert Dialog().focus == NOBODY


def test_the_focus_outlives_storage() -> None:
    dialog = chosen(7, 3)
    assert Dialog.from_json(dialog.to_json()) == dialog
