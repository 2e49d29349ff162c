"""A drawing after a small Change: only what the Change touched is shaped anew, in the tiles that stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.model.part import ends_of, part_of, pipes_at
from pipemap.model.splicing import Splice, ranges
from pipemap.model.steps import MOST, Changed, changed
from pipemap.scene.drawing import bar_columns, middle_of, node_columns
from pipemap.scene.levels import courses
from pipemap.scene.places import Places, surveyed
from pipemap.scene.shapes import Pieces, shapes
from pipemap.scene.tiles import Boxes, thinness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.model.steps import Rows
    from pipemap.scene.drawing import Drawing

    Columns = dict[str, NDArray[Any]]

FAR = 20.0
"""Extents of the town beyond which something new does not widen what is looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A drawing that followed from an older one.

    Attributes
    ----------
    before, drawing
        The old one and the new one; they have the same tiles.
    touched
        int64, ascending: tiles that hold something else than before.
    changed
        What became of the rows.
    """

    before: Drawing
    drawing: Drawing
    touched: NDArray[np.int64]
    changed: Changed


def patched(before: Drawing, network: Network) -> Patch | None:
    """Return the drawing of a network that followed from the one drawn; ``None`` where it has to be drawn anew."""
    found = changed(before.network, network)
    if found is None or before.schematic or not len(before.tiles) or not 0 < found.count <= MOST:
        return None
    if not (before.network.pipe_count and before.network.node_count):  # nothing stands that could be kept
        return None
    was, now = before.node_top[found.nodes.was, 0], network.node_xyz[found.nodes.now, :2]
    if not (np.isfinite(was).all() and np.isfinite(now).all()):  # the notes count what is not drawn
        return None
    fresh = _differing(before, found, _shaped(before, network, found))
    bars = _spliced_bars(before, network, found, fresh)
    nodes = _spliced_nodes(before, network, found, fresh)
    touched = np.unique(np.concatenate([bars.touched, nodes.touched]))
    held = bars.columns | nodes.columns
    tiles = before.tiles.holding(bars.starts, nodes.starts, _boxes(before, bars, nodes, touched, held))
    columns: dict[str, Any] = dict(held)
    drawing = replace(before, network=network, tiles=tiles, bounds=_bounds(before, fresh), **columns)
    return Patch(before, drawing, touched, found)


# -- shapes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Fresh:
    """What was shaped anew: rows of pipes and their bars, pipe by pipe; rows of nodes."""

    pipes: NDArray[np.int64]
    counts: NDArray[np.int64]
    pieces: Pieces
    bars: Columns
    guessed: NDArray[np.bool_]
    nodes: NDArray[np.int64]
    node_columns: Columns

    def only(self, pipes: NDArray[np.bool_], nodes: NDArray[np.bool_]) -> _Fresh:
        """Return some of it."""
        kept = np.repeat(pipes, self.counts)
        number = np.cumsum(pipes) - 1
        parts = self.pieces
        pieces = Pieces(
            parts.start[kept], parts.end[kept], number[parts.pipe[kept]], parts.half_width[kept], parts.half_height[kept],
            parts.boxed[kept],
        )  # fmt: skip
        return _Fresh(
            self.pipes[pipes],
            self.counts[pipes],
            pieces,
            {name: column[kept] for name, column in self.bars.items()},
            self.guessed[pipes],
            self.nodes[nodes],
            {name: column[nodes] for name, column in self.node_columns.items()},
        )


def _shaped(before: Drawing, network: Network, found: Changed) -> _Fresh:
    """Shape the neighbourhood of a Change.

    Nodes at which something changed, and their neighbours, are shaped anew with all their pipes; the pipes that those meet take
    part, so that joints come out as in a drawing of everything.
    """
    touched = found.touched(before.network, network)
    nodes = np.union1d(touched, ends_of(network, pipes_at(network, touched)))
    pipes = pipes_at(network, nodes)
    meeting = np.union1d(nodes, ends_of(network, pipes))
    around = pipes_at(network, meeting)
    part_nodes = np.union1d(meeting, ends_of(network, around))
    part = part_of(network, part_nodes, around)
    placed = Places(surveyed(part), schematic=False, notes=())
    course = courses(part, placed, before.terrain.level_at)
    made = shapes(part, placed.nodes, course, before.site)
    bars = bar_columns(made) | {"bar_pipe": around[made.pieces.pipe]}
    counts = np.bincount(made.pieces.pipe, minlength=len(around))
    whole = _Fresh(around, counts, made.pieces, bars, course.estimated, part_nodes, node_columns(made))
    return whole.only(np.isin(around, pipes), np.isin(part_nodes, nodes))


def _differing(before: Drawing, found: Changed, fresh: _Fresh) -> _Fresh:
    """Leave out what has come out as it was."""
    was = found.pipes.earlier(fresh.pipes)
    same = was >= 0
    same &= np.diff(before.course)[was] == fresh.counts
    bars = np.repeat(same, fresh.counts)
    old = before.bar_of[ranges(before.course[:-1][was[same]], fresh.counts[same])]
    unlike = np.zeros(len(bars), np.bool_)
    for name, column in fresh.bars.items():
        if name != "bar_pipe":
            unlike[bars] |= _unlike(getattr(before, name)[old], column[bars])
    pipes = ~same
    pipes |= np.bincount(fresh.pieces.pipe, weights=unlike, minlength=len(pipes)) > 0
    pipes |= before.guessed[was] != fresh.guessed
    node = found.nodes.earlier(fresh.nodes)
    nodes = node < 0
    for name, column in fresh.node_columns.items():
        nodes |= _unlike(getattr(before, name)[node], column)
    return fresh.only(pipes, nodes)


def _unlike(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.bool_]:
    """Which rows differ; unknown is like unknown."""
    differs = (one != other) & ~((one != one) & (other != other))  # noqa: PLR0124 -- NaN
    found: NDArray[np.bool_] = differs.any(axis=1) if differs.ndim > 1 else differs
    return found


# -- columns -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Spliced:
    """Columns of bars and pipes, or of nodes; starts of the tiles' slices, and which tiles hold something else."""

    columns: Columns
    starts: NDArray[np.int64]
    touched: NDArray[np.int64]


