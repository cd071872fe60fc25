"""Questions that the packaged knowledge answers with cites."""

from functools import cache
from itertools import zip_longest

from knowledge.match import Answer
from tests.running import matcher


@cache
def answered(count: int) -> tuple[str, ...]:
    """Wordings that lead straight to a cited answer, none of them to the letter as it stands in the knowledge."""
    entries = [entry for entry in matcher().knowledge.entries.values() if entry.cites and not entry.is_urgent]
    found: list[str] = []
    for row in zip_longest(*(entry.variants for entry in entries)):
        for variant in row:
            text = f"请问{variant}"
            if variant and isinstance(matcher().match(text), Answer):
                found.append(text)
            if len(found) == count:
                return tuple(found)
    return tuple(found)
