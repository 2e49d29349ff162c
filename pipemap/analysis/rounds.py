"""The way of a round: every pipe walked once where that is possible, and as little as can be between.

This is the route inspection problem (Chinese postman) for the pipes that are asked for. Each connected part of them is parted
into as few trails as its nodes of odd degree allow; the trails are then put into an order by nearest neighbour, and the order is
bettered by 2-opt, which turns stretches of it round. Between trails the way is counted straight, because a survey does not know
where people may walk. It is a short way, not a proven shortest: ``least`` is a length that no way can be shorter than.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

_ROUNDS = 12
"""Rounds of 2-opt; it ends before, when a round finds nothing."""
_BETTERED = 3000
"""Up to this many trails the order is bettered; above it nearest neighbour stands alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """A way past pipes and points.

    Attributes
    ----------
    pipes
        Rows, in the order in which they are walked; each once.
    nodes
        Rows of the points that are visited apart from the pipes, in order of the way.
    way
        float64 (k, 2): the whole way in plan.
    length, between
        Metres of the pipes in plan, and straight between them.
    trails
        Of how many pieces without a step between it is made.
    unplaced
        Rows of pipes that have no course, and are in no way.
    """

    pipes: NDArray[np.int64]
    nodes: NDArray[np.int64]
    way: NDArray[np.float64]
    length: float
    between: float
    trails: int
    unplaced: NDArray[np.int64]

    @property
    def walk(self) -> float:
        """Metres of the whole way."""
        return self.length + self.between

    @property
    def least(self) -> float:
        """Metres that no way past the same pipes can be shorter than: their own."""
        return self.length


@dataclass(frozen=True, slots=True, eq=False)
class _Trail:
    """Pipes that follow one another; ``turned`` where one is walked from its second end. No pipes: a point alone."""

    pipes: tuple[int, ...]
    turned: tuple[bool, ...]
    ends: tuple[NDArray[np.float64], NDArray[np.float64]]
    node: int = -1


def plan_round(network: Network, pipes: NDArray[np.int64], points: NDArray[np.int64], *, progress: Progress = SILENT) -> Round:
    """Find a short way past pipes and points, rows of the network.

    Examples
    --------
    >>> from pipemap.model.network import Network
    >>> plan_round(Network.from_pipes(("P1", "M1", "M3", 30.0)), np.array([0]), np.array([], dtype=int)).unplaced.tolist()
    [0]
    """
    progress(0, None, _("Looking for a short way"))
    placed = _has_course(network, pipes)
    walked = pipes[placed]
    trails = _trails(network, walked)
    reached = np.unique(network.pipe_ends[walked]) if len(walked) else np.zeros(0, dtype=np.int64)
    alone = [int(node) for node in np.setdiff1d(points, reached) if np.isfinite(network.node_xyz[node, :2]).all()]
    trails += [_Trail((), (), (network.node_xyz[node, :2],) * 2, node) for node in alone]
    order = _ordered(trails, progress)
    way, rows, nodes, between = _laid(network, trails, order)
    length = sum(_plan_length(_course(network, row)) for row in rows)
    return Round(
        np.array(rows, dtype=np.int64), np.array(nodes, dtype=np.int64), way, length, between, len(trails), pipes[~placed]
    )


def _course(network: Network, row: int) -> NDArray[np.float64]:
    start, end = network.lines.offsets[row], network.lines.offsets[row + 1]
    return network.lines.xyz[start:end, :2]


def _plan_length(course: NDArray[np.float64]) -> float:
    return float(np.hypot(*np.diff(course, axis=0).T).sum())


