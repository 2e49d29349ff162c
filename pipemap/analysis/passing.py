"""What a track passed: pipes by length, required points by presence, each with its time; jumps and gaps pass nothing.

Every pipe is looked at in pieces of two metres, in plan. A piece is passed where a leg of the track comes within the tolerance
of its middle. All limits are our own; no standard gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipemap.model.release import lines_of
from pipemap.progress import SILENT, Progress
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import STRtree

    from pipemap.model.network import Network
    from pipemap.model.patrol import TrackPoints

TOLERANCE = 10.0
"""Metres from a track within which something was passed: what a phone is off in a street, and half a street."""

WALK, DRIVE, GAP, JUMP = 0, 1, 2, 3
"""What a leg of a track is."""

REASONS = {
    "not-reached": N_("Not reached"),
    "driven": N_("Driven past, not walked"),
    "gap": N_("Track has a gap there"),
    "no-place": N_("Has no place in the survey"),
}
"""Why something was missed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a leg counts as what; metres, seconds, and metres a second.

    Attributes
    ----------
    tolerance
        See :data:`TOLERANCE`.
    walking
        Faster is driving: 9 km/h.
    jump
        Faster is no movement of a person but a fault of the device: 180 km/h.
    gap, gap_seconds
        A leg longer than ``gap`` proves nothing, unless it took less than ``gap_seconds`` and is no jump.
    piece
        Length of the pieces that pipes are looked at in.
    whole
        Share of a pipe's length from which on it is said to be passed.
    on_foot
        Driving past counts for nothing.
    """

    tolerance: float = TOLERANCE
    walking: float = 2.5
    jump: float = 50.0
    gap: float = 50.0
    gap_seconds: float = 30.0
    piece: float = 2.0
    whole: float = 0.9
    on_foot: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """Straight legs between the points of a track that belong together.

    Attributes
    ----------
    start, end
        float64 (n, 2).
    begins, ends
        float64 (n): seconds since 1970, NaN unknown.
    kind
        int8 (n): WALK, DRIVE, GAP or JUMP; WALK also where no time tells.
    """

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    begins: NDArray[np.float64]
    ends: NDArray[np.float64]
    kind: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def length(self) -> NDArray[np.float64]:
        """Metres of each."""
        metres: NDArray[np.float64] = np.hypot(*(self.end - self.start).T)
        return metres

    @property
    def tree(self) -> STRtree:
        """All of them, to ask for those near a place."""
        import shapely

        lines: NDArray[np.object_] = np.asarray(shapely.linestrings(np.stack([self.start, self.end], axis=1)))
        return shapely.STRtree(lines)

    def metres(self, kind: int) -> float:
        """Metres of one kind together."""
        return float(self.length[self.kind == kind].sum())

    def only(self, kinds: Sequence[int]) -> Legs:
        """Return those of some kinds."""
        there = np.isin(self.kind, kinds)
        return Legs(self.start[there], self.end[there], self.begins[there], self.ends[there], self.kind[there])


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """What was passed of what was asked for.

    Attributes
    ----------
    pipes, nodes
        Rows of the network that were asked for: pipes, and required points.
    length, passed
        float64: metres of each pipe, and of that what was passed.
    first, last
        float64: when each pipe was first and last passed, seconds since 1970, NaN unknown or never.
    reason
        Of each pipe that was not passed whole, why: a key of :data:`REASONS`; else empty.
    present
        bool: somebody was at the point.
    present_at, dwell
        float64: since when, NaN unknown; seconds spent within the tolerance.
    walked_m, driven_m, gaps, jumps
        Of all tracks: metres on foot and driven, and how many legs count for nothing.
    """

    network: Network
    pipes: NDArray[np.int64]
    length: NDArray[np.float64]
    passed: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    reason: tuple[str, ...]
    nodes: NDArray[np.int64]
    present: NDArray[np.bool_]
    present_at: NDArray[np.float64]
    dwell: NDArray[np.float64]
    walked_m: float = 0.0
    driven_m: float = 0.0
    gaps: int = 0
    jumps: int = 0
    limits: Limits = field(default_factory=Limits)

    @property
    def is_passed(self) -> NDArray[np.bool_]:
        """Return bool: each pipe was passed, all but a tenth of it."""
        return ~np.array([bool(reason) for reason in self.reason], dtype=np.bool_)

    @property
    def planned_m(self) -> float:
        """Metres that were asked for."""
        return float(self.length.sum())

    @property
    def passed_m(self) -> float:
        """Metres that were passed."""
        return float(self.passed.sum())

    @property
    def missed_m(self) -> float:
        """Metres that were not."""
        return self.planned_m - self.passed_m

    @property
    def share(self) -> float:
        """Share of the length that was passed, 0 to 1; 1 where nothing was asked for."""
        return self.passed_m / self.planned_m if self.planned_m > 0 else 1.0

    def reason_label(self, place: int) -> str:
        """Say why a pipe was missed."""
        key = self.reason[place]
        return _(REASONS[key]) if key else ""


def legs_of(points: TrackPoints, limits: Limits) -> Legs:
    """Return the legs of a track, each as what it is."""
    joined = np.flatnonzero(np.diff(points.part) == 0)
    start, end = points.xy[joined], points.xy[joined + 1]
    begins, ends = points.time[joined], points.time[joined + 1]
    metres, seconds = np.hypot(*(end - start).T), ends - begins
    seconds = np.where(seconds < 0, np.nan, seconds)
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = np.where(seconds > 0, metres / seconds, np.where((seconds == 0) & (metres > limits.tolerance), np.inf, 0.0))
        speed = np.where(np.isnan(seconds), np.nan, speed)
        kind = np.where(speed > limits.walking, DRIVE, WALK)
        kind = np.where((metres > limits.gap) & ~(seconds <= limits.gap_seconds), GAP, kind)
        kind = np.where(speed > limits.jump, JUMP, kind)
    return Legs(start, end, begins, ends, kind.astype(np.int8))


def cover(
    network: Network,
    pipes: NDArray[np.int64],
    nodes: NDArray[np.int64],
    tracks: Sequence[TrackPoints],
    limits: Limits | None = None,
    *,
    progress: Progress = SILENT,
) -> Coverage:
    """Find what tracks passed of some pipes, and at which required points somebody was.

    Parameters
    ----------
    pipes, nodes
        Rows of the network.
    tracks
        In the coordinates of the network; in any order.

    Examples
    --------
    >>> from pipemap.model.network import Network
    >>> network = Network.from_pipes(("P1", "M1", "M3", 30.0))
    >>> cover(network, np.array([0]), np.array([0]), []).missed_m
    30.0
    """
    rules = limits or Limits()
    legs = [legs_of(track, rules) for track in tracks]
    pieces = _pieces(network, pipes, rules.piece)
    marks = _Marks(len(pieces.middle), len(nodes))
    counting = (WALK,) if rules.on_foot else (WALK, DRIVE)
    for number, one in enumerate(legs):
        progress(number, len(legs), _("Comparing tracks with the plan"))
        _mark_pieces(pieces, one.only(counting), rules, marks)
        _mark_nodes(network.node_xyz[nodes, :2], one.only((WALK,)), rules, marks)
    length, passed = _metres(network, pipes, pieces, marks.passed)
    first, last = (
        _of_pipes(pieces, values, len(pipes), least=least) for values, least in ((marks.first, True), (marks.last, False))
    )
    reason = _reasons(pieces, marks.passed, legs, rules, (length, passed))
    return Coverage(
        network, pipes, length, passed, first, last, reason, nodes, marks.present, marks.present_at, marks.dwell,
        sum(one.metres(WALK) for one in legs), sum(one.metres(DRIVE) for one in legs),
        sum(int((one.kind == GAP).sum()) for one in legs), sum(int((one.kind == JUMP).sum()) for one in legs), rules,
    )  # fmt: skip


# -- pieces of pipes -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Middles (k, 2), lengths in plan and place of the pipe among those asked for."""

    middle: NDArray[np.float64]
    length: NDArray[np.float64]
    pipe: NDArray[np.int64]


