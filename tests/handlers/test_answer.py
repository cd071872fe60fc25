"""The answer card: sources, the county's values, steps, what is left for 更多."""

from datetime import date

import pytest

from handlers.answer import answer, article_name, cite_lines, filled, numbered, place_lines, remainder
from handlers.county import County, OfficeFacts
from knowledge.entry import Citation, Entry, Place
from tests.running import matcher

KNOWLEDGE = matcher().knowledge
BARE = County("酉阳县", "法问", "YY")
ANSWERS = [entry for entry in KNOWLEDGE.entries.values() if not entry.is_small_talk]


@pytest.mark.parametrize(
    ("article", "name"),
    [(30, "第30条"), ("30", "第30条"), ("276-1", "第276条之一"), ("120-3", "第120条之三"), (1260, "第1260条")],
)
def test_articles_have_their_names(article: int | str, name: str) -> None:
    assert article_name(article) == name


def test_a_source_names_its_articles_and_since_when_that_edition_applies() -> None:
    cites = [Citation(law="劳动合同法", article=(30, 85)), Citation(law="没有收录的规定", edition=date(2020, 1, 1))]
    since = KNOWLEDGE.laws["劳动合同法"].effective
    assert cite_lines(cites, KNOWLEDGE) == (
        f"《劳动合同法》第30条、第85条（{since.isoformat()}起施行）",
        "《没有收录的规定》",
    )


@pytest.mark.parametrize("entry", ANSWERS, ids=lambda entry: entry.id)
def test_a_card_is_whole(entry: Entry) -> None:
    reply = answer(entry, KNOWLEDGE, BARE, introduce=True)
    everything = reply.text + reply.more
    assert reply.title == entry.question
    assert entry.conclusion.split("{")[0] in reply.text
    assert "不是律师" in reply.text
    assert "{" not in everything, "a county value without a fallback"
    assert all(f"{mark}" in everything for mark, _ in zip("①②③④⑤⑥⑦⑧⑨", entry.steps, strict=False))
    assert len(reply.cites) == len(entry.cites)
    assert ("更多" in [button.label for button in reply.buttons]) is bool(reply.more)
    assert all(len(button.payload.encode()) <= 64 for button in reply.buttons), "Telegram's limit"


def test_the_robot_introduces_itself_only_where_it_was_not_greeted() -> None:
    entry = KNOWLEDGE.entries["labor.unpaid-wages-general"]
    assert "不是律师" not in answer(entry, KNOWLEDGE, BARE, introduce=False).text


def test_local_values_come_from_the_county_or_say_what_to_go_by() -> None:
    for key, value in KNOWLEDGE.local_values.items():
        text = f"每月{{{key}}}。"
        own = County("酉阳县", "法问", "YY", values={key: "2100元"})
        assert filled(text, KNOWLEDGE, own) == "每月2100元。"
        assert filled(text, KNOWLEDGE, BARE) == f"每月{value.fallback}。"
        empty = County("酉阳县", "法问", "YY", values={key: ""})
        assert filled(text, KNOWLEDGE, empty) == f"每月{value.fallback}。"


def test_braces_that_are_no_local_value_stay() -> None:
    assert filled("{x} 100%", KNOWLEDGE, BARE) == "{x} 100%"


def test_places_show_what_the_county_supplied() -> None:
    place = Place(kind="labor", name="劳动监察", hotline="12333")
    own = County("酉阳县", "法问", "YY", places={"labor": OfficeFacts("新街1号", "023-1", "工作日 9:00–17:00")})
    assert BARE.place_line(place) == "劳动监察（全国统一电话 12333）"
    assert own.place_line(place) == "劳动监察（新街1号，电话 023-1，工作日 9:00–17:00，全国统一电话 12333）"
    assert BARE.place_line(Place(kind="x", name="村委会")) == "村委会"


def test_an_entry_without_a_place_names_none() -> None:
    entry = KNOWLEDGE.entries["labor.unpaid-wages-general"].model_copy(update={"where": None})
    assert place_lines(entry, KNOWLEDGE, BARE) == []
    assert "【去哪里】" not in remainder(entry, KNOWLEDGE, BARE)


def test_steps_are_counted_on() -> None:
    assert numbered(["甲", "乙"]) == ["①甲", "②乙"]
    assert numbered(["丙"], start=2) == ["③丙"]
