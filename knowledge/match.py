"""A question in, a decision out: danger first, then small talk, then answer, ask back, or admit not to know.

Pure and deterministic: the same text and the same knowledge version give the same decision, with its reasons.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from knowledge.entry import Entry, Outline
from knowledge.load import Knowledge
from knowledge.normalize import LONGEST, Lexicon, plain
from knowledge.rank import Ranked, TopicRanker, nearest
from knowledge.sure import Features, sureness

MOST_CANDIDATES = 5
MOST_CHOICES = 3
HUMAN = "intent.human"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the bands lie; each is a share (0..1). `docs/quality.md` shows what they buy.

    A direct answer needs `answer_sure`; asking back needs `clarify_sure`; below that Fawen admits not to know. `danger`
    lists pairs (least coverage, least lead over the best matter that can wait), any of which makes an emergency.
    """

    answer_sure: float = 0.65
    clarify_sure: float = 0.15
    small_talk_likeness: float = 0.72
    reject_likeness: float = 0.72
    near_miss_likeness: float = 0.72
    level_margin: float = 0.06
    level_likeness: float = 0.8
    danger: tuple[tuple[float, float], ...] = ((0.24, 1.3), (0.175, 1.5))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A topic that the question may be about; `score` is higher the nearer."""

    id: str
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What the matcher makes of a text; `reasons` explain it, name to value."""

    candidates: tuple[Candidate, ...]
    reasons: Mapping[str, str | float]