def _spliced_bars(before: Drawing, network: Network, found: Changed, fresh: _Fresh) -> _Spliced:
    pipes = found.pipes.splice(fresh.pipes)
    was = found.pipes.earlier(fresh.pipes)
    gone = before.bars_of(np.union1d(was[was >= 0], found.pipes.gone))
    tile_of = before.tiles.nearest((fresh.bars["start"][:, :2] + fresh.bars["end"][:, :2]) / 2.0)
    keys = thinness(before.half_height), thinness(fresh.bars["half_height"])
    source, starts = _in_tiles(before.tiles.bars, gone, tile_of, keys)
    bars = Splice.from_source(source, len(before.start))
    old: Columns = {name: getattr(before, name) for name in fresh.bars}
    old_bar_of, old_middle = before.bar_of, before.middle
    if not pipes.stays:
        old["bar_pipe"] = pipes.moved().take(before.bar_pipe)
    if not bars.stays:
        moved = bars.moved()
        old_bar_of, old_middle = moved.take(old_bar_of), moved.take(old_middle)
    columns = {name: bars.of(column, fresh.bars[name]) for name, column in old.items()}
    fresh_place = bars.fresh
    counts = np.diff(before.course)
    number = pipes.of(counts, fresh.counts)
    first = pipes.of(before.course[:-1], len(before.start) + np.cumsum(fresh.counts) - fresh.counts)
    course = before.course if number is counts else np.concatenate([[0], np.cumsum(number)])
    columns["course"] = course
    if number is counts:  # each pipe has as many bars as before: no list of a million rows is taken apart
        columns["bar_of"] = _with(old_bar_of, ranges(course[fresh.pipes], fresh.counts), fresh_place)
    else:
        columns["bar_of"] = Splice.from_source(ranges(first, number), len(before.start)).of(old_bar_of, fresh_place)
    columns["middle"] = pipes.of(old_middle, middle_of(fresh.pieces, fresh_place, len(fresh.pipes)))
    columns["guessed"] = pipes.of(before.guessed, fresh.guessed)
    named = before.bars_of(found.pipes.was[_looks_other(before.network, network, found.pipes, "pipe")])
    touched = np.unique(np.concatenate([_tile_at(before.tiles.bars, np.union1d(gone, named)), tile_of]))
    return _Spliced(columns, starts, touched)


