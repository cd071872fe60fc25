"""How sure the first candidate is: a logistic regression over what one ranking shows.

Fitted on 4,518 own wordings, each scored with itself left out of the index (weight 0.1), on 242 labelled tuning
questions (weight 3) and on the sentences of reject.toml as wrong (weight 0.5). `fawen evaluate` shows the effect.
"""

import math
from dataclasses import dataclass

_WEIGHTS = (6.883, 5.513, 2.412, 2.410, 0.429, -7.772)
_BIAS = -5.085


@dataclass(frozen=True, slots=True)
class Features:
    """What a ranking shows; all but `length` are shares (0..1).

    `coverage`: the best topic's share of what a perfect document would score. `margin`: how far it leads the next.
    `likeness`, `second_likeness`: rapidfuzz ratio to the nearest sentence of the best and of the next topic.
    `reject_likeness`: to the nearest sentence that is no matter of legal service. `length`: characters compared.
    """

    coverage: float
    margin: float
    likeness: float
    second_likeness: float
    length: int
    reject_likeness: float


def sureness(shown: Features) -> float:
    """The probability (0..1) that the first candidate is right."""
    values = (
        shown.coverage,
        shown.margin,
        shown.likeness,
        shown.likeness - shown.second_likeness,
        math.log(max(1, shown.length)),
        shown.reject_likeness - shown.likeness,
    )
    score = _BIAS + sum(weight * value for weight, value in zip(_WEIGHTS, values, strict=True))
    return 1 / (1 + math.exp(-score))
