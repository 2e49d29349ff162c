"""What measuring came to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Measured:
    """One piece of work, measured.

    Attributes
    ----------
    seconds
        Median of ``runs``; NaN where it could not be measured.
    runs
        How long each run took.
    peak_mib, held_mib, before_mib
        Most memory of the process up to the end of the first run, what it held then, and before it; NaN where unknown.
    note
        What was worked on, or which renderer drew.
    missing
        Why there is no figure; empty where there is one.
    """

    seconds: float = math.nan
    runs: tuple[float, ...] = ()
    peak_mib: float = math.nan
    held_mib: float = math.nan
    before_mib: float = math.nan
    note: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table at one size.

    Attributes
    ----------
    row
        Name of the row in :data:`pipemap.bench.rows.ROWS`.
    pipes
        Size of the city.
    ours
        Our figure.
    peers
        Name of each peer → its figure in the same run.
    """

    row: str
    pipes: int
    ours: Measured
    peers: Mapping[str, Measured] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bench:
    """All figures of one run, and the machine they were measured on."""

    machine: Mapping[str, str]
    sizes: tuple[int, ...]
    figures: tuple[Figure, ...]

    def of(self, row: str) -> list[Figure]:
        """The figures of one row, smallest city first."""
        return sorted((figure for figure in self.figures if figure.row == row), key=lambda figure: figure.pipes)


def growth(points: Mapping[int, float]) -> float:
    """Return the slope of cost over size on logarithmic scales: 1 is linear; NaN with fewer than two sizes.

    Examples
    --------
    >>> growth({1000: 2.0, 10000: 20.0})
    1.0
    """
    known = {size: cost for size, cost in points.items() if math.isfinite(cost) and cost > 0}
    if len(known) < 2:  # noqa: PLR2004 -- a slope has two ends
        return math.nan
    low, high = min(known), max(known)
    return round(math.log(known[high] / known[low]) / math.log(high / low), 2)
