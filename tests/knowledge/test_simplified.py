"""Texts without a traditional character skip the converter; it must never have changed them."""

import re
from importlib import resources

from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC  # type: ignore[import-untyped]

from knowledge.normalize import clean, plain

CONVERTER = OpenCC("t2s")
KEYS = [
    line.split("\t")[0]
    for name in ("TSCharacters.txt", "TSPhrases.txt")
    for line in (resources.files("opencc") / "dictionary" / name).read_text("utf-8").splitlines()
]


def converted(text: str) -> str:
    return re.sub(r"(.)\1{2,}", r"\1\1", CONVERTER.convert(clean(text)))


def test_everything_that_the_converter_replaces_is_replaced() -> None:
    assert [key for key in KEYS if plain(f"那{key}的") != converted(f"那{key}的")] == []


@given(st.lists(st.sampled_from([*KEYS, "工伤", "沉", "船", "默", "ab"]), max_size=12).map("".join))
def test_a_mixture_reads_as_the_converter_reads_it(text: str) -> None:
    assert plain(text) == converted(text)
