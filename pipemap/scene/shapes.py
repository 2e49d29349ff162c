"""The shapes of pipes and nodes in local coordinates: straight pieces, how they meet at joints, covers and chambers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import NodeKind
from pipemap.scene.mesh import unit
from pipemap.scene.order import order_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.scene.levels import Courses
    from pipemap.scene.places import Frame
    from pipemap.scene.terrain import Terrain

    Joints = tuple[tuple[NDArray[np.float32], NDArray[np.float32]], tuple[NDArray[np.bool_], NDArray[np.bool_]]]

PLAIN = (NodeKind.POINT, NodeKind.JUNCTION, NodeKind.DEAD_END, NodeKind.BOUNDARY, NodeKind.PLACEHOLDER)
"""Kinds that show nothing but how their pipes meet."""

_SHARPEST = -0.3
"""Cosine of the turn beyond which a mitre would run away into a spike."""


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Where shapes stand: the ground, the way to local coordinates, and whether any level of a pipe was measured."""

    surface: Terrain
    frame: Frame
    levelled: bool


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """Straight pieces pipe by pipe, the planes they are cut by and the balls that close them, and the shapes of all nodes."""

    pieces: Pieces
    cuts: tuple[NDArray[np.float32], NDArray[np.float32]]
    balls: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    nodes: NodeShapes


def shapes(network: Network, placed: NDArray[np.float64], course: Courses, site: Site) -> Shapes:
    """Return the shapes of a network whose nodes and courses lie here."""
    made = Meeting.of(network, course, site)
    return Shapes(made.pieces, *made.joints(), made.nodes(placed))


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """Straight pieces and how they meet, before the rest is worked out: joints and nodes know nothing of one another."""

    network: Network
    site: Site
    pieces: Pieces
    ends: Ends

    @classmethod
    def of(cls, network: Network, course: Courses, site: Site) -> Meeting:
        """Cut the courses into pieces."""
        straight = pieces(site.frame.local(course.axis), course)
        return cls(network, site, straight, Ends.of(network, straight))

    def joints(self) -> Joints:
        """Return the planes that the pieces are cut by, and the balls that close them."""
        kind = self.network.node_kind
        return joints(self.pieces, self.ends, ~kind.is_in(*PLAIN) & (kind.codes >= 0))

    def nodes(self, placed: NDArray[np.float64]) -> NodeShapes:
        """Return the shapes of nodes that lie here."""
        return node_shapes(self.network, self.ends, placed, self.site)


