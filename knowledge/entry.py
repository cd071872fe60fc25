"""The shape of a knowledge entry: one question of residents with its reviewed answer.

Written in `knowledge/data/faq/<domain>.toml`; `docs/content.md` tells a lawyer how.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
TopicId = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z0-9-]+$", max_length=60)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Citation(_Frozen):
    """Articles of one instrument in one edition. `article` holds numbers, or "276-1" for 第二百七十六条之一.

    Without articles the instrument is cited as a whole; `edition` is the date on which that text was adopted.
    """

    law: Text
    article: tuple[int | str, ...] = ()
    edition: date | None = None


class Where(_Frozen):
    """Where to go: kinds of places, whose names and numbers are in `places.toml` and in the county's settings."""

    kind: Text
    also: tuple[Text, ...] = ()


class Review(_Frozen):
    """Who read the answer against the law, when, what they found, and when it is due again."""

    by: Text
    on: date
    due: date
    finding: Text


class Variants(_Frozen):
    """How people ask, whole sentences about different facts, by kind (`reference` in docs/content.md)."""

    plain: tuple[Text, ...] = ()
    situation: tuple[Text, ...] = ()
    story: tuple[Text, ...] = ()
    dialect: tuple[Text, ...] = ()
    emotional: tuple[Text, ...] = ()
    other: tuple[Text, ...] = ()

    def __iter__(self) -> Iterator[str]:  # type: ignore[override] # a collection of sentences, not of fields
        for kind in type(self).model_fields:
            yield from getattr(self, kind)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Entry(_Frozen):
    """One topic: the question, for whom the answer is, the answer in parts, the law behind it, and the wordings.

    Answers of domain `intent` are small talk (`conclusion` only); those of `urgent` carry `phones`, most urgent
    first, and `near_misses`: sentences that share the words and are no emergency.
    """

    id: TopicId
    question: Text
    situation: str = ""
    conclusion: Text
    steps: tuple[Text, ...] = ()
    materials: tuple[Text, ...] = ()
    deadline: str = ""
    where: Where | None = None
    cost: str = ""
    dont: str = ""
    phones: tuple[Annotated[str, StringConstraints(pattern=r"^\d{3,5}$")], ...] = ()
    ask: str = ""
    related: tuple[TopicId, ...] = ()
    cites: tuple[Citation, ...] = ()
    needs_review: str = ""
    reviewed: Review
    near_misses: tuple[Text, ...] = ()
    counts: bool = True  # whether showing it is a consultation 人次: not where it is about this service itself
    variants: Variants = Field(default_factory=Variants)

    @property
    def domain(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]

    @property
    def is_urgent(self) -> bool:
        """Danger: answered before everything else."""
        return self.domain == "urgent"

    @property
    def is_small_talk(self) -> bool:
        """Part of the conversation itself, no legal matter."""
        return self.domain == "intent"

    def texts(self) -> Iterator[str]:
        """Everything that residents may read of the answer."""
        yield from (self.situation, self.conclusion, *self.steps, *self.materials)
        yield from (self.deadline, self.cost, self.dont, self.ask)


class Outline(_Frozen):
    """A topic that Fawen recognises and has no reviewed answer for yet, so a person has to answer it."""

    id: TopicId
    title: Text
    scope: str = ""
    variants: tuple[Text, ...] = ()

    @property
    def domain(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]


class Law(_Frozen):
    """Facts about an instrument in force; no text of it."""

    title: Text
    short: Text
    aliases: tuple[Text, ...] = ()
    edition: date
    effective: date
    articles: int

    @property
    def shown(self) -> str:
        """The name as residents see it: the statute's short name, an interpretation's full title."""
        return self.short


class Domain(_Frozen):
    """An area of law: its name, and the area 法律领域 under which reports count it."""

    id: Text
    name: Text
    field: Text


class Place(_Frozen):
    """A kind of office: what it is called, the national number if there is one, what the county has to supply."""

    kind: Text
    name: Text
    hotline: str = ""
    needs: tuple[Text, ...] = ()


class LocalValue(_Frozen):
    """A value that the county or a yearly standard supplies, and what is said while nobody has supplied it."""

    key: Text
    title: Text
    fallback: Text


class Township(_Frozen):
    """A township 乡镇街道 of the county and the names that people call it by."""

    name: Text
    aliases: tuple[Text, ...] = ()
