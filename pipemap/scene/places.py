"""Where things stand in the picture: survey coordinates to small local ones, and a layout for surveys that have none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.scene.levels import FARTHEST
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

RING = 30.0
"""Metres between the rings of a schematic layout."""

NEAR = 2000.0
"""Local metres that the zero may lie off the middle without 32 bits growing too coarse."""

SAMPLE = 50_000
"""Points that are looked at to know where most of them lie."""

_FLATTEST = 0.35
"""Relief is drawn no higher than this share of the plan: coordinates that are no metres would make needles of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """How survey coordinates become local ones: the graphics card keeps 32 bits, so an origin is taken off in float64 first.

    Attributes
    ----------
    origin
        float64 (3): east, north, level of the local zero.
    scale
        float64 (3): local metres a unit; differs from 1 where the survey's plan is in degrees or paper units.
    exaggeration
        Heights are drawn this many times as large; tubes and glyphs keep their shape.
    """

    origin: NDArray[np.float64]
    scale: NDArray[np.float64]
    exaggeration: float = 1.0

    def local(self, world: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return local coordinates."""
        return (world - self.origin) * self._factor

    def world(self, local: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return survey coordinates."""
        return local / self._factor + self.origin

    def exaggerated(self, factor: float) -> Frame:
        """Return the same frame with another vertical exaggeration."""
        return replace(self, exaggeration=factor)

    def kept(self, like: Frame | None) -> Frame:
        """Return this frame with the origin of another one that has the same scale and whose origin is near."""
        if like is None or not np.array_equal(like.scale, self.scale):
            return self
        near = float(np.abs(self.local(like.origin)).max()) < NEAR
        return replace(self, origin=like.origin) if near else self

    @property
    def _factor(self) -> NDArray[np.float64]:
        return self.scale * (1.0, 1.0, self.exaggeration)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where nodes are drawn.

    Attributes
    ----------
    nodes
        float64 (N, 3): east, north, ground; NaN in plan: not drawn.
    schematic
        The survey has no coordinates, so these were made up.
    notes
        Sentences that the person should see.
    """

    nodes: NDArray[np.float64]
    schematic: bool
    notes: tuple[str, ...]


def places(network: Network) -> Places:
    """Return where nodes are drawn; a network without coordinates is laid out as rings around its sources."""
    nodes = surveyed(network)
    known = np.isfinite(nodes[:, 0])
    count = int(known.sum())
    if network.pipe_count and (not count or (count > 1 and _is_one_place(nodes, known))):
        nodes[:, :2] = _rings(network)
        return Places(nodes, schematic=True, notes=(_("Schematic positions – the survey has no coordinates."),))
    missing = len(known) - count
    told = (_("{n} nodes have no coordinates and are not drawn.").format(n=missing),) if missing else ()
    return Places(nodes, schematic=False, notes=told)


def _is_one_place(nodes: NDArray[np.float64], known: NDArray[np.bool_]) -> bool:
    """Whether all known places are the same in plan."""
    first = nodes[int(np.argmax(known))]
    return not any(((nodes[:, axis] != first[axis]) & known).any() for axis in (0, 1))


def has_place(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points are known in plan; column by column, because that is ten times as fast as row by row."""
    known: NDArray[np.bool_] = np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])
    return known


def surveyed(network: Network) -> NDArray[np.float64]:
    """Return where nodes were surveyed; NaN in plan, or as the level, where that is unknown or absurd."""
    nodes = network.node_xyz.astype(np.float64, copy=True)
    lost = ~(np.abs(nodes) < FARTHEST)
    lost[:, 0] |= lost[:, 1]
    lost[:, 1] = lost[:, 0]
    nodes[lost] = np.nan
    return nodes


