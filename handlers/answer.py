"""How an entry reads on a phone: first whose situation and the answer, then two steps; 更多 brings the rest."""

from collections.abc import Iterable
from datetime import date

from handlers.county import County
from handlers.message import Button, Reply
from knowledge.entry import Citation, Entry
from knowledge.load import Knowledge

MORE = Button("更多", "more")
HUMAN = Button("转人工", "human")
FIRST_STEPS = 2
_MARKS = "①②③④⑤⑥⑦⑧⑨"
_UNDER_REVIEW = "（这条答复正在复核，请以窗口答复为准。）"
_DISCLAIMER = "我是智能助手，不是律师，答复供参考。"


def answer(entry: Entry, knowledge: Knowledge, county: County, *, introduce: bool) -> Reply:
    """The answer card of an entry. `introduce` adds who is speaking, once per conversation."""
    rest = remainder(entry, knowledge, county)
    first = [entry.situation, entry.conclusion, "\n".join(numbered(entry.steps[:FIRST_STEPS]))]
    if entry.needs_review:
        first.append(_UNDER_REVIEW)
    if introduce:
        first.append(_DISCLAIMER)
    return Reply(
        text=filled("\n\n".join(part for part in first if part), knowledge, county),
        title=entry.question,
        buttons=(*((MORE,) if rest else ()), *feedback_buttons(entry.id)),
        topic=entry.id,
        cites=cite_lines(entry.cites, knowledge),
        more=rest,
    )


def remainder(entry: Entry, knowledge: Knowledge, county: County) -> str:
    """What follows on 更多: the other steps, materials, time limits, where, cost, what not to do."""
    lines = [
        "\n".join(numbered(entry.steps[FIRST_STEPS:], start=FIRST_STEPS)),
        _labelled("要带的", "；".join(entry.materials)),
        _labelled("期限", entry.deadline),
        _labelled("去哪里", "；".join(place_lines(entry, knowledge, county))),
        _labelled("费用", entry.cost),
        _labelled("千万别", entry.dont),
    ]
    return filled("\n\n".join(line for line in lines if line), knowledge, county)


def place_lines(entry: Entry, knowledge: Knowledge, county: County) -> list[str]:
    """The offices to go to, each with what the county supplied."""
    if entry.where is None:
        return []
    kinds = (entry.where.kind, *entry.where.also)
    return [county.place_line(knowledge.places[kind]) for kind in kinds if kind in knowledge.places]


def feedback_buttons(topic: str) -> tuple[Button, ...]:
    """What a resident may say of an answer."""
    return (
        Button("有用", f"useful:{topic}"),
        Button("没用", f"useless:{topic}"),
        Button("不是我的情况", f"other:{topic}"),
        HUMAN,
    )


def cite_lines(cites: Iterable[Citation], knowledge: Knowledge) -> tuple[str, ...]:
    """Each instrument with its articles and the day since which that edition applies."""
    lines = []
    for cite in cites:
        law = knowledge.laws.get(cite.law)
        articles = "、".join(article_name(article) for article in cite.article)
        since = f"（{_day(law.effective)}起施行）" if law is not None else ""
        lines.append(f"《{cite.law}》{articles}{since}")
    return tuple(lines)


def article_name(article: int | str) -> str:
    """第30条, or 第276条之一 for "276-1"."""
    number, _, suffix = str(article).partition("-")
    return f"第{number}条" + (f"之{_CHINESE[int(suffix)]}" if suffix else "")


def numbered(steps: Iterable[str], start: int = 0) -> list[str]:
    """Steps with their marks ①②③, counted on from `start`."""
    return [f"{_MARKS[number]}{step}" for number, step in enumerate(steps, start)]


def filled(text: str, knowledge: Knowledge, county: County) -> str:
    """`text` with the county's values in place of `{key}`; while nobody has supplied one, what to go by instead."""
    for key, value in knowledge.local_values.items():
        mark = "{" + key + "}"
        if mark in text:
            text = text.replace(mark, county.values.get(key) or value.fallback)
    return text


def _labelled(label: str, text: str) -> str:
    return f"【{label}】{text}" if text else ""


def _day(day: date) -> str:
    return day.isoformat()


_CHINESE = "零一二三四五六七八九"