def _with(column: NDArray[np.int64], rows: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a column with other values in some rows; itself where they are the same."""
    if np.array_equal(column[rows], values):
        return column
    found = column.copy()
    found[rows] = values
    return found


def _spliced_nodes(before: Drawing, network: Network, found: Changed, fresh: _Fresh) -> _Spliced:
    nodes = found.nodes.splice(fresh.nodes)
    columns = {name: nodes.of(getattr(before, name), column) for name, column in fresh.node_columns.items()}
    was = found.nodes.earlier(fresh.nodes)
    named = np.union1d(found.nodes.was[_looks_other(before.network, network, found.nodes, "node")], was[was >= 0])
    places = _places_of(before, named)
    tiles = _tile_at(before.tiles.nodes, places)
    top = columns["node_top"][fresh.nodes]
    drawn = np.isfinite(top[:, 0]) & np.isfinite(top[:, 1])
    again, tile_of = fresh.nodes[drawn], before.tiles.nearest(top[drawn, :2])
    order = before.node_order if nodes.stays else nodes.moved().take(before.node_order)
    left = places[np.isin(before.node_order[places], np.union1d(was, found.nodes.gone))]
    source, starts = _in_tiles(before.tiles.nodes, left, tile_of, (order, again))
    columns["node_order"] = Splice.from_source(source, len(order)).of(order, again)
    return _Spliced(columns, starts, np.unique(np.concatenate([tiles, tile_of])))


def _places_of(drawing: Drawing, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where some nodes (ascending) stand in the order of a drawing, ascending; what is not drawn stands nowhere."""
    top = drawing.node_top[nodes]
    drawn = np.isfinite(top[:, 0]) & np.isfinite(top[:, 1])
    tiles = np.unique(drawing.tiles.nearest(top[drawn, :2]))
    starts = drawing.tiles.nodes
    places = ranges(starts[tiles], starts[tiles + 1] - starts[tiles])
    return places[np.isin(drawing.node_order[places], nodes)]


def _looks_other(before: Network, after: Network, rows: Rows, layer: str) -> NDArray[np.bool_]:
    """Which of the old rows are gone, or are of another kind, state or category now."""
    now = rows.moved(rows.was)
    other = np.ones(len(rows.was), np.bool_)
    stays = ~np.isin(rows.was, rows.gone)
    other[stays] = False
    for name in (f"{layer}_kind", f"{layer}_state", f"{layer}_category"):
        old, new = getattr(before, name), getattr(after, name)
        other[stays] |= np.array(
            [old[a] != new[b] for a, b in zip(rows.was[stays].tolist(), now.tolist(), strict=True)], np.bool_
        )
    return other


def _tile_at(starts: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The tile that each row lies in."""
    return np.searchsorted(starts, rows, side="right") - 1


def _in_tiles(
    starts: NDArray[np.int64],
    gone: NDArray[np.int64],
    tile_of: NDArray[np.int64],
    keys: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Take rows out of tiles and put fresh ones in, sorted by ``keys`` within each; return their sources and the new starts."""
    count = int(starts[-1])
    counts, parts, done = np.diff(starts), [], 0
    for tile in np.union1d(_tile_at(starts, gone), tile_of).tolist():
        first, last = int(starts[tile]), int(starts[tile + 1])
        kept = np.arange(first, last)
        kept = kept[~np.isin(kept, gone)]
        put = np.flatnonzero(tile_of == tile)
        rows = np.concatenate([kept, count + put])
        order = np.argsort(np.concatenate([keys[0][kept], keys[1][put]]), kind="stable")
        parts += [np.arange(done, first), rows[order]]
        counts[tile], done = len(rows), last
    return np.concatenate([*parts, np.arange(done, count)]), np.concatenate([[0], np.cumsum(counts)])


# -- boxes -------------------------------------------------------------------------------------------------------------


def _boxes(before: Drawing, bars: _Spliced, nodes: _Spliced, touched: NDArray[np.int64], held: Columns) -> Boxes:
    """Measure the touched tiles anew."""
    tiles = before.tiles
    low, high, thickest = tiles.low.copy(), tiles.high.copy(), tiles.thickest.copy()
    for tile in touched.tolist():
        own = slice(bars.starts[tile], bars.starts[tile + 1])
        rows = held["node_order"][nodes.starts[tile] : nodes.starts[tile + 1]]
        points = np.concatenate([held["start"][own], held["end"][own], held["node_top"][rows]])
        if len(points):
            low[tile], high[tile] = np.fmin.reduce(points), np.fmax.reduce(points)
        thickest[tile] = 2 * float(held["half_height"][own].max(initial=0.0))
    return Boxes(low, high, thickest)


def _bounds(before: Drawing, fresh: _Fresh) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Widen the bounds over what is new, unless that lies absurdly far off."""
    if before.bounds is None:
        return None
    low, high = before.bounds
    slack = FAR * max(1.0, float((high - low).max()))
    points = np.concatenate([fresh.pieces.start, fresh.pieces.end, fresh.node_columns["node_top"]])
    points = points[np.isfinite(points).all(axis=1)]
    points = points[((points > low - slack) & (points < high + slack)).all(axis=1)]
    return np.min([low, *points], axis=0), np.max([high, *points], axis=0)
