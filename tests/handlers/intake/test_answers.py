"""Answers as people write them: telephone numbers, names, townships, choices, yes and no."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.desk.identity import normal_phone
from handlers.intake import answers
from handlers.intake.answers import ELSEWHERE, LONGEST_STORY, UNKNOWN, Choice
from handlers.intake.forms import FORMS
from handlers.intake.steps import Wants
from tests.running import matcher

MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
HAN = "零一二三四五六七八九"
CHOICES = tuple(step.choices for form in FORMS.values() for step in form.steps if step.wants is Wants.CHOICE)


class TestPhone:
    @pytest.mark.parametrize(
        ("said", "number"),
        [
            ("13812345678", "13812345678"),
            ("我的电话是 138 1234 5678", "13812345678"),
            ("138-1234-5678。", "13812345678"),
            ("一三八一二三四五六七八", "13812345678"),
            ("幺三八幺二三四五六七八", "13812345678"),
            ("１３８１２３４５６７８", "13812345678"),
            ("+86 138 1234 5678", "13812345678"),
            ("008613812345678", "13812345678"),
            ("老婆的 13912345678，我的 13812345678", "13912345678"),
            ("023-75551234", "02375551234"),
            ("（023）75551234", "02375551234"),
            ("座机 0237 555 1234", "02375551234"),
            ("75551234", "75551234"),
        ],
    )
    def test_found(self, said: str, number: str) -> None:
        assert answers.phone(said) == number

    @pytest.mark.parametrize(
        "said", ["", "没有电话", "1381234567", "138123456789", "500242199001011234", "12345", "11012345678"]
    )
    def test_none(self, said: str) -> None:
        assert answers.phone(said) is None

    @given(MOBILE, st.lists(st.sampled_from(["", " ", "-", "  ", "."]), min_size=10, max_size=10))
    def test_gaps_do_not_matter(self, number: str, gaps: list[str]) -> None:
        written = "".join(digit + gap for digit, gap in zip(number, [*gaps, ""], strict=True))
        assert answers.phone(f"电话{written}") == number

    @given(MOBILE)
    def test_read_out(self, number: str) -> None:
        assert answers.phone("".join(HAN[int(digit)] for digit in number)) == number

    @given(st.text(max_size=60))
    def test_what_is_found_is_a_number_to_call(self, said: str) -> None:
        found = answers.phone(said)
        assert found is None or (found.isascii() and found.isdigit() and bool(normal_phone(found)))

    def test_digits_are_counted_for_those_who_left_one_out(self) -> None:
        assert answers.digits_in("幺三八 1234 567") == 10


class TestName:
    @pytest.mark.parametrize(
        ("said", "name"),
        [
            ("张三", "张三"),
            ("我叫李四", "李四"),
            ("我是王小明。", "王小明"),
            ("姓名：田大锤", "田大锤"),
            ("阿依古丽·买买提", "阿依古丽·买买提"),
            ("Tom Smith", "Tom Smith"),
        ],
    )
    def test_found(self, said: str, name: str) -> None:
        assert answers.name(said) == name

    @pytest.mark.parametrize(
        "said", ["", "张", "13812345678", "不想说", "为什么要姓名", "500242199001011234", "保密", "你们是谁", "老" * 30]
    )
    def test_none(self, said: str) -> None:
        assert answers.name(said) is None

    def test_the_other_side_may_be_a_company(self) -> None:
        assert answers.party_name("重庆某某建筑工程有限公司2号") == "重庆某某建筑工程有限公司2号"
        assert answers.party_name("13") is None
        assert answers.party_name("他") is None


class TestYesNo:
    @pytest.mark.parametrize(
        "said", ["是", "是的", "嗯", "要得", "得行", "对头", "好嘛", "可以", "有", "同意", "OK", "处理过"]
    )
    def test_yes(self, said: str) -> None:
        assert answers.yes_no(said) is True

    @pytest.mark.parametrize(
        "said", ["不", "不是", "没有", "没得", "莫得", "要不得", "不得行", "不同意", "算了", "还没有", "没有过"]
    )
    def test_no(self, said: str) -> None:
        assert answers.yes_no(said) is False

    @pytest.mark.parametrize("said", ["", "是不是", "我不晓得", "有没有", "法院受理了但是还没判", "同意什么"])
    def test_neither(self, said: str) -> None:
        assert answers.yes_no(said) is None


class TestTownship:
    @pytest.mark.parametrize(
        ("said", "place"),
        [
            ("龙潭镇", "龙潭镇"),
            ("我是龙潭的", "龙潭镇"),
            ("大溪", "大溪镇"),  # no alias: it could be anything elsewhere, but not as an answer
            ("兴隆那边", "兴隆镇"),
            ("在外地打工", ELSEWHERE),
            ("不在酉阳", ELSEWHERE),
            ("不清楚", UNKNOWN),
            ("不想说", UNKNOWN),
        ],
    )
    def test_found(self, said: str, place: str) -> None:
        assert answers.township(said, matcher().knowledge.townships) == place

    @pytest.mark.parametrize("said", ["", "火星镇", "123", "街道"])
    def test_none(self, said: str) -> None:
        assert answers.township(said, matcher().knowledge.townships) is None

    def test_every_township_by_its_name_and_without_its_ending(self) -> None:
        townships = matcher().knowledge.townships
        for place in townships:
            assert answers.township(place.name, townships) == place.name


class TestChoice:
    @pytest.mark.parametrize("choices", CHOICES)
    def test_every_label_is_its_own_choice(self, choices: tuple[Choice, ...]) -> None:
        for number, one in enumerate(choices):
            assert answers.choice(one.label, choices) == number

    def test_words_and_parts(self) -> None:
        matters = CHOICES[0]
        assert answers.choice("老板欠我工资", matters) == 0
        assert answers.choice("扶养费", matters) == 2
        assert answers.choice("我出车祸了", matters) == 1
        assert answers.choice("工资和车祸", matters) is None
        assert answers.choice("费", matters) is None

    @given(st.text(max_size=30), st.sampled_from(CHOICES))
    def test_whatever_is_typed(self, said: str, choices: tuple[Choice, ...]) -> None:
        found = answers.choice(said, choices)
        assert found is None or 0 <= found < len(choices)


class TestStory:
    def test_it_stays_as_it_was_written(self) -> None:
        said = "去年三月，我在龙潭干活。\r\n\r\n老板：“过年给”，\u200b到现在没给！"
        assert answers.story(said) == "去年三月，我在龙潭干活。\n老板：“过年给”，到现在没给！"

    @pytest.mark.parametrize("said", ["", "？？？？？？", "不晓得"[:2], "\u200b" * 9])
    def test_too_little(self, said: str) -> None:
        assert answers.story(said) is None

    @given(st.text(max_size=3000))
    def test_never_longer_than_is_kept(self, said: str) -> None:
        found = answers.story(said)
        assert found is None or 0 < len(found) <= LONGEST_STORY
