"""Short questions about the last answer; with a word of a matter in it a text is a new question."""

import pytest

from handlers.dialog import Dialog
from handlers.follow_up import asked_part
from tests.handlers.tools import respond, turn

PARTS = {
    "materials": "要什么材料|需要带什么证件？|要准备哪些东西|那需要什么手续呢|材料有哪些|要带啥子嘛|请问带哪些资料",
    "deadline": "要多久|那要多久呢|多长时间|几天能办好|期限是多久|有时间限制吗|什么时候能办好|好久办得好|大概要多久",
    "where": "去哪里办|在哪儿办|到哪里申请|找谁|找哪个部门|打什么电话|电话多少|地址在哪里|去哪点办嘛|哪点办|具体去哪里",
    "cost": "多少钱|要花多少钱|要钱吗|收费吗|免费吗|收不收费|要不要钱|费用多少|好多钱|费用",
    "cites": "依据是什么|法律依据|哪条法律规定的|什么法律|有什么依据吗|怎么规定的",
    "steps": "下一步怎么办|然后呢|接下来做什么|怎么申请|怎么弄|流程是什么|步骤|怎么办|咋个办|啷个办",
}
NEW_QUESTIONS = [
    "老板不给钱怎么办",
    "离婚要什么材料",
    "工伤去哪里认定",
    "打官司多少钱",
    "请律师多少钱",
    "仲裁要多久",
    "法律援助去哪里申请",
    "什么时候发工资",
    "钱什么时候给",
    "找谁要钱",
    "村里占地有什么依据",
    "我要钱",
    "要钱",
    "要钱不给",
    "打电话骂我",
    "告谁",
    "几天没吃饭了",
    "怎么离婚",
    "哪里有律师",
    "没有依据",
    "",
    "？",
]


@pytest.mark.parametrize(("part", "text"), [(part, text) for part, texts in PARTS.items() for text in texts.split("|")])
def test_asks_for_a_part_of_the_last_answer(part: str, text: str) -> None:
    assert asked_part(text) == part


@pytest.mark.parametrize("text", NEW_QUESTIONS)
def test_a_new_question_is_none_about_the_last_answer(text: str) -> None:
    assert asked_part(text) is None


def test_without_an_answer_before_there_is_nothing_to_follow_up() -> None:
    assert respond(turn("要什么材料")).replies[0].topic != "labor.unpaid-wages-general"
    about = Dialog(topic="labor.unpaid-wages-general")
    assert respond(turn("要什么材料", about)).replies[0].topic == "labor.unpaid-wages-general"


@pytest.mark.parametrize("text", ["要什么材料", "要多久", "去哪里办", "多少钱", "依据是什么", "怎么办"])
def test_every_entry_has_something_to_say_to_every_follow_up(text: str) -> None:
    entries = turn("").office.knowledge.entries.values()
    for entry in entries:
        if entry.is_small_talk:
            continue
        (reply,) = respond(turn(text, Dialog(topic=entry.id))).replies
        assert reply.text.strip(), (entry.id, text)
        assert reply.title == entry.question
        assert "{" not in reply.text
        assert len(reply.text) < 1200
