"""A figure with what was wanted of it, and the table of them."""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `good` is None where nothing was promised."""

    name: str
    value: float
    unit: str = ""
    wanted: str = ""
    good: bool | None = None
    note: str = ""


def at_most(name: str, value: float, limit: float, unit: str, note: str = "") -> Figure:
    """A figure that has to stay below a limit."""
    return Figure(name, value, unit, f"< {limit:g}", value < limit, note)


def at_least(name: str, value: float, limit: float, unit: str = "x", note: str = "") -> Figure:
    """A figure that has to reach a limit."""
    return Figure(name, value, unit, f">= {limit:g}", value >= limit, note)


def quantile(values: Iterable[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def table(title: str, figures: Sequence[Figure]) -> str:
    """Figures as lines of text."""
    wide = max(_width(figure.name) for figure in figures)
    lines = [f"\n{title}"]
    for figure in figures:
        verdict = {None: "", True: "ok", False: "MISSED"}[figure.good]
        number = f"{figure.value:,.0f}" if abs(figure.value) >= 100 else f"{figure.value:.3g}"
        name = figure.name + " " * (wide - _width(figure.name))
        lines.append(f"  {name}  {number:>8} {figure.unit:<8} {figure.wanted:<8} {verdict:<6} {figure.note}".rstrip())
    return "\n".join(lines)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
