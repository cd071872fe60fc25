"""Decisions about texts: danger first, never a neighbour's answer for certain, always with reasons."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.load import load
from knowledge.match import Answer, Choose, Decision, Human, Matcher, SmallTalk, Unknown, Urgent
from tests.running import matcher

MATCHER = matcher()


def _first(decision: Decision) -> str:
    return decision.candidates[0].id if decision.candidates else ""


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("老板拖欠工资三个月不给，怎么办", "labor.unpaid-wages-general"),
        ("在工地干了半年，包工头跑了，工钱没拿到", "labor.unpaid-wages-construction"),
        ("下班骑车回家被车撞了，不是我的责任，算不算工伤", "workinjury.commute"),
        ("申请法律援助要带啥子材料", "service.legalaid-materials"),
    ],
)
def test_everyday_questions_are_answered(text: str, topic: str) -> None:
    decision = MATCHER.match(text)
    assert isinstance(decision, Answer)
    assert decision.entry.id == topic


@pytest.mark.parametrize(
    "text",
    [
        "我不想活了",
        "他现在拿刀追我",
        "刚才把钱转给骗子了怎么办",
        "娃儿被人抱走了",
        "我要杀了他全家",
        "救命啊着火了",
        "我妈喝了百草枯",
        "再不给工钱我就从塔吊上跳下去",
        "隔壁老公正在打老婆，打得好凶",
        "教练脱我裤子，我该跟谁说",
        "我老公打我",
        "他又打我，怎么办",
    ],
)
def test_danger_is_seen_first(text: str) -> None:
    assert isinstance(MATCHER.match(text), Urgent)


@pytest.mark.parametrize(
    "text",
    [
        "去年他打过我，现在离婚怎么判",
        "电视剧里那个人跳楼了",
        "我买的保险，人自杀了保险公司赔不赔",
        "今天累死了",
    ],
)
def test_the_past_and_the_screen_are_no_emergency(text: str) -> None:
    assert not isinstance(MATCHER.match(text), Urgent)


def test_danger_at_the_end_of_a_long_story_is_seen() -> None:
    assert isinstance(MATCHER.match("我跟他结婚十年，" * 400 + "他现在拿刀追我"), Urgent)


@pytest.mark.parametrize("text", ["转人工", "我要找个真人", "喊个真人来跟我说"])
def test_asking_for_a_person(text: str) -> None:
    assert isinstance(MATCHER.match(text), Human)


@pytest.mark.parametrize("text", ["你好", "谢谢你哈", "你是不是机器人", "拜拜"])
def test_small_talk(text: str) -> None:
    assert isinstance(MATCHER.match(text), SmallTalk)


@pytest.mark.parametrize("text", ["", "   ", "。", "？？？", "\u200b", "👍👍", "asdfghjkl", "红烧肉怎么做"])
def test_what_is_no_question_is_not_answered(text: str) -> None:
    assert isinstance(MATCHER.match(text), Unknown)


@pytest.mark.parametrize("text", ["我老公在外头有人了，离婚财产怎么分", "我爸走了没留遗嘱，房子归哪个"])
def test_a_matter_without_a_reviewed_answer_is_not_answered_by_a_neighbour(text: str) -> None:
    assert not isinstance(MATCHER.match(text), Answer)


def test_a_short_word_asks_back() -> None:
    decision = MATCHER.match("工伤")
    assert isinstance(decision, Choose | Unknown)


def test_every_known_wording_finds_its_entry() -> None:
    lost = [
        sentence
        for entry in MATCHER.knowledge.entries.values()
        for sentence in entry.variants
        if _first(MATCHER.match(sentence)) != entry.id
    ]
    total = sum(len(entry.variants) for entry in MATCHER.knowledge.entries.values())
    assert len(lost) <= total // 100, lost


def test_near_misses_are_no_emergency() -> None:
    wrong = [
        sentence
        for entry in MATCHER.knowledge.entries.values()
        for sentence in entry.near_misses
        if isinstance(MATCHER.match(sentence), Urgent)
    ]
    assert wrong == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gets_a_decision_with_at_most_five_candidates_best_first(text: str) -> None:
    decision = MATCHER.match(text)
    scores = [candidate.score for candidate in decision.candidates]
    assert len(scores) <= 5
    assert scores == sorted(scores, reverse=True)


def test_the_same_text_gives_the_same_decision_from_another_matcher() -> None:
    again = Matcher(load())
    for text in ("老板不给钱", "工伤怎么办", "想找个律师", "娃儿不听话"):
        assert MATCHER.match(text) == again.match(text)
