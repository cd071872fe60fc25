"""Spellings that people would call the same person or the same number come to one hash, and others do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy import BureauSeal
from handlers.desk.identity import name_hash, normal_name, normal_phone, party, phone_hash
from storage.desk_records import PartyDraft

SEAL = BureauSeal(b"tests")
DIGITS = "0123456789"
MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True, alphabet=DIGITS)
LOCAL = st.from_regex(r"[2-8][0-9]{6,7}", fullmatch=True, alphabet=DIGITS)
AREAS = st.sampled_from(["023", "010", "0831", "0717", "020"])
GAPS = st.sampled_from(["", " ", "-", " - ", "　", "\u200b", "–"])
PREFIXES = st.sampled_from(["", "+86", "86", "0086", "+86 ", "+86-", "0"])
GIVEN = st.text(st.sampled_from("秀英建国伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂"), min_size=1, max_size=2)
SURNAMES = st.sampled_from(["张", "李", "王", "冉", "石", "彭", "田", "白", "欧阳", "陈"])
TITLES = st.sampled_from(
    ["先生", "女士", "老师", "师傅", "老板", "经理", "主任", "同志", "大哥", "（老板）", "律师 先生"]
)
BEFORE = st.sampled_from(["", "老板", "我老板", "包工头", "房东", "前夫", "我的前夫", "被告", "被告：", "对方 "])
FULL_WIDTH = str.maketrans(DIGITS, "０１２３４５６７８９")


def spelled(digits: str, gap: str, at: tuple[int, ...]) -> str:
    """The digits with a gap after each of these places."""
    for place in sorted(at, reverse=True):
        digits = digits[:place] + gap + digits[place:]
    return digits


@given(MOBILES, PREFIXES, GAPS, st.sampled_from([(3, 7), (3, 6), (), (4, 8)]), st.booleans())
def test_a_mobile_is_one_number_however_it_is_written(
    number: str, prefix: str, gap: str, at: tuple[int, ...], wide: bool
) -> None:
    written = prefix + spelled(number, gap, at)
    assert normal_phone(written.translate(FULL_WIDTH) if wide else written) == number


@given(
    LOCAL, AREAS, st.sampled_from(["{0}{1}", "{0}-{1}", "({0}){1}", "（{0}）{1}", "{0} {1}", "{1}", "{0}-{1}转8001"])
)
def test_at_home_people_leave_the_area_out(number: str, area: str, shape: str) -> None:
    assert normal_phone(shape.format(area, number)) == number


@given(MOBILES, MOBILES)
def test_two_numbers_are_two(one: str, other: str) -> None:
    assert (phone_hash(SEAL, one) == phone_hash(SEAL, other)) == (one == other)


@given(st.one_of(MOBILES, LOCAL))
def test_what_is_normal_stays_so(number: str) -> None:
    assert normal_phone(normal_phone(number)) == normal_phone(number) != ""


@pytest.mark.parametrize(
    "text", ["", "12348", "110", "96110", "没有电话", "123", "500242199001011234", "6222021381234567890"]
)
def test_no_number_of_somebodys_own(text: str) -> None:
    assert normal_phone(text) == ""
    assert phone_hash(SEAL, text) is None


@given(SURNAMES, GIVEN, BEFORE, st.one_of(st.just(""), TITLES), st.sampled_from(["", " ", "　", "·"]))
def test_a_name_is_one_with_or_without_titles_and_spaces(
    surname: str, given_name: str, before: str, title: str, gap: str
) -> None:
    assert normal_name(f"{before}{surname}{gap}{given_name}{title}") == surname + given_name


@given(SURNAMES, GIVEN, SURNAMES, GIVEN)
def test_two_names_are_two(surname: str, name: str, other_surname: str, other_name: str) -> None:
    one, other = surname + name, other_surname + other_name
    assert (name_hash(SEAL, one) == name_hash(SEAL, other)) == (one == other)


@given(st.text(max_size=30))
def test_a_normal_name_is_its_own(text: str) -> None:
    assert normal_name(normal_name(text)) == normal_name(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("張建國", "张建国"),
        ("ＡＢＣ公司", "abc公司"),
        ("重庆某某建筑有限公司", "重庆某某建筑公司"),
        ("重庆某某建筑有限责任公司", "重庆某某建筑股份有限公司"),
        ("阿迪力·买买提", "阿迪力买买提"),
    ],
)
def test_people_would_call_these_the_same(one: str, other: str) -> None:
    assert normal_name(one) == normal_name(other) != ""


@pytest.mark.parametrize("text", ["", "张先生", "王", "老板", "李师傅", "我老公", "公司", "对方公司", "，。", "本人"])
def test_what_names_nobody(text: str) -> None:
    assert normal_name(text) == ""
    assert name_hash(SEAL, text) is None


def test_a_side_is_known_by_a_hash_alone() -> None:
    draft = party(SEAL, "other", "phone", "138 1234 5678")
    assert draft == PartyDraft("other", "phone", SEAL.hash("phone", "13812345678"))
    assert draft is not None
    assert "1381234" not in draft.hash
    assert party(SEAL, "own", "name", "王先生") is None
    # The same digits as a name are somebody else.
    assert SEAL.hash("name", "13812345678") != draft.hash
    assert BureauSeal(b"another bureau").hash("phone", "13812345678") != draft.hash