def pieces(axis: NDArray[np.float64], course: Courses) -> Pieces:
    """The straight pieces between neighbouring vertices of one pipe, pipe by pipe."""
    pipe = np.repeat(np.arange(len(course.offsets) - 1), np.diff(course.offsets))
    first = np.flatnonzero(pipe[1:] == pipe[:-1])
    owner = pipe.take(first)
    return Pieces(
        axis.take(first, axis=0),
        axis.take(first + 1, axis=0),
        owner,
        course.half_width.take(owner),
        course.half_height.take(owner),
        course.boxed.take(owner),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Straight pieces between vertices, pipe by pipe: ends, local; the row of the pipe; half sizes; whether it is a box."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    pipe: NDArray[np.int64]
    half_width: NDArray[np.float32]
    half_height: NDArray[np.float32]
    boxed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.pipe)

    def first_last(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which bars begin, and which end, their pipe."""
        change = np.flatnonzero(np.diff(self.pipe))
        first, last = np.zeros(len(self.pipe), np.bool_), np.zeros(len(self.pipe), np.bool_)
        if len(self.pipe):
            first[np.concatenate([[0], change + 1])] = True
            last[np.concatenate([change, [len(self.pipe) - 1]])] = True
        return first, last


@dataclass(frozen=True, slots=True, eq=False)
class NodeShapes:
    """Cover (local), height of the axis, depth of the chamber, bearing and half size of the thickest pipe; a row a node."""

    top: NDArray[np.float64]
    axis: NDArray[np.float64]
    depth: NDArray[np.float64]
    turn: NDArray[np.float64]
    half: NDArray[np.float64]


def joints(bars: Pieces, ends: Ends, shafts: NDArray[np.bool_]) -> Joints:
    """Cutting planes of both ends of each bar, and where a ball closes what a mitre cannot."""
    along = unit((bars.end - bars.start).astype(np.float32))
    cut_start, cut_end = along.copy(), along.copy()
    __, last = bars.first_last()
    ball_start, ball_end = np.zeros(len(along), np.bool_), np.zeros(len(along), np.bool_)
    inner = np.flatnonzero(~last)
    gentle = np.einsum("ni,ni->n", along[inner], along[inner + 1]) > _SHARPEST
    bend = inner[gentle]
    cut_end[bend] = cut_start[bend + 1] = unit(along[bend] + along[bend + 1])
    ball_end[inner[~gentle]] = True

    mitre = ends.pairs(along)
    one, other = ends.rows[mitre], ends.rows[mitre + 1]
    plane = unit(ends.outward(along, one) - ends.outward(along, other))
    for rows in (one, other):
        for cut, chosen in ((cut_start, ~ends.at_end[rows]), (cut_end, ends.at_end[rows])):
            cut[ends.bar[rows[chosen]]] = plane[chosen]
    open_end = ~shafts[ends.node]
    open_end[one] = open_end[other] = False
    open_end[ends.repeated(open_end)] = False
    ball_start[ends.bar[open_end & ~ends.at_end]] = True
    ball_end[ends.bar[open_end & ends.at_end]] = True
    return (cut_start, cut_end), (ball_start, ball_end)


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Both ends of every pipe: the bar, whether it ends there (or begins), the node; ``rows`` sorts by node, thick ones first.

    All beginnings come first. ``nodes`` are the nodes in the order of ``rows``, ``first`` where another one begins in it.
    """

    bars: Pieces
    bar: NDArray[np.int64]
    at_end: NDArray[np.bool_]
    node: NDArray[np.int64]
    rows: NDArray[np.int64]
    nodes: NDArray[np.int64]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, network: Network, bars: Pieces) -> Ends:
        """Return the ends of all pipes."""
        first, last = (np.flatnonzero(tips) for tips in bars.first_last())
        bar = np.concatenate([first, last])
        at_end = np.repeat([False, True], [len(first), len(last)])
        ends = network.pipe_ends
        node = np.concatenate([ends[:, side].take(bars.pipe.take(tips)) for side, tips in enumerate((first, last))])
        thin = 0xFFFF - np.minimum(bars.half_height.take(bar) * 1000.0, 0xFFFF).astype(np.int64)
        node = node.astype(np.int64)
        rows = order_of((node << 16) | thin, network.node_count << 16)
        nodes = node.take(rows)
        starts = np.flatnonzero(np.concatenate([[True], nodes[1:] != nodes[:-1]])) if len(nodes) else np.empty(0, np.int64)
        return cls(bars, bar, at_end, node, rows, nodes, starts)

    def tip(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Where some ends lie."""
        bar = self.bar[rows]
        return np.where(self.at_end[rows, None], self.bars.end[bar], self.bars.start[bar])

    def outward(self, along: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Unit vectors that point away from the node into the pipe."""
        run = along[self.bar[rows]]
        return np.where(self.at_end[rows, None], -run, run)

    def pairs(self, along: NDArray[np.float32]) -> NDArray[np.int64]:
        """Where exactly two ends of the same size meet at one point: position in ``rows`` of the first of the two."""
        two = self.first[np.diff(self.first, append=len(self.rows)) == 2]  # noqa: PLR2004 -- a pair
        one, other = self.rows[two], self.rows[two + 1]
        a, b, bars = self.bar[one], self.bar[other], self.bars
        alike = np.isclose(bars.half_width[a], bars.half_width[b], rtol=0.05) & (bars.boxed[a] == bars.boxed[b])
        alike &= np.isclose(bars.half_height[a], bars.half_height[b], rtol=0.05)
        alike &= _length(self.tip(one) - self.tip(other)) < 0.1 * bars.half_height[a] + 0.01
        alike &= np.einsum("ni,ni->n", self.outward(along, one), self.outward(along, other)) < -_SHARPEST
        paired: NDArray[np.int64] = two[alike]
        return paired

    def thickest(self) -> NDArray[np.int64]:
        """The thickest end of each node that has any."""
        rows: NDArray[np.int64] = self.rows.take(self.first)
        return rows

    def heights(self) -> NDArray[np.float64]:
        """The height of the axis at each end."""
        count = len(self.bar) // 2
        parts = ((self.bars.start, self.bar[:count]), (self.bars.end, self.bar[count:]))
        return np.concatenate([points[:, 2].take(bar) for points, bar in parts])

    def lowest(self, values: NDArray[np.float64], nodes: int) -> NDArray[np.float64]:
        """The least of some values, one an end, that meet at each of so many nodes; infinite where none does."""
        found = np.full(nodes, np.inf)
        if len(self.first):
            found[self.nodes.take(self.first)] = np.minimum.reduceat(values.take(self.rows), self.first)
        return found

    def repeated(self, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Those of the wanted ends that lie within a thicker one of the same node."""
        place = np.flatnonzero(wanted.take(self.rows[1:]) & (self.nodes[1:] == self.nodes[:-1])) + 1
        here, before = self.rows[place], self.rows[place - 1]
        near = _length(self.tip(here) - self.tip(before)) < 0.5 * self.bars.half_height[self.bar[before]]
        found: NDArray[np.int64] = here[near]
        return found


def _length(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    east, north, up = vectors.T
    length: NDArray[np.float64] = np.sqrt(east * east + north * north + up * up)
    return length


def node_shapes(network: Network, ends: Ends, placed: NDArray[np.float64], site: Site) -> NodeShapes:
    """Cover, axis, depth and bearing of every node, local; without any ground level the cover lies on the pipe."""
    count, surface, frame = network.node_count, site.surface, site.frame
    world = placed.copy()
    bare = np.flatnonzero(~np.isfinite(world[:, 2]))
    world[bare, 2] = surface.level_at(world[bare, 0], world[bare, 1])
    top = frame.local(world)
    bars, bar, node = ends.bars, ends.bar, ends.node
    height = ends.heights()
    lowest = ends.lowest(height - bars.half_height.take(bar), count)
    total = np.bincount(node, weights=height, minlength=count)
    meeting = np.bincount(node, minlength=count)
    axis = np.where(meeting > 0, total / np.maximum(meeting, 1), top[:, 2] - 1.0)
    if site.levelled and not surface.known:
        top[bare, 2] = axis[bare]
    lift = frame.scale[2] * frame.exaggeration
    chamber = np.where(np.isfinite(network.chamber_depth), network.chamber_depth, 0.0) * lift
    bottom = np.minimum(lowest, top[:, 2] - chamber)
    depth = np.clip(top[:, 2] - bottom, 0.3, None)
    thickest = ends.thickest()
    run = bars.end[bar[thickest]] - bars.start[bar[thickest]]
    turn, half = np.zeros(count), np.zeros(count)
    turn[node[thickest]] = np.arctan2(run[:, 1], run[:, 0])
    half[node[thickest]] = bars.half_height[bar[thickest]]
    return NodeShapes(top, axis, depth, turn, half)
