"""Townships in what people write, and no township where there is only an everyday word."""

import pytest

from handlers.township import mentioned
from tests.handlers.tools import respond, turn
from tests.running import matcher

TOWNSHIPS = matcher().knowledge.townships
NAMES = [(name, township.name) for township in TOWNSHIPS for name in (township.name, *township.aliases)]


def found(text: str) -> str | None:
    township = mentioned(text, TOWNSHIPS)
    return township.name if township else None


def test_the_county_has_39_townships() -> None:
    assert len({township.name for township in TOWNSHIPS}) == 39


@pytest.mark.parametrize(("said", "meant"), NAMES)
def test_every_name_and_alias_is_found_in_a_sentence(said: str, meant: str) -> None:
    assert found(f"我家在{said}那边，老板不给钱") == meant


@pytest.mark.parametrize(
    "text",
    [
        "小河边有人洗衣服",
        "生意兴隆",
        "兴隆的店",
        "大溪流",
        "黑水沟里的水",
        "花田里种菜",
        "清泉水",
        "板桥断了",
        "五福临门",
        "万木丛中",
        "宜居的房子",
        "木叶掉了",
        "楠木家具",
        "声音可大了",
        "可大可小",
        "",
    ],
)
def test_everyday_words_are_no_township(text: str) -> None:
    assert found(text) is None


def test_the_longest_name_wins() -> None:
    assert found("酉水河镇和龙潭") == "酉水河镇"
    assert found("龙潭镇政府") == "龙潭镇"


@pytest.mark.parametrize("text", ["龙潭", "龙潭镇。", "龙潭镇的工作站在哪里", "龙潭的法律服务站电话多少", "龙潭司法所"])
def test_where_its_workstation_is(text: str) -> None:
    outcome = respond(turn(text))
    assert "龙潭镇公共法律服务工作站：新街1号" in outcome.replies[0].text
    assert outcome.township == "龙潭镇"
    assert outcome.consultation is None


def test_a_matter_with_a_township_is_a_matter() -> None:
    outcome = respond(turn("我在麻旺镇，老板拖欠工资三个月不给，怎么办"))
    assert outcome.consultation is not None
    assert outcome.township == "麻旺镇"
