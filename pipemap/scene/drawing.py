"""What is drawn of a network, as columns in local coordinates, sorted into tiles.

Each straight piece of a pipe is one row of ``bars``; bars and nodes of a tile lie together, so that a tile is a slice and
what is thick enough to be a tube is a prefix of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import NodeKind
from pipemap.scene.levels import Courses, courses
from pipemap.scene.mesh import Bars, unit
from pipemap.scene.order import order_of
from pipemap.scene.places import Frame, frame_of, places
from pipemap.scene.terrain import Terrain, terrain
from pipemap.scene.tiles import Tiles, robust_bounds, tiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

PLAIN = (NodeKind.POINT, NodeKind.JUNCTION, NodeKind.DEAD_END, NodeKind.BOUNDARY, NodeKind.PLACEHOLDER)
"""Kinds that show nothing but how their pipes meet."""

_SHARPEST = -0.3
"""Cosine of the turn beyond which a mitre would run away into a spike."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Everything that can be drawn of one network at one vertical exaggeration.

    Attributes
    ----------
    frame, terrain, tiles, notes, schematic, estimated
        See there; ``estimated`` counts pipes whose level was guessed.
    bounds
        Low and high corner of everything, local; a few elements that lie far off do not count.
    start, end, cut_start, cut_end
        float32 (S, 3): bars, local; the planes they are cut by.
    half_width, half_height, boxed, bar_pipe
        One a bar; ``bar_pipe`` is the row of its pipe.
    course, bar_of
        int64 (P + 1) and (S): the bars of pipe ``i``, one after the other, are ``bar_of[course[i]:course[i + 1]]``.
    middle
        int64 (P): the longest bar of each pipe, −1 where a pipe is not drawn.
    ball_start, ball_end
        bool (S): the bar's end is closed by a ball.
    node_order
        int64: rows of drawn nodes, sorted by tile.
    node_top, node_axis, node_depth, node_turn, node_half
        float64 (N, 3) local cover; float64 (N) local height of the pipe axis there; metres from cover to chamber bottom
        (drawn); angle of its thickest pipe in plan; half size of that pipe. NaN where not drawn.
    """

    network: Network
    frame: Frame
    terrain: Terrain
    tiles: Tiles
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    cut_start: NDArray[np.float32]
    cut_end: NDArray[np.float32]
    half_width: NDArray[np.float32]
    half_height: NDArray[np.float32]
    boxed: NDArray[np.bool_]
    bar_pipe: NDArray[np.int64]
    course: NDArray[np.int64]
    bar_of: NDArray[np.int64]
    middle: NDArray[np.int64]
    ball_start: NDArray[np.bool_]
    ball_end: NDArray[np.bool_]
    node_order: NDArray[np.int64]
    node_top: NDArray[np.float64]
    node_axis: NDArray[np.float64]
    node_depth: NDArray[np.float64]
    node_turn: NDArray[np.float64]
    node_half: NDArray[np.float64]
    notes: tuple[str, ...]
    schematic: bool
    estimated: int
    bounds: tuple[NDArray[np.float64], NDArray[np.float64]] | None

    def bars_of(self, pipes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return all bars of some pipes, ascending."""
        first, count = self.course[pipes], self.course[pipes + 1] - self.course[pipes]
        place = np.arange(int(count.sum())) + np.repeat(first - np.cumsum(count) + count, count)
        return np.sort(self.bar_of[place])

    def bars(self, rows: NDArray[np.int64], colours: NDArray[np.uint8]) -> Bars:
        """Return some bars with their colours, for meshing."""
        return Bars(
            self.start[rows],
            self.end[rows],
            self.cut_start[rows],
            self.cut_end[rows],
            self.half_width[rows],
            self.half_height[rows],
            colours,
        )