def _pieces(network: Network, pipes: NDArray[np.int64], most: float) -> _Pieces:
    lines = lines_of(network.lines, pipes)
    counts = np.diff(lines.offsets)
    of_vertex = np.repeat(np.arange(len(pipes)), counts)
    straight = np.flatnonzero((np.diff(of_vertex) == 0) if len(of_vertex) else np.zeros(0, dtype=np.bool_))
    start, end = lines.xyz[straight, :2], lines.xyz[straight + 1, :2]
    length = np.hypot(*(end - start).T)
    known = np.isfinite(length) & (length > 0)
    start, end, length, owner = start[known], end[known], length[known], of_vertex[straight][known]
    count = np.maximum(np.ceil(length / most), 1).astype(np.int64)
    at = np.repeat(np.arange(len(length)), count)
    place = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    share = (place + 0.5) / count[at]
    return _Pieces(start[at] + (end - start)[at] * share[:, None], (length / count)[at], owner[at])


def _metres(
    network: Network, pipes: NDArray[np.int64], pieces: _Pieces, passed: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return metres of each pipe as the survey tells them, and its share that was passed of them."""
    plan = np.bincount(pieces.pipe, pieces.length, minlength=len(pipes))
    done = np.bincount(pieces.pipe, pieces.length * passed, minlength=len(pipes))
    length = network.weight[pipes]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(plan > 0, done / plan, 0.0)
    return length, length * np.minimum(share, 1.0)


def _of_pipes(pieces: _Pieces, values: NDArray[np.float64], count: int, *, least: bool) -> NDArray[np.float64]:
    """Return the least or largest known value of the pieces of each pipe; NaN where there is none."""
    found = np.full(count, np.inf if least else -np.inf)
    known = np.isfinite(values)
    (np.minimum if least else np.maximum).at(found, pieces.pipe[known], values[known])
    found[~np.isfinite(found)] = np.nan
    return found


# -- what legs come near ---------------------------------------------------------------------------------------------------


class _Marks:
    """What was found so far of each piece and each required point."""

    def __init__(self, pieces: int, nodes: int) -> None:
        self.passed = np.zeros(pieces, dtype=np.bool_)
        self.first, self.last = np.full(pieces, np.nan), np.full(pieces, np.nan)
        self.present = np.zeros(nodes, dtype=np.bool_)
        self.present_at, self.dwell = np.full(nodes, np.nan), np.zeros(nodes)


def _near(middle: NDArray[np.float64], legs: Legs, tolerance: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pieces that a leg comes near, with the nearest leg of each."""
    import shapely

    if not len(legs) or not len(middle):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    west, south = np.minimum(legs.start.min(axis=0), legs.end.min(axis=0)) - tolerance
    east, north = np.maximum(legs.start.max(axis=0), legs.end.max(axis=0)) + tolerance
    x, y = middle.T
    around = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
    if not len(around):
        return around, around
    found, leg = legs.tree.query_nearest(shapely.points(middle[around]), max_distance=tolerance, all_matches=False)
    return around[found], leg.astype(np.int64)


def _mark_pieces(pieces: _Pieces, legs: Legs, rules: Limits, marks: _Marks) -> None:
    piece, leg = _near(pieces.middle, legs, rules.tolerance)
    marks.passed[piece] = True
    run = legs.end[leg] - legs.start[leg]
    reach = (run**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(reach > 0, ((pieces.middle[piece] - legs.start[leg]) * run).sum(axis=1) / reach, 0.0)
    time = legs.begins[leg] + (legs.ends[leg] - legs.begins[leg]) * np.clip(share, 0.0, 1.0)
    marks.first[piece] = np.fmin(marks.first[piece], time)
    marks.last[piece] = np.fmax(marks.last[piece], time)


def _mark_nodes(places: NDArray[np.float64], legs: Legs, rules: Limits, marks: _Marks) -> None:
    """Note who was where, and how long: driving past is no presence."""
    import shapely

    placed = np.flatnonzero(np.isfinite(places).all(axis=1))
    if not len(legs) or not len(placed):
        return
    point, leg = legs.tree.query(shapely.points(places[placed]), predicate="dwithin", distance=rules.tolerance)
    node = placed[point]
    marks.present[node] = True
    lasted = np.nan_to_num(legs.ends[leg] - legs.begins[leg], nan=0.0)
    np.add.at(marks.dwell, node, np.maximum(lasted, 0.0))
    since = np.full(len(places), np.inf)
    times = legs.begins[leg]
    np.minimum.at(since, node[np.isfinite(times)], times[np.isfinite(times)])
    since[~np.isfinite(since)] = np.nan
    marks.present_at[:] = np.fmin(marks.present_at, since)


def _reasons(
    pieces: _Pieces,
    passed: NDArray[np.bool_],
    legs: Sequence[Legs],
    rules: Limits,
    metres: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> tuple[str, ...]:
    """Say of each pipe that is not passed whole why: the reason of most of its missed length."""
    length, done = metres
    plan = np.bincount(pieces.pipe, pieces.length, minlength=len(length))
    missed = np.flatnonzero(~passed)
    sums = {}
    for name, kinds in (("driven", (DRIVE,)), ("gap", (GAP, JUMP))):
        near = np.zeros(len(passed), dtype=np.bool_)
        for one in legs:
            found, _leg = _near(pieces.middle[missed], one.only(kinds), rules.tolerance)
            near[missed[found]] = True
        sums[name] = np.bincount(pieces.pipe, pieces.length * near, minlength=len(length))
    left = np.bincount(pieces.pipe, pieces.length * ~passed, minlength=len(length))
    words = []
    for place in range(len(length)):
        if plan[place] == 0:
            words.append("no-place")
        elif done[place] >= rules.whole * length[place] and left[place] <= (1 - rules.whole) * plan[place] + 1e-9:
            words.append("")
        else:
            best = max(sums, key=lambda name: sums[name][place])
            words.append(best if sums[best][place] > left[place] / 2 else "not-reached")
    return tuple(words)
