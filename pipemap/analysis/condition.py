"""Condition of sewer sections by CJJ 181-2012: structural and functional, every number with the way to it.

The standard itself was not seen: formulas and scores are those of several public implementations, and what even these leave
open is marked in the steps as unverified. Findings in other coding systems are never mixed in; see
:mod:`pipemap.analysis.ratings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pipemap.catalog.findings import condition_grade, finding_code
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.catalog.findings import ConditionGrade

Side = Literal["structural", "functional"]

MERGED_UP_TO = 1.0
"""Metres of net spacing up to which defects count as one."""
NEAR_UP_TO = 1.5
"""Metres of net spacing up to which the later of two takes the factor below."""
NEAR_FACTOR = 1.1
CAP = 10.0
"""A merged score is no higher. The cap is unverified."""
LEAST_LENGTH = 1.0
"""Metres that a defect counts at least."""
_LOCAL, _OVERALL = 0.1, 0.5
_SAME = 1e-9
_COUNTS_FROM = 4.0
"""K and E count from this F (or G) on."""

FORMULAS: Mapping[Side, Mapping[str, str]] = {
    "structural": {
        "mean": "S = (ΣP + 1.1 ΣP′) / n", "worst": "Smax = max P", "value": "F = max(S, Smax)",
        "density": "S_M = (ΣP·L + 1.1 ΣP′·L) / (S·L)", "index": "RI = 0.7 F + 0.1 K + 0.05 E + 0.15 T",
    },
    "functional": {
        "mean": "Y = (ΣP + 1.1 ΣP′) / m", "worst": "Ymax = max P", "value": "G = max(Y, Ymax)",
        "density": "Y_M = (ΣP·L + 1.1 ΣP′·L) / (Y·L)", "index": "MI = 0.8 G + 0.15 K + 0.05 E",
    },
}  # fmt: skip
"""The formulas as shown beside each number: P′ are defects more than 1.0 and up to 1.5 m behind another, n counts both."""

NAMES: Mapping[Side, Mapping[str, str]] = {
    "structural": {"mean": "S", "worst": "Smax", "value": "F", "density": "S_M", "index": "RI"},
    "functional": {"mean": "Y", "worst": "Ymax", "value": "G", "density": "Y_M", "index": "MI"},
}

DENSITY_WORDS: dict[str, str] = {
    "local": N_("local"),
    "partial": N_("partial or overall"),
    "overall": N_("overall"),
}


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect on its section: ``start`` and ``end`` in metres from the section's first node, equal at a point."""

    finding: int
    code: str
    grade: int
    score: float
    start: float
    end: float

    @property
    def counted(self) -> float:
        """Metres that it counts in the density."""
        return max(self.end - self.start, LEAST_LENGTH)


@dataclass(frozen=True, slots=True)
class Group:
    """Defects so close that they count as one.

    Attributes
    ----------
    score
        Sum of their scores, at most :data:`CAP`.
    factor
        1.1 where it lies more than 1.0 and up to 1.5 m behind the one before, else 1.
    spacing
        Net metres to the one before; None for the first.
    """

    defects: tuple[Defect, ...]
    score: float
    factor: float
    spacing: float | None

    @property
    def length(self) -> float:
        """Metres that it counts in the density."""
        return sum(defect.counted for defect in self.defects)

    @property
    def is_capped(self) -> bool:
        """Whether its scores come to more than counts."""
        return sum(defect.score for defect in self.defects) > CAP

    @property
    def findings(self) -> tuple[int, ...]:
        """Keys of its findings."""
        return tuple(defect.finding for defect in self.defects)


@dataclass(frozen=True, slots=True)
class Step:
    """How a number came about: its formula, the same with what was put in, and the findings that it rests on."""

    name: str
    formula: str
    inserted: str
    value: float | None
    findings: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rating:
    """One side of a section's condition.

    Attributes
    ----------
    mean, worst, value
        S, Smax, F; or Y, Ymax, G.
    grade
        Of ``value``.
    density, spread
        S_M or Y_M, and what it says: ``local``, ``partial``, ``overall``; None where the length is unknown.
    index, index_grade
        RI or MI with its grade; None where the inspection allows none.
    steps
        The way to each number, in order.
    """

    side: Side
    groups: tuple[Group, ...]
    mean: float
    worst: float
    value: float
    grade: ConditionGrade
    density: float | None
    spread: str
    index: float | None
    index_grade: ConditionGrade | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Factors:
    """What a section's surroundings add: K of the area, E of the diameter, T of the soil; None where nobody said."""

    area: float | None = None
    diameter_mm: float | None = None
    soil: float | None = None

    @property
    def pipe(self) -> float:
        """E by the diameter; an unknown diameter counts as small."""
        if self.diameter_mm is None:
            return 0.0
        bounds = ((1500.0, 10.0), (1000.0, 6.0))
        return next((value for over, value in bounds if self.diameter_mm > over), 3.0 if self.diameter_mm >= 600 else 0.0)  # noqa: PLR2004 -- the table's own


def score_of(system: str, code: str, grade: int | None) -> tuple[Side, float] | None:
    """Return the side and score of a finding; None where it is not scored."""
    known = finding_code(system, code)
    if known is None or known.kind not in ("structural", "functional"):
        return None
    score = known.score(grade)
    return None if score is None else (known.kind, score)  # type: ignore[return-value]


