"""Finding entries of the knowledge by words, as staff look for them: all words have to be there, titles come first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from knowledge.entry import Entry
from knowledge.load import Knowledge
from knowledge.normalize import plain

_TITLE, _WORDING, _TEXT = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Topic:
    """An entry or an outline as a line of a list. `written` is False where only the outline is known."""

    id: str
    title: str
    domain: str
    written: bool


@dataclass(frozen=True)
class Finder:
    """Looks through one knowledge; made once, because reading all wordings takes longer than a request may."""

    knowledge: Knowledge

    @cached_property
    def topics(self) -> Mapping[str, Topic]:
        """Everything that can be chosen as a topic: no small talk."""
        entries = {e.id: Topic(e.id, e.question, e.domain, written=True) for e in self._entries()}
        outlines = {o.id: Topic(o.id, o.title, o.domain, written=False) for o in self.knowledge.outlines.values()}
        return {**entries, **{key: one for key, one in outlines.items() if one.domain != "intent"}}

    def find(self, words: str, limit: int) -> list[Topic]:
        """The topics that hold all of the words, the best first."""
        wanted = [word for part in words.split() if (word := plain(part))]
        if not wanted:
            return []
        ranked = [(-min(self._rank(key, word) for word in wanted), key) for key in self.topics]
        return [self.topics[key] for rank, key in sorted(ranked) if rank < 0][:limit]

    def _rank(self, key: str, word: str) -> int:
        title, wordings, text = self._read[key]
        return _TITLE if word in title else _WORDING if word in wordings else _TEXT if word in text else 0

    @cached_property
    def _read(self) -> Mapping[str, tuple[str, str, str]]:
        found = {}
        for entry in self._entries():
            wordings = "\n".join(plain(text) for text in entry.variants)
            found[entry.id] = plain(entry.question), wordings, "\n".join(plain(text) for text in entry.texts())
        for key, outline in self.knowledge.outlines.items():
            found[key] = plain(outline.title), "\n".join(map(plain, outline.variants)), plain(outline.scope)
        return found

    def _entries(self) -> Iterator[Entry]:
        return (entry for entry in self.knowledge.entries.values() if not entry.is_small_talk)
