"""Questions that the packaged knowledge answers with cites and that count as consultations."""

from functools import cache
from itertools import chain, zip_longest

from knowledge.match import Answer
from tests.running import matcher


@cache
def answered(count: int) -> tuple[str, ...]:
    """Wordings that lead straight to such an answer, none of them to the letter as it stands in the knowledge."""
    variants = zip_longest(*(entry.variants for entry in matcher().knowledge.entries.values()))
    found: list[str] = []
    for variant in chain.from_iterable(variants):
        decision = matcher().match(f"请问{variant}") if variant else None
        if isinstance(decision, Answer) and decision.entry.cites and decision.entry.counts:
            found.append(f"请问{variant}")
        if len(found) == count:
            break
    return tuple(found)
