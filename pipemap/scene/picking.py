"""What lies under the cursor: distances on the screen between a pixel and every visible pipe, by arithmetic on columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.scene.camera import Projection
    from pipemap.scene.drawing import Drawing

SLACK, SLACK_PIXELS = 6.0, 24.0
"""Metres and pixels that pipes and glyphs may stand out of the box of their tile."""

LARGE = 8.0
"""A pipe that covers this many pixels around the cursor and is in front keeps nodes behind it from winning."""


@dataclass(frozen=True, slots=True)
class Pick:
    """What was hit. ``point`` is on it, in survey coordinates: east, north, level."""

    layer: Literal["node", "pipe"]
    row: int
    point: tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Rows of nodes and of pipes, ascending."""

    nodes: NDArray[np.int64]
    pipes: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What can be picked: bool a node and a pipe."""

    nodes: NDArray[np.bool_]
    pipes: NDArray[np.bool_]

    def and_(self, other: Shown) -> Shown:
        """Return what can be picked by both."""
        return Shown(self.nodes & other.nodes, self.pipes & other.pipes)


def pick(drawing: Drawing, projection: Projection, shown: Shown, x: float, y: float, tolerance: float) -> Pick | None:
    """Return the nearest thing under a pixel; a node within ``tolerance`` wins over the pipes that meet in it."""
    tiles = _near_tiles(drawing, projection, x, y, tolerance)
    pipe = _nearest_bar(drawing, projection, _bars(drawing, tiles, shown), x, y, tolerance)
    node = _nearest_node(drawing, projection, _nodes(drawing, tiles, shown), x, y, tolerance)
    if node is not None and (pipe is None or not (pipe.covers > LARGE and pipe.deep < node.deep)):
        return Pick("node", node.row, node.point)
    return Pick("pipe", pipe.row, pipe.point) if pipe is not None else None


def pick_rectangle(
    drawing: Drawing, projection: Projection, shown: Shown, corners: tuple[float, float, float, float]
) -> Selection:
    """Return nodes inside a rectangle of pixels, and pipes that pass through it."""
    (left, right), (top, bottom) = sorted(corners[::2]), sorted(corners[1::2])
    tiles = _tiles_in(drawing, projection, (left, top, right, bottom))
    rows = _nodes(drawing, tiles, shown)
    x, y, deep = projection.screen(drawing.node_top[rows])
    inside = (x >= left) & (x <= right) & (y >= top) & (y <= bottom) & (deep > 0)
    bars = _bars(drawing, tiles, shown)
    hit = _crossing(drawing, projection, bars, (left, top, right, bottom))
    return Selection(np.sort(rows[inside]), np.unique(drawing.bar_pipe[bars[hit]]))


def _tiles_in(drawing: Drawing, projection: Projection, box: tuple[float, float, float, float]) -> NDArray[np.int64]:
    """Tiles that may have something inside a rectangle of pixels."""
    low, high = drawing.tiles.low, drawing.tiles.high
    corners = np.stack([np.where(np.array(bits), high, low) for bits in np.ndindex(2, 2, 2)], axis=1)
    x, y, deep = projection.screen(corners)
    inside = (x.min(1) <= box[2]) & (x.max(1) >= box[0]) & (y.min(1) <= box[3]) & (y.max(1) >= box[1])
    behind = (deep <= 0).any(1) & (not projection.eye.plan)
    return np.flatnonzero((inside | behind) & (projection.eye.plan | (deep > 0).any(1)))


@dataclass(frozen=True, slots=True)
class _Hit:
    row: int
    point: tuple[float, float, float]
    deep: float
    covers: float


def _near_tiles(drawing: Drawing, projection: Projection, x: float, y: float, tolerance: float) -> NDArray[np.int64]:
    """Tiles whose box, with room for thick pipes and enlarged glyphs, is met by the line of sight through a pixel."""
    tiles = drawing.tiles
    start, toward = projection.ray(x, y)
    corner = np.maximum(np.abs(tiles.low - start), np.abs(tiles.high - start))
    farthest = np.sqrt((corner**2).sum(axis=1))
    slack = (SLACK + (tolerance + SLACK_PIXELS) / projection.scale_at(np.maximum(farthest, 1.0)))[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (tiles.low - slack - start) / toward, (tiles.high + slack - start) / toward
    first, last = np.fmax(np.fmin(one, other).max(axis=1), 0.0), np.fmin.reduce(np.fmax(one, other), axis=1)
    return np.flatnonzero(first <= last)


def _bars(drawing: Drawing, tiles: NDArray[np.int64], shown: Shown) -> NDArray[np.int64]:
    bars = _slices(drawing.tiles.bars, tiles)
    kept: NDArray[np.int64] = bars[shown.pipes[drawing.bar_pipe[bars]]]
    return kept


def _nodes(drawing: Drawing, tiles: NDArray[np.int64], shown: Shown) -> NDArray[np.int64]:
    nodes = drawing.node_order[_slices(drawing.tiles.nodes, tiles)]
    kept: NDArray[np.int64] = nodes[shown.nodes[nodes]]
    return kept


def _slices(starts: NDArray[np.int64], tiles: NDArray[np.int64]) -> NDArray[np.int64]:
    """All positions in the slices of some tiles."""
    count = starts[tiles + 1] - starts[tiles]
    places: NDArray[np.int64] = np.arange(int(count.sum())) + np.repeat(starts[tiles] - np.cumsum(count) + count, count)
    return places


def _nearest_bar(
    drawing: Drawing, projection: Projection, bars: NDArray[np.int64], x: float, y: float, tolerance: float
) -> _Hit | None:
    if not len(bars):
        return None
    distance, share, deep = _to_segments(projection, drawing.start[bars], drawing.end[bars], x, y)
    radius = np.maximum(drawing.half_width[bars], drawing.half_height[bars]) * projection.scale_at(deep)
    outside = np.maximum(distance - np.maximum(radius, 1.0), 0.0)
    near = np.flatnonzero((outside <= tolerance) & (deep > 0))
    if not len(near):
        return None
    best = near[np.lexsort((deep[near], np.floor(outside[near])))[0]]
    point = drawing.start[bars[best]] * (1 - share[best]) + drawing.end[bars[best]] * share[best]
    return _hit(drawing, int(drawing.bar_pipe[bars[best]]), point, float(deep[best]), float(radius[best] - distance[best]))


def _nearest_node(
    drawing: Drawing, projection: Projection, nodes: NDArray[np.int64], x: float, y: float, tolerance: float
) -> _Hit | None:
    """Nodes are upright: from cover down to the axis of their pipes."""
    if not len(nodes):
        return None
    top = drawing.node_top[nodes]
    foot = top.copy()
    foot[:, 2] = drawing.node_axis[nodes]
    distance, share, deep = _to_segments(projection, top, foot, x, y)
    radius = 0.5 * projection.scale_at(deep)
    outside = np.maximum(distance - radius, 0.0)
    near = np.flatnonzero((outside <= tolerance) & (deep > 0))
    if not len(near):
        return None
    best = near[np.lexsort((deep[near], np.floor(outside[near] / 2)))[0]]
    point = top[best] * (1 - share[best]) + foot[best] * share[best]
    return _hit(drawing, int(nodes[best]), point, float(deep[best]), 0.0)


def _hit(drawing: Drawing, row: int, local: NDArray[np.floating], deep: float, covers: float) -> _Hit:
    east, north, level = (float(part) for part in drawing.frame.world(np.asarray(local, dtype=np.float64)))
    return _Hit(row, (east, north, level), deep, covers)


def _to_segments(
    projection: Projection, start: NDArray[np.floating], end: NDArray[np.floating], x: float, y: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Pixels from a pixel to each segment, where along the segment (0 to 1 in space), and how far from the eye that is."""
    ax, ay, da = projection.screen(start)
    bx, by, db = projection.screen(end)
    if not projection.eye.plan:
        ax, ay, da, cut_a = _pulled(projection, start, end, ax, ay, da, db)
        bx, by, db, cut_b = _pulled(projection, end, start, bx, by, db, da)
    else:
        cut_a = cut_b = np.zeros(len(ax))
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(length > 0, ((x - ax) * dx + (y - ay) * dy) / length, 0.0)
    share = np.clip(np.nan_to_num(share), 0.0, 1.0)
    distance = np.hypot(ax + share * dx - x, ay + share * dy - y)
    if not projection.eye.plan:  # equal steps on the screen are not equal in space
        weight = share / np.maximum(db, 1e-6)
        share = weight / np.maximum(weight + (1 - share) / np.maximum(da, 1e-6), 1e-12)
    deep = da * (1 - share) + db * share
    return distance, cut_a + share * (1 - cut_a - cut_b), deep