@dataclass(frozen=True, slots=True)
class Answer(Decision):
    """One entry answers the question."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Choose(Decision):
    """Two or three topics may be meant: ask back. An `Outline` among them has no reviewed answer yet."""

    options: tuple[Entry | Outline, ...]


@dataclass(frozen=True, slots=True)
class Urgent(Decision):
    """Danger now: the emergency card before everything else."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class SmallTalk(Decision):
    """Part of the conversation itself."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Human(Decision):
    """The resident asks for a person."""


@dataclass(frozen=True, slots=True)
class Unknown(Decision):
    """No answer. `outline` names the topic where it is known but has no reviewed answer yet."""

    outline: Outline | None = None


@dataclass(slots=True)
class _Look:
    """One text on its way to a decision: as seen, as compared, how it ranks, and why."""

    seen: str
    text: str
    ranked: Ranked
    candidates: tuple[Candidate, ...]
    reject_likeness: float
    reasons: dict[str, str | float] = field(default_factory=dict)

    def led_by(self, topic: str, title: str) -> tuple[Candidate, ...]:
        """The candidates with this topic first, whatever its score was."""
        best = max((candidate.score for candidate in self.candidates), default=0.0)
        rest = [candidate for candidate in self.candidates if candidate.id != topic]
        return (Candidate(topic, title, round(best + 1.0, 4)), *rest)[:MOST_CANDIDATES]


class Matcher:
    """Decides about texts, with one knowledge that it was built from."""

    def __init__(self, knowledge: Knowledge, thresholds: Thresholds | None = None) -> None:
        self.knowledge = knowledge
        self.thresholds = thresholds or Thresholds()
        self._lexicon = Lexicon(knowledge.lexicon)
        self._topics: list[Entry | Outline] = [e for e in knowledge.entries.values() if not e.is_small_talk]
        self._topics.extend(knowledge.outlines.values())
        self._documents = [self._sentences(topic) for topic in self._topics]
        misses = [entry for entry in knowledge.entries.values() if entry.near_misses]
        self._near_documents = [[self._compared(text) for text in entry.near_misses] for entry in misses]
        self._near_sentences = [text for document in self._near_documents for text in document]
        self._ranker = TopicRanker([*self._documents, *self._near_documents])
        self._talk = [
            (entry, text)
            for entry in knowledge.entries.values()
            if entry.is_small_talk
            for text in self._sentences(entry)
        ]
        self._talk_sentences = [text for _, text in self._talk]
        self._rejects = [self._compared(text) for text in knowledge.rejects]
        self._alarms = [(topic, re.compile(pattern)) for topic, pattern in (a.split("\t", 1) for a in knowledge.alarms)]
        self._exact = self._exact_hits()

    def match(self, text: str) -> Decision:
        """Decide about one text of a resident."""
        seen = plain(text)
        compared = self._lexicon.apply(seen)
        if not compared:
            return Unknown((), {"because": "nothing to read"})
        ranked = self._ranker.rank(compared)
        # A long story may end in danger, beyond what is compared.
        end = plain(text[-LONGEST:]) if len(text) > LONGEST else ""
        rejected = nearest(compared, self._rejects)[1]
        look = _Look(seen + end, compared, ranked, self._candidates(ranked), rejected)
        exact = self._exact.get(compared)
        return (
            (self._hit(exact, look) if exact is not None else None)
            or self._alarm(look)
            or self._small_talk(look)
            or self._danger(look)
            or self._outside(look)
            or self._band(look)
        )

    def _hit(self, topic: Entry | Outline, look: _Look) -> Decision:
        look.reasons["because"] = "a known wording, to the letter"
        if isinstance(topic, Entry) and topic.is_small_talk:
            return self._talked(topic, look)
        candidates = look.led_by(topic.id, self.knowledge.title(topic.id))
        if isinstance(topic, Outline):
            return Unknown(candidates, look.reasons, topic)
        return (Urgent if topic.is_urgent else Answer)(candidates, look.reasons, topic)

    def _talked(self, entry: Entry, look: _Look) -> Decision:
        candidates = look.led_by(entry.id, entry.question)
        if entry.id == HUMAN:
            return Human(candidates, look.reasons)
        return SmallTalk(candidates, look.reasons, entry)

    def _alarm(self, look: _Look) -> Decision | None:
        """Words of danger, unless the sentence is like one that is known to be none."""
        for topic, pattern in self._alarms:
            found = pattern.search(look.seen) or pattern.search(look.text)
            entry = self.knowledge.entries.get(topic)
            if found is None or entry is None:
                continue
            if nearest(look.text, self._near_sentences)[1] >= self.thresholds.near_miss_likeness:
                return None
            look.reasons["because"] = f"danger words: {found[0]}"
            return Urgent(look.led_by(entry.id, entry.question), look.reasons, entry)
        return None

    def _danger(self, look: _Look) -> Decision | None:
        """Nearest to an emergency, and clearly nearer than to any matter that can wait."""
        order = look.ranked.order
        top = self._topics[order[0]] if order[0] < len(self._topics) else None
        if not isinstance(top, Entry) or not top.is_urgent:
            return None
        calm = look.ranked.among(lambda number: not self._is_urgent(number))
        lead = look.ranked.scores[0] / calm.scores[0] if calm.scores and calm.scores[0] > 0 else float("inf")
        coverage = look.ranked.coverage
        look.reasons |= {"danger": round(coverage, 3), "danger lead": round(min(lead, 99.0), 2)}
        limits = self.thresholds.danger
        if any(coverage >= least and lead >= least_lead for least, least_lead in limits):
            look.reasons["because"] = "nearest to an emergency"
            return Urgent(look.candidates, look.reasons, top)
        return None

    def _small_talk(self, look: _Look) -> Decision | None:
        number, likeness = nearest(look.text, self._talk_sentences)
        if likeness >= self.thresholds.small_talk_likeness and likeness > self._likeness(look):
            look.reasons["because"] = f"small talk, {likeness:.2f} alike"
            return self._talked(self._talk[number][0], look)
        return None

    def _outside(self, look: _Look) -> Decision | None:
        likeness = look.reject_likeness
        if likeness >= self.thresholds.reject_likeness and likeness > self._likeness(look):
            look.reasons["because"] = f"not a matter of legal service, {likeness:.2f} alike"
            return Unknown(look.candidates, look.reasons)
        return None

    def _band(self, look: _Look) -> Decision:
        calm = look.ranked.among(lambda number: not self._is_urgent(number))
        if not calm.scores or calm.scores[0] <= 0:
            return Unknown(look.candidates, look.reasons)
        top = self._topics[calm.order[0]]
        features = self._features(look, calm)
        sure = sureness(features)
        look.reasons |= {name: round(value, 3) for name, value in asdict(features).items()} | {"sure": round(sure, 3)}
        if sure < self.thresholds.clarify_sure:
            return Unknown(look.candidates, look.reasons)
        danger_first = look.ranked.order[0] != calm.order[0] and look.ranked.order[0] < len(self._topics)
        # Siblings that are level in all their words differ in a fact that was not told: ask for it.
        level = features.margin < self.thresholds.level_margin and features.likeness < self.thresholds.level_likeness
        if sure < self.thresholds.answer_sure or danger_first or level:
            options = tuple(self._topics[number] for number in calm.order[:MOST_CHOICES])
            return Choose(look.candidates, look.reasons, options)
        if isinstance(top, Outline):
            return Unknown(look.candidates, look.reasons, top)
        return Answer(look.candidates, look.reasons, top)

    def _features(self, look: _Look, calm: Ranked) -> Features:
        second = calm.order[1] if len(calm.order) > 1 else None
        return Features(
            coverage=calm.coverage,
            margin=calm.margin,
            likeness=self._ranker.likeness(look.text, calm.order[0]),
            second_likeness=self._ranker.likeness(look.text, second) if second is not None else 0.0,
            length=len(look.text),
            reject_likeness=look.reject_likeness,
        )

    def _likeness(self, look: _Look) -> float:
        return max(
            (self._ranker.likeness(look.text, n) for n in look.ranked.order[:2] if n < len(self._topics)), default=0
        )

    def _is_urgent(self, number: int) -> bool:
        """Emergencies, and the near misses that stand beside them in the index."""
        if number >= len(self._topics):
            return True
        topic = self._topics[number]
        return isinstance(topic, Entry) and topic.is_urgent

    def _candidates(self, ranked: Ranked) -> tuple[Candidate, ...]:
        found = []
        for number, score in zip(ranked.order, ranked.scores, strict=True):
            if number < len(self._topics) and score > 0:
                topic = self._topics[number]
                found.append(Candidate(topic.id, self.knowledge.title(topic.id), round(score, 4)))
        return tuple(found[:MOST_CANDIDATES])

    def _compared(self, text: str) -> str:
        return self._lexicon.apply(plain(text))

    def _sentences(self, topic: Entry | Outline) -> list[str]:
        if isinstance(topic, Outline):
            return [self._compared(text) for text in (topic.title, topic.scope, *topic.variants) if text]
        said = [topic.question, topic.situation, *topic.variants] if not topic.is_small_talk else [*topic.variants]
        return [compared for compared in (self._compared(text) for text in said) if compared]

    def _exact_hits(self) -> dict[str, Entry | Outline]:
        hits: dict[str, Entry | Outline] = {}
        double: set[str] = set()
        for topic, sentences in zip(self._topics, self._documents, strict=True):
            for sentence in sentences:
                if hits.setdefault(sentence, topic) is not topic:
                    double.add(sentence)
        for entry, sentence in self._talk:
            hits.setdefault(sentence, entry)
        return {sentence: topic for sentence, topic in hits.items() if sentence not in double}