def draw(network: Network, *, exaggeration: float = 1.0, like: Frame | None = None) -> Drawing:
    """Return the columns that a picture of ``network`` is made of; one pass, no loop over elements.

    ``like``: the frame of an older picture of the same place, whose local zero is kept if it is still near.
    """
    placed = places(network)
    surface = terrain(placed.nodes)
    course = courses(network, placed.nodes, surface.level_at)
    frame, told = frame_of(course.axis, placed.nodes, course.half_width)
    frame = frame.kept(like).exaggerated(exaggeration)
    axis = frame.local(course.axis)
    bars = _bars(axis, course)
    shafts = ~network.node_kind.is_in(*PLAIN) & (network.node_kind.codes >= 0)
    ends = _Ends.of(network, bars)
    cuts, ball_ends = _joints(bars, ends, shafts)
    measured = bool((~course.estimated & (np.diff(course.offsets) > 0)).any())
    nodes = _nodes(network, ends, placed.nodes, surface, frame, levelled=measured)
    tiling = tiled(bars.start, bars.end, bars.half_height, nodes.top)
    order = tiling.bars
    place_of = np.empty(len(order), dtype=np.int64)
    place_of[order] = np.arange(len(order))
    starts = np.searchsorted(bars.pipe, np.arange(network.pipe_count + 1))
    return Drawing(
        network=network,
        frame=frame,
        terrain=surface,
        tiles=tiling.tiles,
        start=bars.start.astype(np.float32)[order],
        end=bars.end.astype(np.float32)[order],
        cut_start=cuts[0][order],
        cut_end=cuts[1][order],
        half_width=bars.half_width[order],
        half_height=bars.half_height[order],
        boxed=bars.boxed[order],
        bar_pipe=bars.pipe[order],
        course=starts,
        bar_of=place_of,
        middle=_middle(bars, place_of, network.pipe_count),
        ball_start=ball_ends[0][order],
        ball_end=ball_ends[1][order],
        node_order=tiling.nodes,
        node_top=nodes.top,
        node_axis=nodes.axis,
        node_depth=nodes.depth,
        node_turn=nodes.turn,
        node_half=nodes.half,
        notes=placed.notes + told,
        schematic=placed.schematic,
        estimated=int(course.estimated.sum()),
        bounds=_bounds(bars.start, bars.end, nodes.top),
    )


def _bars(axis: NDArray[np.float64], course: Courses) -> _Bars:
    """The straight pieces between neighbouring vertices of one pipe, pipe by pipe."""
    pipe = np.repeat(np.arange(len(course.offsets) - 1), np.diff(course.offsets))
    first = np.flatnonzero(pipe[1:] == pipe[:-1])
    owner = pipe[first]
    return _Bars(axis[first], axis[first + 1], owner, course.half_width[owner], course.half_height[owner], course.boxed[owner])


def _middle(bars: _Bars, place_of: NDArray[np.int64], pipes: int) -> NDArray[np.int64]:
    """Where the longest bar of each pipe has come to lie, −1 for none."""
    middle = np.full(pipes, -1, dtype=np.int64)
    if len(bars.pipe):
        run = bars.end - bars.start
        length = run[:, 0] ** 2 + run[:, 1] ** 2 + run[:, 2] ** 2
        first, __ = bars.first_last()
        longest = np.maximum.reduceat(length, np.flatnonzero(first))
        best = np.flatnonzero(length == longest[np.cumsum(first) - 1])[::-1]
        middle[bars.pipe[best]] = place_of[best]
    return middle