def _pulled(
    projection: Projection,
    start: NDArray[np.floating],
    end: NDArray[np.floating],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    deep: NDArray[np.float64],
    other: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Move ends that lie behind the eye along their segment to just before it; also the share that was cut off."""
    near = 0.05
    behind = np.flatnonzero((deep < near) & (other > near))
    cut = np.zeros(len(deep))
    if len(behind):
        cut[behind] = (near - deep[behind]) / (other[behind] - deep[behind])
        moved = start[behind] + (end[behind] - start[behind]) * cut[behind, None]
        x[behind], y[behind], deep[behind] = projection.screen(moved)
    return x, y, deep, cut


def _crossing(
    drawing: Drawing, projection: Projection, bars: NDArray[np.int64], box: tuple[float, float, float, float]
) -> NDArray[np.bool_]:
    """Which bars pass through a rectangle of pixels (Liang and Barsky's clipping, for all at once)."""
    ax, ay, da = projection.screen(drawing.start[bars])
    bx, by, db = projection.screen(drawing.end[bars])
    enter, leave = np.zeros(len(bars)), np.ones(len(bars))
    for low, high, start, end in ((box[0], box[2], ax, bx), (box[1], box[3], ay, by)):
        with np.errstate(divide="ignore", invalid="ignore"):
            first, second = (low - start) / (end - start), (high - start) / (end - start)
        level = start == end
        within = (start >= low) & (start <= high)
        first = np.where(level, np.where(within, -np.inf, np.inf), first)
        second = np.where(level, np.inf, second)
        enter, leave = np.maximum(enter, np.minimum(first, second)), np.minimum(leave, np.maximum(first, second))
    crossing: NDArray[np.bool_] = (enter <= leave) & (da > 0) & (db > 0)
    return crossing
