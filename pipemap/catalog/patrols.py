"""After how many days pipes of a category are to be patrolled again: our own starting values, which a survey can set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pipemap import assets


@dataclass(frozen=True, slots=True)
class PatrolCycle:
    """Days between two patrols of a major category; ``certainty`` and ``source`` say how sure that is."""

    category: str
    days: float
    certainty: str
    source: str


@cache
def patrol_cycles() -> dict[str, PatrolCycle]:
    """Return the cycle of each major category."""
    return {
        row["category"]: PatrolCycle(row["category"], float(row["days"]), row["certainty"], row["source"])
        for row in assets.read_rows("standards", "patrol_cycles.csv")
    }
