"""What lies around some elements of a network: by its pipes, and in plan. Quick at any size: nothing is sorted or built."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.checks.facts import Metres, Rows
from pipemap.model.part import ends_of, pipes_at
from pipemap.model.release import lines_of
from pipemap.model.steps import mended

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.model.steps import Changed

_BLOCK = 200.0
"""Metres: what is touched within one block is looked around at once."""
_MOST_PIECES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Some:
    """Some rows of a network, ascending, each once."""

    nodes: Rows
    pipes: Rows

    def __or__(self, other: Some) -> Some:
        return Some(np.union1d(self.nodes, other.nodes), np.union1d(self.pipes, other.pipes))

    def __len__(self) -> int:
        return len(self.nodes) + len(self.pipes)


def some(nodes: Rows, pipes: Rows) -> Some:
    """Return rows in order, each once."""
    return Some(np.unique(nodes).astype(np.int64), np.unique(pipes).astype(np.int64))


def rings(network: Network, nodes: Rows, count: int) -> Some:
    """Return what can be reached from some nodes through at most so many pipes."""
    found = some(nodes, np.empty(0, np.int64))
    for _ring in range(count):
        pipes = pipes_at(network, found.nodes)
        found = Some(np.union1d(found.nodes, ends_of(network, pipes)), pipes)
    return found


def whole_parts(network: Network, nodes: Rows, most: int) -> Some | None:
    """Return the connected parts that some nodes belong to; ``None`` where they have more than so many pipes."""
    found = some(nodes, np.empty(0, np.int64))
    edge = found.nodes
    while len(edge):
        pipes = pipes_at(network, edge)
        beyond = np.setdiff1d(ends_of(network, pipes), found.nodes, assume_unique=True)
        found |= Some(beyond, pipes)
        if len(found.pipes) > most:
            return None
        edge = beyond
    return found


def boxes(network: Network, chosen: Some) -> Metres:
    """Return float64 (K, 4): west, south, east and north of some elements, of a long pipe piece by piece."""
    places = network.node_xyz[chosen.nodes, :2]
    lines = lines_of(network.lines, chosen.pipes)
    pipe = np.repeat(np.arange(len(lines)), np.diff(lines.offsets))
    start = np.flatnonzero(pipe[1:] == pipe[:-1])
    first, way = lines.xyz[start, :2], lines.xyz[start + 1, :2] - lines.xyz[start, :2]
    known = np.isfinite(first).all(axis=1) & np.isfinite(way).all(axis=1)
    first, way = first[known], way[known]
    count = np.ceil(np.abs(way).max(axis=1, initial=1.0) / _BLOCK).clip(1, _MOST_PIECES).astype(np.int64)
    step = np.repeat(way / count[:, None], count, axis=0)
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    here = np.repeat(first, count, axis=0) + step * number[:, None]
    corners = np.concatenate([np.column_stack([places, places]), np.column_stack([here, here + step])])
    corners = corners[np.isfinite(corners).all(axis=1)]
    return np.column_stack([np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])])


def windows(found: Metres) -> Metres:
    """Return the boxes joined block by block, so that there are few."""
    if not len(found):
        return found
    _blocks, which = np.unique(np.floor(found[:, :2] / _BLOCK), axis=0, return_inverse=True)
    which = which.reshape(-1)
    joined = np.full((int(which.max()) + 1, 4), np.inf)
    joined[:, 2:] = -np.inf
    for side in range(4):
        (np.minimum if side < 2 else np.maximum).at(joined[:, side], which, found[:, side])  # noqa: PLR2004 -- west, south
    return joined


def within(network: Network, areas: Metres, beyond: float) -> Some:
    """Return the nodes that lie in, and the pipes whose boxes meet, one of some windows (K, 4), widened by so many metres."""
    zones = zones_of(network)
    found = []
    for zone, sides in ((zones.nodes, _points(network)), (zones.pipes, network.boxes)):
        rows = [np.empty(0, np.int64)]
        for area in areas + np.array([-beyond, -beyond, beyond, beyond]):
            near = zone.rows_near(area)
            rows.append(near[_meets(tuple(side[near] for side in sides), area)])
        found.append(np.concatenate(rows))
    return some(*found)


# -- rows that stand together mostly lie together ----------------------------------------------------------------------

_RUN = 256
"""Rows of a zone."""


_Sides = tuple["NDArray[np.float64]", ...]
"""West, south, east and north of boxes."""


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """The box of each run of rows: what lies far from a window is not looked at row by row."""

    sides: _Sides
    count: int

    @classmethod
    def of(cls, sides: _Sides) -> Zone:
        """Measure all runs."""
        count = len(sides[0])
        starts = np.arange(0, count, _RUN)
        if not count:
            return cls(sides, 0)
        return cls(tuple(_widest(place).reduceat(side, starts) for place, side in enumerate(sides)), count)

    def rows_near(self, area: Metres) -> Rows:
        """Return the rows (ascending) of all runs whose box meets a window."""
        runs = np.flatnonzero(_meets(self.sides, area))
        rows = (runs[:, None] * _RUN + np.arange(_RUN)).reshape(-1)
        return rows[rows < self.count] if len(rows) and rows[-1] >= self.count else rows

    def again(self, sides: _Sides, rows: Rows) -> Zone:
        """Measure those runs anew in which some rows, or rows behind all others, lie."""
        count = len(sides[0])
        runs = -(-count // _RUN)
        others = np.unique(np.concatenate([rows // _RUN, np.arange(self.count // _RUN, runs)])).tolist()
        found = []
        for place, (old, side) in enumerate(zip(self.sides, sides, strict=True)):
            measured = np.append(old, np.full(runs - len(old), np.nan))
            for run in others:
                measured[run] = _widest(place).reduce(side[run * _RUN : (run + 1) * _RUN])
            found.append(measured)
        return Zone(tuple(found), count)


def _widest(side: int) -> np.ufunc:
    """What makes one side of many boxes that of the box around them."""
    return np.fmin if side < 2 else np.fmax  # noqa: PLR2004 -- west, south


def _meets(sides: _Sides, area: Metres) -> NDArray[np.bool_]:
    """Which boxes meet a window; a box that is not known meets none."""
    west, south, east, north = area.tolist()
    found: NDArray[np.bool_] = (sides[2] >= west) & (sides[0] <= east) & (sides[3] >= south) & (sides[1] <= north)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """Where nodes lie, and where pipes do."""

    nodes: Zone
    pipes: Zone


def zones_of(network: Network) -> Zones:
    """Return the zones of a network; found once, and after a small Change where it touched them."""
    if "zones" not in network.worked_out:
        found = mended(network, "zones", partial(_mended, network))
        network.worked_out["zones"] = found or Zones(Zone.of(_points(network)), Zone.of(network.boxes))
    zones: Zones = network.worked_out["zones"]
    return zones


def _mended(network: Network, before: Network, changed: Changed) -> Zones:
    old = zones_of(before)
    nodes, pipes = changed.nodes, changed.pipes
    return Zones(
        old.nodes.again(_points(network), nodes.now) if nodes.grows else Zone.of(_points(network)),
        old.pipes.again(network.boxes, pipes.now) if pipes.grows else Zone.of(network.boxes),
    )


def _points(network: Network) -> _Sides:
    x, y = network.node_xyz[:, 0], network.node_xyz[:, 1]
    return x, y, x, y
