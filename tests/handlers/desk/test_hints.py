"""Hints for staff: shown where the law wants something at once, with the articles that say so."""

import pytest

from handlers.answer import cite_lines
from handlers.desk.hints import CUSTODY, DEADLINE, REPORT, VIOLENCE_AT_HOME, hints
from tests.running import matcher

ALL = (REPORT, VIOLENCE_AT_HOME, CUSTODY, DEADLINE)


def kinds(*texts: str, **more: object) -> list[str]:
    return [hint.kind for hint in hints(more.pop("topics", ()), texts=texts, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "孩子被继父打了",
        "邻居家娃儿身上全是伤",
        "女儿被老师打了一巴掌",
        "学生被体罚",
        "孩子在学校被欺负",
        "有人猥亵小女孩",
        "娃儿被关在屋里饿了三天",
        "爸妈逼我嫁人，我16岁",
        "我13岁，爸爸天天打我",
        "爸爸打我，今年14岁",
        "把婴儿遗弃在路边，遗弃孩子犯法吗",
    ],
)
def test_a_harmed_child_has_to_be_reported(text: str) -> None:
    assert "report" in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "孩子抚养费不给",
        "儿子被关进看守所了",
        "儿子打牌欠钱",
        "我儿子被人打成轻伤，他25岁",
        "邻居打我儿子，儿子35岁",
        "我儿子不给赡养费，还打骂我",
        "卖孩子奶粉过期",
        "老板拖欠工资",
    ],
)
def test_no_report_where_no_child_is_harmed(text: str) -> None:
    assert "report" not in kinds(text)


def test_topics_and_the_minors_flag_count_without_words() -> None:
    assert kinds(topics=["urgent.child-harm"]) == ["report"]
    assert kinds(topics=["minor.school-bullying"]) == ["report"]
    assert kinds(topics=["dv.shelter"]) == ["violence"]
    assert kinds(topics=["urgent.dv-now"], minor=True) == ["report", "violence"]
    assert kinds("老公打我", minor=True) == ["report", "violence"]
    assert kinds("老板拖欠工资", minor=True) == []
    assert kinds(topics=["crime.family-detained"]) == ["custody"]
    assert kinds(topics=["labor.unpaid-wages-general"]) == []


@pytest.mark.parametrize("text", ["我被家暴了", "老公打我", "怎么申请人身安全保护令", "前夫还来打我", "他天天打我"])
def test_violence_at_home(text: str) -> None:
    assert kinds(text) == ["violence"]


@pytest.mark.parametrize("text", ["老公在看守所", "我弟被刑拘了", "儿子遭逮捕了", "家人在服刑，想申请法律援助"])
def test_custody(text: str) -> None:
    assert kinds(text) == ["custody"]


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("上诉期只剩三天了", True),
        ("还有6天就过仲裁时效", True),
        ("上诉期不到七天", True),
        ("离截止只有两天", True),
        ("明天上诉期到期", True),
        ("最后一天截止", True),
        ("上诉期还有7天", False),
        ("还有10天到期", False),
        ("还有十天到期", False),
        ("仲裁时效是一年吗", False),
        ("拘留还有3天放人", False),
    ],
)
def test_a_short_time_limit(text: str, short: bool) -> None:
    assert ("deadline" in kinds(text)) is short


@pytest.mark.parametrize(("days", "short"), [(None, False), (0, True), (6, True), (7, False)])
def test_a_time_limit_that_staff_know_of(days: int | None, short: bool) -> None:
    assert (hints((), days_left=days) == (DEADLINE,)) is short


def test_the_most_pressing_comes_first() -> None:
    text = "孩子被继父打了，我要离婚，他在看守所，上诉期只剩三天"
    assert hints((), texts=[text]) == ALL


def test_every_article_is_of_the_edition_in_force() -> None:
    laws = matcher().knowledge.laws
    for hint in ALL:
        for cite in hint.cites:
            law = laws[cite.law]
            assert cite.edition == law.edition
            assert all(isinstance(one, int) and 0 < one <= (law.articles or 0) for one in cite.article)
    assert cite_lines(REPORT.cites, matcher().knowledge) == (
        "《未成年人保护法》第11条、第103条、第117条（2024-04-26起施行）",
    )


def test_what_the_articles_want_is_said() -> None:
    report, violence = "".join(REPORT.lines), "".join(VIOLENCE_AT_HOME.lines)
    for words in ("立即报告", "110", "民政", "几点几分", "不得透露"):
        assert words in report
    for words in ("告诫书", "人身安全保护令", "72 小时", "24 小时", "不看经济困难"):
        assert words in violence
    assert "24 小时内转交法律援助机构" in "".join(CUSTODY.lines)
    assert "先行提供" in "".join(DEADLINE.lines)