def frame_of(
    axis: NDArray[np.float64], nodes: NDArray[np.float64], half_width: NDArray[np.float32]
) -> tuple[Frame, tuple[str, ...]]:
    """Return a frame for these points, and what was done to make them drawable."""
    cloud = np.concatenate([_some(axis), _some(nodes)])
    cloud = cloud[has_place(cloud)]
    if not len(cloud):
        return Frame(np.zeros(3), np.ones(3)), ()
    levels = cloud[np.isfinite(cloud[:, 2]), 2]
    plan = [np.ascontiguousarray(cloud[:, side]) for side in (0, 1)]
    origin = np.array([*(np.median(side) for side in plan), np.median(levels) if len(levels) else 0.0])
    extent = max(float(np.ptp(np.percentile(side, (1, 99)))) for side in plan)
    scale = np.ones(3)
    told: tuple[str, ...] = ()
    step = _some(axis[1:, :2]) - _some(axis[:-1, :2])
    steps = np.hypot(step[:, 0], step[:, 1])
    typical = float(np.median(steps[steps > 0])) if (steps > 0).any() else extent
    thick = float(np.median(half_width)) * 2 if len(half_width) else 0.0
    if 0 < typical < 4 * thick:
        scale[:2] = 60.0 / typical
        if np.abs(cloud[:, 0]).max() <= 180 and np.abs(cloud[:, 1]).max() <= 90 and extent < 3:  # noqa: PLR2004 -- degrees
            scale[:2] = 111_320.0 * np.cos(np.radians(origin[1])), 110_574.0
        told = (_("The coordinates are no metres; the plan is drawn {factor:.3g} times as large.").format(factor=scale[1]),)
    relief = float(np.ptp(np.percentile(levels, (1, 99)))) if len(levels) else 0.0
    if relief > _FLATTEST * extent * scale[0] > 0:
        scale[2] = _FLATTEST * extent * scale[0] / relief
        sentence = _("Heights are drawn {factor:.2g} times as large, because the plan is small beside them.")
        told += (sentence.format(factor=scale[2]),)
    return Frame(origin, scale), told


def _some(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return enough of many points to know how they lie."""
    return points[:: max(len(points) // SAMPLE, 1)]


def _rings(network: Network) -> NDArray[np.float64]:
    """Lay the network out as a tree in rings around its sources: children share their parent's angle by their leaves."""
    parent, order = _tree(network)
    depth = np.zeros(len(parent), dtype=np.int64)
    for node in order:
        if parent[node] >= 0:
            depth[node] = depth[parent[node]] + 1
    leaves = np.zeros(len(parent))
    has_child = np.zeros(len(parent), dtype=np.bool_)
    has_child[parent[parent >= 0]] = True
    leaves[~has_child] = 1.0
    for node in order[::-1]:
        if parent[node] >= 0:
            leaves[parent[node]] += leaves[node]
    start, used = np.zeros(len(parent)), np.zeros(len(parent))
    turn = 2 * np.pi / max(leaves[order[0]], 1.0)
    for node in order:
        above = parent[node]
        if above >= 0:
            start[node] = start[above] + used[above]
            used[above] += leaves[node] * turn
    angle = start + leaves * turn / 2
    reach = RING * np.maximum(depth - 1, 0)
    return np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])[:-1]


def _tree(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Parents and breadth-first order, below one more node that every part's first node hangs on."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    count = network.node_count
    component = network.component
    roots = np.full(int(component.max()) + 1 if count else 0, -1, dtype=np.int64)
    roots[component[::-1]] = np.arange(count)[::-1]
    sources = network.sources
    roots[component[sources[::-1]]] = sources[::-1]
    first = np.concatenate([network.pipe_ends[:, 0], np.full(len(roots), count)])
    second = np.concatenate([network.pipe_ends[:, 1], roots])
    matrix = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(count + 1, count + 1)).tocsr()
    order, parent = breadth_first_order(matrix, count, directed=False)
    above: NDArray[np.int64] = np.where(parent < 0, -1, parent).astype(np.int64)
    found: NDArray[np.int64] = order.astype(np.int64)
    return above, found