def _has_course(network: Network, pipes: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.array(
        [len(course) > 1 and bool(np.isfinite(course).all()) for course in (_course(network, row) for row in pipes)],
        dtype=np.bool_,
    )


# -- trails ----------------------------------------------------------------------------------------------------------------


def _trails(network: Network, pipes: NDArray[np.int64]) -> list[_Trail]:
    """Part pipes into trails, as few as there can be: half as many as nodes of odd degree in each connected part."""
    at: dict[int, list[tuple[int, int]]] = {}
    for row in pipes.tolist():
        one, other = network.pipe_ends[row].tolist()
        at.setdefault(one, []).append((row, other))
        if other != one:
            at.setdefault(other, []).append((row, one))
    left = set(pipes.tolist())
    odd = [node for node, joined in at.items() if sum(1 + (other == node) for _row, other in joined) % 2]
    trails = [_walked(network, at, left, start) for start in odd if _open(at, left, start)]
    loops = [_walked(network, at, left, start) for start in at if _open(at, left, start)]
    return _spliced(network, [*trails, *loops])


def _open(at: dict[int, list[tuple[int, int]]], left: set[int], node: int) -> bool:
    return any(row in left for row, _other in at[node])


def _walked(network: Network, at: dict[int, list[tuple[int, int]]], left: set[int], start: int) -> list[tuple[int, bool]]:
    """Go on from a node over pipes that are left, until there is none."""
    steps: list[tuple[int, bool]] = []
    node = start
    while True:
        while at[node] and at[node][-1][0] not in left:
            at[node].pop()
        if not at[node]:
            return steps
        row, other = at[node].pop()
        left.discard(row)
        steps.append((row, int(network.pipe_ends[row, 0]) != node))
        node = other


def _spliced(network: Network, walks: list[list[tuple[int, bool]]]) -> list[_Trail]:
    """Put walks that end where they began into another one that comes by there, as Hierholzer does."""
    closed = [walk for walk in walks if _nodes(network, walk)[0] == _nodes(network, walk)[-1]]
    open_ = [walk for walk in walks if _nodes(network, walk)[0] != _nodes(network, walk)[-1]]
    by_node: dict[int, list[int]] = {}
    for number, walk in enumerate(closed):
        for node in set(_nodes(network, walk)):
            by_node.setdefault(node, []).append(number)
    used: set[int] = set()
    made = [_trail(network, _with_loops(network, walk, closed, by_node, used)) for walk in open_]
    for number, walk in enumerate(closed):
        if number in used:
            continue
        used.add(number)
        made.append(_trail(network, _with_loops(network, walk, closed, by_node, used)))
    return made


def _with_loops(
    network: Network,
    walk: list[tuple[int, bool]],
    closed: list[list[tuple[int, bool]]],
    by_node: dict[int, list[int]],
    used: set[int],
) -> list[tuple[int, bool]]:
    found: list[tuple[int, bool]] = []
    stack = [iter([*walk])]
    node = _nodes(network, walk)[0]
    while stack:
        loop = next((number for number in by_node.get(node, ()) if number not in used), None)
        if loop is not None:
            used.add(loop)
            nodes = _nodes(network, closed[loop])
            turn = nodes.index(node)
            stack.append(iter([*closed[loop][turn:], *closed[loop][:turn]]))
        step = next(stack[-1], None)
        if step is None:
            stack.pop()
            continue
        found.append(step)
        row, turned = step
        node = int(network.pipe_ends[row, 0 if turned else 1])
    return found


def _nodes(network: Network, walk: list[tuple[int, bool]]) -> list[int]:
    first, turned = walk[0]
    nodes = [int(network.pipe_ends[first, 1 if turned else 0])]
    return nodes + [int(network.pipe_ends[row, 0 if back else 1]) for row, back in walk]


def _trail(network: Network, walk: list[tuple[int, bool]]) -> _Trail:
    rows, turned = zip(*walk, strict=True)
    first, last = _course(network, rows[0]), _course(network, rows[-1])
    return _Trail(rows, turned, (first[-1 if turned[0] else 0], last[0 if turned[-1] else -1]))


# -- the order -------------------------------------------------------------------------------------------------------------

Order = list[tuple[int, bool]]
"""Number of each trail, and whether it is walked from its end."""


def _ordered(trails: list[_Trail], progress: Progress) -> Order:
    if not trails:
        return []
    ends = np.array([trail.ends for trail in trails])
    order = _nearest_first(ends)
    if len(trails) <= _BETTERED:
        for done in range(_ROUNDS):
            progress(done, _ROUNDS)
            if not _two_opt(ends, order):
                break
    return order


def _nearest_first(ends: NDArray[np.float64]) -> Order:
    """Begin at the end that lies furthest west, and go on to what is nearest."""
    west = int(np.argmin(ends[:, :, 0].min(axis=1)))
    order = [(west, bool(ends[west, 1, 0] < ends[west, 0, 0]))]
    left = np.ones(len(ends), dtype=np.bool_)
    left[west] = False
    while left.any():
        number, back = order[-1]
        rows = np.flatnonzero(left)
        apart = np.hypot(*(ends[rows] - ends[number, 0 if back else 1]).transpose(2, 0, 1))
        best = int(np.argmin(apart))
        row = int(rows[best // 2])
        order.append((row, best % 2 == 1))
        left[row] = False
    return order


def _two_opt(ends: NDArray[np.float64], order: Order) -> bool:
    """Turn stretches of the order round where that makes the way shorter; tell whether any was."""
    count, found = len(order), False
    numbers, backs = (np.array(part) for part in zip(*order, strict=True))
    for first in range(count - 1):
        starts, finishes = ends[numbers, backs.astype(int)], ends[numbers, 1 - backs.astype(int)]
        lasts = np.arange(first, count)
        before = finishes[first - 1] if first else None
        behind = np.minimum(lasts + 1, count - 1)
        open_end = lasts == count - 1
        old = np.where(open_end, 0.0, np.hypot(*(starts[behind] - finishes[lasts]).T))
        new = np.where(open_end, 0.0, np.hypot(*(starts[behind] - starts[first]).T))
        if before is not None:
            old = old + np.hypot(*(starts[first] - before))
            new = new + np.hypot(*(finishes[lasts] - before).T)
        gain = old - new
        best = int(np.argmax(gain))
        if gain[best] > 1e-6:  # noqa: PLR2004 -- a micrometre
            stretch = slice(first, int(lasts[best]) + 1)
            numbers[stretch], backs[stretch] = numbers[stretch][::-1].copy(), ~backs[stretch][::-1]
            found = True
    order[:] = [(int(number), bool(back)) for number, back in zip(numbers, backs, strict=True)]
    return found


def _laid(network: Network, trails: list[_Trail], order: Order) -> tuple[NDArray[np.float64], list[int], list[int], float]:
    """Return the way, the pipes and lone points along it, and the metres between trails."""
    parts: list[NDArray[np.float64]] = []
    rows: list[int] = []
    nodes: list[int] = []
    between = 0.0
    for number, back in order:
        trail = trails[number]
        start = trail.ends[1 if back else 0]
        if parts:
            between += float(np.hypot(*(start - parts[-1][-1])))
        if trail.node >= 0:
            parts.append(start[None])
            nodes.append(trail.node)
        steps = list(zip(trail.pipes, trail.turned, strict=True))
        for row, turned in reversed(steps) if back else steps:
            course = _course(network, row)
            parts.append(course[::-1] if turned != back else course)
            rows.append(row)
    return np.concatenate(parts) if parts else np.empty((0, 2)), rows, nodes, between