def group_defects(defects: Iterable[Defect]) -> tuple[Group, ...]:
    """Join defects up to 1.0 m apart, and weigh those up to 1.5 m behind another; spacing is net, from end to start."""
    found: list[Group] = []
    held: list[Defect] = []
    spacing: float | None = None
    end = 0.0
    for defect in sorted(defects, key=lambda one: (one.start, one.end, one.finding)):
        gap = defect.start - end
        if held and gap > MERGED_UP_TO + _SAME:
            found.append(_group(held, spacing))
            held, spacing = [], gap
        end = max(end, defect.end) if held or found else defect.end
        held.append(defect)
    return (*found, _group(held, spacing)) if held else ()


def _group(defects: Sequence[Defect], spacing: float | None) -> Group:
    near = spacing is not None and spacing <= NEAR_UP_TO + _SAME
    score = min(CAP, sum(defect.score for defect in defects))
    return Group(tuple(defects), score, NEAR_FACTOR if near else 1.0, spacing)


def rate(side: Side, defects: Iterable[Defect], length: float | None, factors: Factors, *, preliminary: bool = False) -> Rating:
    """Rate one side of a section.

    Parameters
    ----------
    length
        Metres of the section; without it there is no density.
    preliminary
        Only the grade: a quick view allows no density and no index.
    """
    names, groups = NAMES[side], group_defects(defects)
    weighted = sum(group.score * group.factor for group in groups)
    mean = weighted / len(groups) if groups else 0.0
    worst = max((group.score for group in groups), default=0.0)
    value = max(mean, worst)
    reach = sum(group.score * group.factor * group.length for group in groups)
    density = None
    if length and not preliminary:
        density = reach / (mean * length) if groups and mean else 0.0
    index, index_step = (None, None) if preliminary else _index(side, value, factors)
    rating = Rating(
        side=side,
        groups=groups,
        mean=mean,
        worst=worst,
        value=value,
        grade=condition_grade("structural" if side == "structural" else "functional", value),
        density=density,
        spread="" if density is None or not groups else _spread(density),
        index=index,
        index_grade=None if index is None else condition_grade("repair" if side == "structural" else "maintenance", index),
        steps=(),
    )
    steps = [*_steps(rating, names, length), *([index_step] if index_step else [])]
    return replace(rating, steps=tuple(steps))


def _spread(density: float) -> str:
    return "local" if density < _LOCAL else "partial" if density <= _OVERALL else "overall"


def _index(side: Side, value: float, factors: Factors) -> tuple[float, Step]:
    counts = value >= _COUNTS_FROM
    area = (factors.area or 0.0) if counts else 0.0
    pipe = factors.pipe if counts else 0.0
    soil = (factors.soil or 0.0) if value > 0 else 0.0
    notes = []
    if counts and factors.area is None:
        notes.append(_("Nobody said how important the area is: K counts as 0."))
    if counts and factors.diameter_mm is None:
        notes.append(_("The diameter is unknown: E counts as 0."))
    name, formula = NAMES[side]["index"], FORMULAS[side]["index"]
    if side == "structural":
        if value > 0 and factors.soil is None:
            notes.append(_("Nobody said what soil it is: T counts as 0."))
        index = 0.7 * value + 0.1 * area + 0.05 * pipe + 0.15 * soil
        inserted = f"0.7 × {value:g} + 0.1 × {area:g} + 0.05 × {pipe:g} + 0.15 × {soil:g}"
    else:
        index = 0.8 * value + 0.15 * area + 0.05 * pipe
        inserted = f"0.8 × {value:g} + 0.15 × {area:g} + 0.05 × {pipe:g}"
        if 0 < value < _COUNTS_FROM:
            notes.append(_("K and E count from G = 4 on, as they do from F = 4 on: our own reading, unverified."))
    return round(index, 10), Step(name, formula, inserted, index, note=" ".join(notes))


def _steps(rating: Rating, names: Mapping[str, str], length: float | None) -> list[Step]:
    """Say how each number of a rating came about, those of its groups first."""
    formulas = FORMULAS[rating.side]
    steps = [_group_step(number, group) for number, group in enumerate(rating.groups, start=1)]
    every = tuple(finding for group in rating.groups for finding in group.findings)
    terms = [f"1.1 × {group.score:g}" if group.factor > 1 else f"{group.score:g}" for group in rating.groups]
    mean = f"({' + '.join(terms)}) / {len(terms)}" if terms else _("no scored defect")
    steps.append(Step(names["mean"], formulas["mean"], mean, rating.mean, every))
    top = next((group.findings for group in rating.groups if group.score == rating.worst), ())
    scores = ", ".join(f"{group.score:g}" for group in rating.groups)
    steps.append(Step(names["worst"], formulas["worst"], f"max({scores})" if scores else mean, rating.worst, top))
    steps.append(Step(names["value"], formulas["value"], f"max({rating.mean:g}, {rating.worst:g})", rating.value, every))
    if rating.density is not None and length:
        parts = [f"{term} × {group.length:g}" for term, group in zip(terms, rating.groups, strict=True)]
        inserted = f"({' + '.join(parts)}) / ({rating.mean:g} × {length:g})" if parts else mean
        steps.append(Step(names["density"], formulas["density"], inserted, rating.density, every))
    return steps


def _group_step(number: int, group: Group) -> Step:
    notes = []
    if len(group.defects) > 1:
        notes.append(_("Up to 1.0 m apart: they count as one, their scores added."))
    if group.is_capped:
        notes.append(_("More than 10 is counted as 10; this cap is unverified."))
    if group.factor > 1 and group.spacing is not None:
        notes.append(_("{metres} m behind the one before: it takes the factor 1.1.").format(metres=f"{group.spacing:.2f}"))
    told = " + ".join(f"{defect.code}{defect.grade} {defect.score:g}" for defect in group.defects)
    return Step(f"P{number}", _("score of the grade"), told, group.score, group.findings, " ".join(notes))
