"""Answers as people write them: telephone numbers, names, townships, choices, yes and no. None: not understood."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.township import mentioned
from knowledge.entry import Township
from knowledge.normalize import clean, plain

ELSEWHERE = "外地"
UNKNOWN = "不详"
_SHORTEST_STORY = 4
LONGEST_STORY = 1000
_LONGEST_NAME = 20
_READ_OUT = str.maketrans("零〇一二三四五六七八九幺洞两", "00123456789102")
_GAP = r"[\s\-.,、·_/*()]*"
_MOBILE = re.compile(rf"(?<!\d)(?:\+?0{{0,2}}86{_GAP})?(1{_GAP}[3-9](?:{_GAP}\d){{9}})(?!\d)")
_LANDLINE = re.compile(rf"(?<!\d)(?:\(?(0(?:10|2\d|[3-9]\d{{2}}))\)?{_GAP})?([2-8]\d{{6,7}})(?!\d)")
_DIGITS = re.compile(r"\d")
_NAME_BEFORE = re.compile(
    r"^(?:我的?名字(?:叫|是)|我的?姓名(?:叫|是)?|我叫做?|我是|叫我|姓名|名字|本人|叫)[::是为,，\s]*"
)
_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134fA-Za-z][\u3400-\u9fff\U00020000-\U0003134fA-Za-z·.\s]*")
_NO_NAME = re.compile(
    r"不(?:想|要|说|告诉|晓得|知道|给|留|愿|同意)|什么|为什么|怎么|咋|吗|呢|没有|保密|匿名|莫得|电话|法律|援助|你们"
)
_YES = re.compile(
    r"^(?:嗯+|哦|噢|是的?|是啊|是嘞|对的?|对头|对啊|要得?|得行|行的?|行吧?|可以的?|可以吧|好的?|好嘞?|好吧|同意|愿意|有的?|有啊|能|能行"
    r"|没问题|莫得问题|没得问题|满了|已经满了?|满14|有过|处理过|受理了|ok|okay|yes|y|确认|确定|当然|肯定)(?:了|的|嘛|啊|哈|吧|噻|嘞)?$"
)
_NO = re.compile(
    r"^(?:不|不是的?|不对|不要|不行|不得行|要不得|不可以|不能|不好|不同意|不愿意?|不想|没|没有|没得|莫得|没有过|没有啊|未|未满|没满|还没满"
    r"|还没有?|否|算了|不用|不用了|没处理过|没受理|no|n)(?:了|的|嘛|啊|哈|吧|噻|过)?$"
)
_ELSEWHERE = re.compile(r"外地|外省|外县|不在(?:本县|酉阳|这里|县里)|不是本县|别的县|县外|市外")
_UNKNOWN = re.compile(r"不(?:清楚|知道|晓得|详|好说|想说|愿说)|说不清|搞不清|记不得|忘了")
_SUFFIX = re.compile(r"(?:街道办事处|街道|镇政府|乡政府|镇|乡)$")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers to choose from. `words` are what people say for it."""

    label: str
    words: str = ""


def phone(text: str) -> str | None:
    """The first telephone number in the text, digits only, however it is written: 一三八…, 138-1234 5678, +86 138…

    A landline keeps its area code.
    """
    said = unicodedata.normalize("NFKC", text).translate(_READ_OUT)
    found = _MOBILE.search(said)
    if found is not None:
        return _only_digits(found[1])
    found = _LANDLINE.search(re.sub(r"(?<=\d)[\s\-]+(?=\d)", "", said))
    return None if found is None else f"{found[1] or ''}{found[2]}"


def digits_in(text: str) -> int:
    """How many digits somebody wrote, to tell them that there are too few or too many."""
    return len(_DIGITS.findall(unicodedata.normalize("NFKC", text).translate(_READ_OUT)))


def name(text: str) -> str | None:
    """A person's name without what is said around it."""
    said = _NAME_BEFORE.sub("", clean(text)).strip(" 。.!！,，")
    if not 1 < len(said) <= _LONGEST_NAME or _NO_NAME.search(said) or not _NAME.fullmatch(said):
        return None
    return " ".join(said.split())


def party_name(text: str) -> str | None:
    """A person, a company, a shop: what the other side of a matter is called."""
    said = _tidy(text).strip(" 。.!！,，")
    return said if 1 < len(said) <= 2 * _LONGEST_NAME and plain(said) and not plain(said).isdigit() else None


def yes_no(text: str) -> bool | None:
    """Yes or no, also in the words of the place; None for anything else, above all for a sentence of its own."""
    said = plain(text)
    if _NO.match(said):
        return False
    return True if _YES.match(said) else None


def township(text: str, townships: Sequence[Township]) -> str | None:
    """The township that is named, also without 镇 or 乡, as one says it when asked; 外地 or 不详 where that is said."""
    found = mentioned(text, townships)
    if found is not None:
        return found.name
    said = plain(text)
    bare = {_SUFFIX.sub("", place.name): place.name for place in townships}
    hits = {full for short, full in bare.items() if plain(short) in said}
    if len(hits) == 1:
        return hits.pop()
    if _ELSEWHERE.search(said):
        return ELSEWHERE
    return UNKNOWN if not hits and _UNKNOWN.search(said) else None


def choice(text: str, choices: Sequence[Choice]) -> int | None:
    """Which choice the words mean: the label itself, a part of one label only, or words that only one choice has."""
    said = plain(text)
    if not said:
        return None
    labels = [plain(one.label) for one in choices]
    if said in labels:
        return labels.index(said)
    parts = [number for number, label in enumerate(labels) if len(said) > 1 and said in label]
    if len(parts) == 1:
        return parts[0]
    meant = [number for number, one in enumerate(choices) if one.words and re.search(one.words, said)]
    return meant[0] if len(meant) == 1 else None


def story(text: str) -> str | None:
    """What happened, in the resident's own words; None where that is too little to work with."""
    said = "\n".join(line for line in map(_tidy, text.splitlines()) if line)
    return said[:LONGEST_STORY] if len(plain(said)) >= _SHORTEST_STORY else None


def short_text(text: str) -> str | None:
    """A few words: the name of an office, a place."""
    said = _tidy(text)
    return said[:60] if len(plain(said)) > 1 else None


def _tidy(text: str) -> str:
    """One line as it was written, without what nobody sees; its Chinese punctuation stays."""
    return " ".join("".join(char for char in text if unicodedata.category(char)[0] != "C" or char == "\t").split())


def _only_digits(text: str) -> str:
    return "".join(_DIGITS.findall(text))
