"""Other coding systems by their own scale, pipe by pipe: PACP ratings, and the worst grade where there is no more to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipemap.catalog.findings import finding_system

if TYPE_CHECKING:
    from pipemap.model.finding import Finding

_CONTINUOUS_M = 1.524
"""Metres of a continuous defect that count as one occurrence in PACP: 5 feet."""
_MOST_COUNTED = 9


@dataclass(frozen=True, slots=True)
class PacpRating:
    """Ratings of one family of defects: sum of grades, mean grade, and the quick rating such as ``5143``."""

    pipe_rating: int
    index: float
    quick: str
    counts: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class OwnScale:
    """What a system says of a pipe by its own grades; ``worst`` is None where nothing is graded."""

    system: str
    findings: int
    worst: int | None
    structural: PacpRating | None = None
    operation: PacpRating | None = None


def own_scale(system: str, findings: Iterable[Finding]) -> OwnScale:
    """Sum up the findings of one pipe that were coded in one system; they are never mixed with another's."""
    found = [finding for finding in findings if finding.system == system]
    about = finding_system(system)
    graded = [finding.grade for finding in found if finding.grade is not None]
    worst = None
    if graded and about.grades:
        worst = max(graded) if about.grades[-1] >= about.grades[0] else min(graded)
    if system != "pacp":
        return OwnScale(system, len(found), worst)
    kinds = {kind: [one for one in found if one.known and one.known.kind == kind] for kind in ("structural", "operation")}
    return OwnScale(system, len(found), worst, pacp_rating(kinds["structural"]), pacp_rating(kinds["operation"]))


def pacp_rating(findings: Iterable[Finding]) -> PacpRating:
    """Rate defects of one family by the open formulas of PACP; how often a continuous one counts is unverified."""
    counts: Counter[int] = Counter()
    for one in findings:
        if one.grade:
            counts[one.grade] += max(1, round((one.length or 0.0) / _CONTINUOUS_M))
    rating = sum(grade * number for grade, number in counts.items())
    total = sum(counts.values())
    quick = "".join(f"{grade}{_counted(counts[grade])}" for grade in sorted(counts, reverse=True)[:2])
    return PacpRating(rating, rating / total if total else 0.0, quick.ljust(4, "0"), dict(sorted(counts.items())))


def _counted(number: int) -> str:
    """Return a count as one sign: 9, then A for 10 to 14, B for 15 to 19."""
    return str(number) if number <= _MOST_COUNTED else chr(min(ord("A") + (number - 10) // 5, ord("Z")))
