"""What is drawn of a network, as columns in local coordinates, sorted into tiles.

Each straight piece of a pipe is one row of ``bars``; bars and nodes of a tile lie together, so that a tile is a slice and
a level of detail can be a prefix of it (thick pipes first).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import NodeKind
from pipemap.scene.chains import Chains, chains
from pipemap.scene.levels import courses
from pipemap.scene.mesh import Bars, unit
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
    frame, terrain, tiles, runs, notes, schematic, estimated
        See there; ``runs`` are what an eye far away sees of the bars; ``estimated`` counts pipes whose level was guessed.
    bounds
        Low and high corner of everything, local; a few elements that lie far off do not count.
    start, end, cut_start, cut_end
        float32 (S, 3): bars, local; the planes they are cut by.
    half_width, half_height, boxed, bar_pipe
        One a bar; ``bar_pipe`` is the row of its pipe.
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
    runs: Chains
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    cut_start: NDArray[np.float32]
    cut_end: NDArray[np.float32]
    half_width: NDArray[np.float32]
    half_height: NDArray[np.float32]
    boxed: NDArray[np.bool_]
    bar_pipe: NDArray[np.int64]
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


def draw(network: Network, *, exaggeration: float = 1.0) -> Drawing:
    """Return the columns that a picture of ``network`` is made of; one pass, no loop over elements."""
    placed = places(network)
    surface = terrain(placed.nodes)
    course = courses(network, placed.nodes, surface.level_at)
    frame, told = frame_of(course.axis, placed.nodes, course.half_width)
    frame = frame.exaggerated(exaggeration)
    axis = frame.local(course.axis)
    pipe = np.repeat(np.arange(network.pipe_count), np.diff(course.offsets))
    same = pipe[1:] == pipe[:-1]
    start, end, owner = axis[:-1][same], axis[1:][same], pipe[1:][same]
    bars = _Bars(start, end, owner, course.half_width[owner], course.half_height[owner], course.boxed[owner])
    shafts = ~network.node_kind.is_in(*PLAIN) & (network.node_kind.codes >= 0)
    cuts, ball_ends = _joints(network, bars, shafts)
    measured = bool((~course.estimated & (np.diff(course.offsets) > 0)).any())
    nodes = _nodes(network, bars, placed.nodes, surface, frame, levelled=measured)
    tiling = tiled(start, end, bars.half_height, nodes.top)
    bar_order = tiling.bars
    local_start, local_end = start[bar_order].astype(np.float32), end[bar_order].astype(np.float32)
    return Drawing(
        network=network,
        frame=frame,
        terrain=surface,
        tiles=tiling.tiles,
        runs=_runs(network, tiling.tiles, local_start, local_end, owner[bar_order]),
        start=local_start,
        end=local_end,
        cut_start=cuts[0][bar_order],
        cut_end=cuts[1][bar_order],
        half_width=bars.half_width[bar_order],
        half_height=bars.half_height[bar_order],
        boxed=bars.boxed[bar_order],
        bar_pipe=owner[bar_order],
        ball_start=ball_ends[0][bar_order],
        ball_end=ball_ends[1][bar_order],
        node_order=tiling.nodes,
        node_top=nodes.top,
        node_axis=nodes.axis,
        node_depth=nodes.depth,
        node_turn=nodes.turn,
        node_half=nodes.half,
        notes=placed.notes + told,
        schematic=placed.schematic,
        estimated=int(course.estimated.sum()),
        bounds=_bounds(start, end, nodes.top),
    )


def _runs(
    network: Network, tiles: Tiles, start: NDArray[np.float32], end: NDArray[np.float32], owner: NDArray[np.int64]
) -> Chains:
    """Runs of one category within one group of tiles."""
    group = np.repeat(np.arange(len(tiles.groups) - 1), np.diff(tiles.bars[tiles.groups]))
    category = network.pipe_category.codes[owner].astype(np.int64) + 1
    return chains(start, end, group * (len(network.pipe_category.values) + 1) + category)


def _bounds(
    start: NDArray[np.float64], end: NDArray[np.float64], top: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    points = np.concatenate([start, end, top])
    points = points[np.isfinite(points).all(axis=1)]
    return robust_bounds(points) if len(points) else None


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
    network: Network, bars: _Bars, shafts: NDArray[np.bool_]
) -> tuple[tuple[NDArray[np.float32], NDArray[np.float32]], tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Cutting planes of both ends of each bar, and where a ball closes what a mitre cannot."""
    along = unit((bars.end - bars.start).astype(np.float32))
    cut_start, cut_end = along.copy(), along.copy()
    first, last = bars.first_last()
    ball_start, ball_end = np.zeros(len(along), np.bool_), np.zeros(len(along), np.bool_)
    inner = np.flatnonzero(~last)
    gentle = np.einsum("ni,ni->n", along[inner], along[inner + 1]) > _SHARPEST
    bend = inner[gentle]
    cut_end[bend] = cut_start[bend + 1] = unit(along[bend] + along[bend + 1])
    ball_end[inner[~gentle]] = True

    bar = np.concatenate([np.flatnonzero(first), np.flatnonzero(last)])
    at_end = np.repeat([False, True], [int(first.sum()), int(last.sum())])
    node = network.pipe_ends[bars.pipe[bar], at_end.astype(np.int64)]
    outward = np.where(at_end[:, None], -along[bar], along[bar])
    tip = np.where(at_end[:, None], bars.end[bar], bars.start[bar])
    order = np.lexsort((-bars.half_height[bar], node))
    bar, at_end, node, outward, tip = bar[order], at_end[order], node[order], outward[order], tip[order]
    mitre = _pairs(node, bar, tip, outward, bars)
    plane = unit(outward[mitre] - outward[mitre + 1])
    for side in (mitre, mitre + 1):
        cut_start[bar[side][~at_end[side]]] = plane[~at_end[side]]
        cut_end[bar[side][at_end[side]]] = plane[at_end[side]]
    open_end = ~shafts[node]
    open_end[mitre] = open_end[mitre + 1] = False
    repeated = np.zeros(len(node), np.bool_)
    repeated[1:] = (node[1:] == node[:-1]) & (np.linalg.norm(tip[1:] - tip[:-1], axis=1) < 0.5 * bars.half_height[bar[:-1]])
    open_end &= ~repeated
    ball_start[bar[open_end & ~at_end]] = True
    ball_end[bar[open_end & at_end]] = True
    return (cut_start, cut_end), (ball_start, ball_end)