def _bounds(
    start: NDArray[np.float64], end: NDArray[np.float64], top: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    known = np.isfinite(top[:, 0]) & np.isfinite(top[:, 1]) & np.isfinite(top[:, 2])
    parts = [robust_bounds(points) for points in (start, end, top[known]) if len(points)]
    if not parts:
        return None
    return np.min([low for low, _high in parts], axis=0), np.max([high for _low, high in parts], axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class _Bars:
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    pipe: NDArray[np.int64]
    half_width: NDArray[np.float32]
    half_height: NDArray[np.float32]
    boxed: NDArray[np.bool_]

    def first_last(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which bars begin, and which end, their pipe."""
        change = np.flatnonzero(np.diff(self.pipe))
        first, last = np.zeros(len(self.pipe), np.bool_), np.zeros(len(self.pipe), np.bool_)
        if len(self.pipe):
            first[np.concatenate([[0], change + 1])] = True
            last[np.concatenate([change, [len(self.pipe) - 1]])] = True
        return first, last


@dataclass(frozen=True, slots=True, eq=False)
class _Nodes:
    top: NDArray[np.float64]
    axis: NDArray[np.float64]
    depth: NDArray[np.float64]
    turn: NDArray[np.float64]
    half: NDArray[np.float64]


def _joints(
    bars: _Bars, ends: _Ends, shafts: NDArray[np.bool_]
) -> tuple[tuple[NDArray[np.float32], NDArray[np.float32]], tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
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
class _Ends:
    """Both ends of every pipe: the bar, whether it ends there (or begins), the node; ``rows`` sorts by node, thick ones first."""

    bars: _Bars
    bar: NDArray[np.int64]
    at_end: NDArray[np.bool_]
    node: NDArray[np.int64]
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, network: Network, bars: _Bars) -> _Ends:
        """Return the ends of all pipes."""
        first, last = bars.first_last()
        bar = np.concatenate([np.flatnonzero(first), np.flatnonzero(last)])
        at_end = np.repeat([False, True], [int(first.sum()), int(last.sum())])
        node = network.pipe_ends[bars.pipe[bar], at_end.astype(np.int64)].astype(np.int64)
        thin = 0xFFFF - np.minimum(bars.half_height[bar] * 1000.0, 0xFFFF).astype(np.int64)
        return cls(bars, bar, at_end, node, order_of((node << 16) | thin, network.node_count << 16))

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
        node = self.node[self.rows]
        changed = np.flatnonzero(np.concatenate([[True], node[1:] != node[:-1], [True]]) if len(node) else [])
        two = changed[:-1][np.diff(changed) == 2]  # noqa: PLR2004 -- a pair
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
        node = self.node[self.rows]
        changed = np.concatenate([[True], node[1:] != node[:-1]]) if len(node) else np.empty(0, np.bool_)
        rows: NDArray[np.int64] = self.rows[changed]
        return rows

    def repeated(self, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Those of the wanted ends that lie within a thicker one of the same node."""
        place = np.flatnonzero(wanted[self.rows[1:]] & (self.node[self.rows[1:]] == self.node[self.rows[:-1]])) + 1
        here, before = self.rows[place], self.rows[place - 1]
        near = _length(self.tip(here) - self.tip(before)) < 0.5 * self.bars.half_height[self.bar[before]]
        found: NDArray[np.int64] = here[near]
        return found


def _length(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    east, north, up = vectors.T
    length: NDArray[np.float64] = np.sqrt(east * east + north * north + up * up)
    return length


def _nodes(
    network: Network, ends: _Ends, placed: NDArray[np.float64], surface: Terrain, frame: Frame, *, levelled: bool
) -> _Nodes:
    """Cover, axis, depth and bearing of every node, local; without any ground level the cover lies on the pipe."""
    count = network.node_count
    world = placed.copy()
    bare = ~np.isfinite(world[:, 2])
    world[bare, 2] = surface.level_at(world[bare, 0], world[bare, 1])
    top = frame.local(world)
    bars, bar, node = ends.bars, ends.bar, ends.node
    height = np.where(ends.at_end, bars.end[bar, 2], bars.start[bar, 2])
    lowest = np.full(count, np.inf)
    np.minimum.at(lowest, node, height - bars.half_height[bar])
    total = np.bincount(node, weights=height, minlength=count)
    meeting = np.bincount(node, minlength=count)
    axis = np.where(meeting > 0, total / np.maximum(meeting, 1), top[:, 2] - 1.0)
    if levelled and not surface.known:
        top[bare, 2] = axis[bare]
    lift = frame.scale[2] * frame.exaggeration
    chamber = np.nan_to_num(network.chamber_depth, nan=0.0) * lift
    bottom = np.minimum(lowest, top[:, 2] - chamber)
    depth = np.clip(top[:, 2] - bottom, 0.3, None)
    thickest = ends.thickest()
    run = bars.end[bar[thickest]] - bars.start[bar[thickest]]
    turn, half = np.zeros(count), np.zeros(count)
    turn[node[thickest]] = np.arctan2(run[:, 1], run[:, 0])
    half[node[thickest]] = bars.half_height[bar[thickest]]
    return _Nodes(top, axis, depth, turn, half)
