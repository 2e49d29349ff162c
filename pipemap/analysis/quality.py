"""Acceptance by sampling (质量检查): which points are measured again, how far they are off, and what follows from it.

The figures are those of ``resources/standards/accuracy.csv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.catalog.accuracy import accuracy
from pipemap.texts import N_

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["visible", "hidden", "excavation"]
KINDS: dict[Kind, str] = {
    "visible": N_("Visible points, measured again"),
    "hidden": N_("Hidden points, detected again"),
    "excavation": N_("Hidden points, dug up"),
}
"""What is checked apart from the others."""

Outcome = Literal["none", "draw", "missing", "second", "extend", "passed", "failed"]
OUTCOMES: dict[Outcome, str] = {
    "none": N_("No such points"),
    "draw": N_("Not drawn yet"),
    "missing": N_("Measurements missing"),
    "second": N_("Second sample needed"),
    "extend": N_("More points needed"),
    "passed": N_("Passed"),
    "failed": N_("Failed"),
}
_CELLS = 16


@dataclass(frozen=True, slots=True)
class Checked:
    """A point of a sample.

    Attributes
    ----------
    plan, depth
        Metres between what was surveyed and what was checked; NaN where it was not measured.
    surveyed_depth
        NaN where the survey has none: then the depth is not compared, and h counts as the least one.
    """

    plan: float
    depth: float
    surveyed_depth: float

    @property
    def is_measured(self) -> bool:
        """Everything that the survey says of it was checked."""
        return bool(np.isfinite(self.plan) and (np.isfinite(self.depth) or np.isnan(self.surveyed_depth)))


@dataclass(frozen=True, slots=True)
class Judged:
    """What a sample of one kind came to.

    Attributes
    ----------
    population, demanded, drawn, measured
        Points there are, points that the first sample needs, and how far it is.
    over, over_plan, over_depth
        Points over either limit, and over each.
    mean_plan, mean_depth, allowed_plan, allowed_depth
        Mean errors and what is allowed, in metres; NaN where nothing was compared.
    wanted
        How many points are still to be drawn.
    """

    kind: Kind
    outcome: Outcome
    population: int
    demanded: int
    drawn: int
    measured: int
    over: int
    over_plan: int
    over_depth: int
    mean_plan: float
    mean_depth: float
    allowed_plan: float
    allowed_depth: float
    wanted: int = 0

    @property
    def share(self) -> float:
        """Share of the measured points that is over a limit; NaN where none is measured."""
        return self.over / self.measured if self.measured else float("nan")


def demanded(kind: Kind, population: int) -> int:
    """Return how many points a sample needs."""
    if not population:
        return 0
    if kind == "excavation":
        wanted = max(_share_of(population, accuracy("excavation_share")), round(accuracy("excavation_least")))
    else:
        wanted = _share_of(population, accuracy("repeat_share"))
    return min(population, wanted)


def _share_of(population: int, share: float) -> int:
    return int(np.ceil(round(population * share, 9)))


def limits(kind: Kind, depth: float) -> tuple[float, float]:
    """Return the limits of one point in plan and depth, in metres."""
    if kind == "visible":
        return accuracy("visible_plan"), accuracy("visible_depth")
    h = max(accuracy("least_depth"), abs(depth)) if np.isfinite(depth) else accuracy("least_depth")
    return accuracy("hidden_plan") * h, accuracy("hidden_depth") * h


def judge(kind: Kind, points: Sequence[Checked], population: int, *, second_taken: bool = False) -> Judged:
    """Say what a sample came to, and what is to be done next.

    Parameters
    ----------
    population
        Points of the batch of which the sample was drawn.
    second_taken
        A second sample is among the points.
    """
    measured = [point for point in points if point.is_measured]
    over = [_over(kind, point) for point in measured]
    means = _means(kind, measured)
    outcome, wanted = _outcome(kind, len(points), measured, over, means, population, second_taken=second_taken)
    over_plan, over_depth = (sum(one[place] for one in over) for place in (0, 1))
    return Judged(
        kind, outcome, population, demanded(kind, population), len(points), len(measured), sum(map(any, over)), over_plan,
        over_depth, *means, wanted,
    )  # fmt: skip


def _over(kind: Kind, point: Checked) -> tuple[bool, bool]:
    plan, depth = limits(kind, point.surveyed_depth)
    return is_over(point.plan, plan), is_over(point.depth, depth)


def is_over(value: float, limit: float) -> bool:
    """Whether a deviation is over its limit; a tenth of a millimetre is nothing, and what is unknown is not over."""
    return bool(abs(value) > limit + 1e-4)


def _means(kind: Kind, points: Sequence[Checked]) -> tuple[float, float, float, float]:
    """Return the mean errors in plan and depth and what is allowed of them."""
    divisor = 1.0 if kind == "excavation" else accuracy("mean_formula")  # what is dug up is true
    allowed = np.array([_allowed(kind, point.surveyed_depth) for point in points]).reshape(-1, 2)
    found = []
    for place, values in enumerate(([point.plan for point in points], [point.depth for point in points])):
        column = np.array(values, dtype=np.float64)
        known = np.isfinite(column)
        mean = float(np.sqrt((column[known] ** 2).sum() / (divisor * known.sum()))) if known.any() else float("nan")
        found.append((mean, float(allowed[known, place].mean()) if known.any() else float("nan")))
    (plan, allowed_plan), (depth, allowed_depth) = found
    return plan, depth, allowed_plan, allowed_depth


def _allowed(kind: Kind, depth: float) -> tuple[float, float]:
    if kind == "visible":
        return accuracy("visible_plan_mean"), accuracy("visible_depth_mean")
    plan, down = limits(kind, depth)
    return plan * accuracy("mean_share"), down * accuracy("mean_share")


def _outcome(
    kind: Kind,
    drawn: int,
    measured: Sequence[Checked],
    over: Sequence[tuple[bool, bool]],
    means: tuple[float, float, float, float],
    population: int,
    *,
    second_taken: bool,
) -> tuple[Outcome, int]:
    rest, first = population - drawn, demanded(kind, population)
    if not population:
        return "none", 0
    if drawn < first:
        return "draw", first - drawn
    if len(measured) < drawn:
        return "missing", 0
    share = sum(map(any, over)) / drawn
    if share <= accuracy("pass_share"):
        return "passed" if kind == "excavation" else _by_means(drawn, means), 0
    small = round(accuracy("fail_from"))
    if share > accuracy("second_share") and drawn <= small and not second_taken and rest > 0:
        return "extend", min(rest, small + 1 - drawn)
    if share <= accuracy("second_share") and not second_taken and rest > 0:
        return "second", min(rest, first)
    return "failed", 0


def _by_means(drawn: int, means: tuple[float, float, float, float]) -> Outcome:
    plan, depth, allowed_plan, allowed_depth = means
    too_large = is_over(plan, allowed_plan) or is_over(depth, allowed_depth)
    return "failed" if drawn > accuracy("mean_from") and too_large else "passed"


def overall(judged: Sequence[Judged]) -> Outcome:
    """Return what several samples come to: the worst of them, and what is missing before what is good."""
    order: tuple[Outcome, ...] = ("failed", "missing", "draw", "extend", "second", "passed")
    outcomes = {one.outcome for one in judged}
    return next((one for one in order if one in outcomes), "none")


def draw_evenly(places: NDArray[np.float64], count: int, seed: int) -> NDArray[np.int64]:
    """Return rows of points drawn at random and spread over the area: one of each of so many stretches of equal number.

    Parameters
    ----------
    places
        East and north (N, 2); points without a place are drawn like the others.
    seed
        The same points and seed give the same draw.
    """
    order = _winding(places)
    random = np.random.default_rng(seed)
    edges = np.linspace(0, len(order), count + 1).round().astype(np.int64)
    chosen = [order[random.integers(first, last)] for first, last in pairwise(edges.tolist()) if last > first]
    return np.sort(np.array(chosen, dtype=np.int64))


def _winding(places: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return rows in an order in which neighbours stand near each other (the order of Morton)."""
    known = np.isfinite(places).all(axis=1)
    code = np.full(len(places), np.iinfo(np.int64).max, dtype=np.int64)
    if known.any():
        low = places[known].min(axis=0)
        size = max(float((places[known] - low).max()), 1e-9)
        cell = np.minimum(((places[known] - low) / size * (1 << _CELLS)).astype(np.int64), (1 << _CELLS) - 1)
        code[known] = _spread(cell[:, 0]) | (_spread(cell[:, 1]) << 1)
    return np.argsort(code, kind="stable")


def _spread(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Put a nought between every two bits."""
    found = np.zeros_like(values)
    for bit in range(_CELLS):
        found |= ((values >> bit) & 1) << (2 * bit)
    return found