def _pairs(
    node: NDArray[np.int32],
    bar: NDArray[np.int64],
    tip: NDArray[np.float64],
    outward: NDArray[np.float32],
    bars: _Bars,
) -> NDArray[np.int64]:
    """Where exactly two ends of the same size meet at one point: position of the first of the two."""
    if len(node) < 2:  # noqa: PLR2004 -- nothing to pair
        return np.empty(0, dtype=np.int64)
    changed = np.concatenate([[True], node[1:] != node[:-1], [True]])
    starts = np.flatnonzero(changed)
    two = starts[:-1][np.diff(starts) == 2]  # noqa: PLR2004 -- a pair
    a, b = bar[two], bar[two + 1]
    alike = np.isclose(bars.half_width[a], bars.half_width[b], rtol=0.05) & (bars.boxed[a] == bars.boxed[b])
    alike &= np.isclose(bars.half_height[a], bars.half_height[b], rtol=0.05)
    touching = np.linalg.norm(tip[two] - tip[two + 1], axis=1) < 0.1 * bars.half_height[a] + 0.01
    gentle = np.einsum("ni,ni->n", outward[two], outward[two + 1]) < -_SHARPEST
    paired: NDArray[np.int64] = two[alike & touching & gentle]
    return paired


def _nodes(
    network: Network, bars: _Bars, placed: NDArray[np.float64], surface: Terrain, frame: Frame, *, levelled: bool
) -> _Nodes:
    """Cover, axis, depth and bearing of every node, local; without any ground level the cover lies on the pipe."""
    count = network.node_count
    world = placed.copy()
    bare = ~np.isfinite(world[:, 2])
    world[bare, 2] = surface.level_at(world[bare, 0], world[bare, 1])
    top = frame.local(world)
    first, last = bars.first_last()
    bar = np.concatenate([np.flatnonzero(first), np.flatnonzero(last)])
    at_end = np.repeat([0, 1], [int(first.sum()), int(last.sum())])
    node = network.pipe_ends[bars.pipe[bar], at_end]
    height = np.where(at_end == 1, bars.end[bar, 2], bars.start[bar, 2])
    lowest = np.full(count, np.inf)
    np.minimum.at(lowest, node, height - bars.half_height[bar])
    total = np.bincount(node, weights=height, minlength=count)
    ends = np.bincount(node, minlength=count)
    axis = np.where(ends > 0, total / np.maximum(ends, 1), top[:, 2] - 1.0)
    if levelled and not surface.known:
        top[bare, 2] = axis[bare]
    lift = frame.scale[2] * frame.exaggeration
    chamber = np.nan_to_num(network.chamber_depth, nan=0.0) * lift
    bottom = np.minimum(lowest, top[:, 2] - chamber)
    depth = np.clip(top[:, 2] - bottom, 0.3, None)
    thin_first = np.argsort(bars.half_height[bar], kind="stable")
    run = (bars.end[bar] - bars.start[bar])[thin_first]
    turn, half = np.zeros(count), np.zeros(count)
    turn[node[thin_first]] = np.arctan2(run[:, 1], run[:, 0])
    half[node[thin_first]] = bars.half_height[bar][thin_first]
    return _Nodes(top, axis, depth, turn, half)
