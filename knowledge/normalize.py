"""One spelling for one meaning: width, case, traditional characters, invisible characters, dialect, voice errors."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources

from opencc import OpenCC  # type: ignore[import-untyped]

# Zero-width, directional and other format characters change nothing that a person sees.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_KEPT = re.compile(r"[^0-9a-z\u3400-\u9fff\U00020000-\U0003134f]+")
_REPEATED = re.compile(r"(.)\1{2,}")

# No question is longer; what follows is kept in the inbox and is not read by the matcher.
LONGEST = 2000


@lru_cache(maxsize=1)
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=1)
def _traditional() -> frozenset[str]:
    """A text with none of these is simplified as it stands: all that the converter replaces contains one.

    Most texts are, and the converter takes ten times as long as everything else that is done to them.
    """
    folder = resources.files("opencc") / "dictionary"
    characters, phrases = (
        [line.split("\t") for line in (folder / name).read_text("utf-8").splitlines()]
        for name in ("TSCharacters.txt", "TSPhrases.txt")
    )
    single = frozenset(said for said, _ in characters)
    return single.union(said[0] for said, meant in phrases if said != meant and single.isdisjoint(said))


def clean(text: str) -> str:
    """Text as a person sees it: NFKC, without invisible and control characters, white space folded."""
    seen = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    printable = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") else char for char in seen)
    return " ".join(printable.split())


def plain(text: str) -> str:
    """The form in which texts are compared: simplified, lower case, letters and digits only, at most 2,000 long.

    A character repeated three times or more counts twice ("不不不不给" is "不不给").
    """
    shown = clean(text[: LONGEST * 2])[:LONGEST].lower()
    simplified = shown if _traditional().isdisjoint(shown) else str(_to_simplified().convert(shown))
    return _REPEATED.sub(r"\1\1", _KEPT.sub("", simplified))


class Lexicon:
    """Replaces dialect words and frequent voice-input errors by the usual word, longest match first."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._pairs = {plain(said): plain(meant) for said, meant in pairs if plain(said)}
        longest_first = sorted(self._pairs, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def apply(self, text: str) -> str:
        """`text` (as `plain` returns it) with every known word replaced."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: self._pairs[match[0]], text)
