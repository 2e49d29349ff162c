"""A composition after a small Change: colours, what is shown and what has a glyph are worked out anew of what it touched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.model.part import ends_of, part_of, pipes_at
from pipemap.scene.colours import Colouring, by_category, categories_legend
from pipemap.scene.composing import Composition, coloured, compose, shown_of, with_pipes
from pipemap.scene.patching import patched
from pipemap.scene.picking import Shown
from pipemap.scene.stands import mended_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.model.steps import Rows
    from pipemap.scene.patching import Patch

MOST_TOUCHED = 0.5
"""Share of the tiles above which all layers are made anew, beside those that stand."""


@dataclass(frozen=True, slots=True, eq=False)
class Following:
    """What is drawn after a small Change, and the tiles (ascending) that hold something else than in the composition before."""

    before: Composition
    composition: Composition
    touched: NDArray[np.int64]


def follow(before: Composition, network: Network) -> Following | None:
    """Return what is drawn of a network that followed by a small Change from the one drawn; ``None``: draw it anew.

    ``before`` shows no result: whatever changed, a result is asked anew.
    """
    patch = patched(before.drawing, network) if before.result is None else None
    if patch is None:
        return None
    made = _mended(before, patch) or _whole(before, patch)
    touched = np.union1d(patch.touched, made.touched)
    if len(touched) > max(MOST_TOUCHED * len(patch.drawing.tiles), 4):
        return None
    return replace(made, touched=touched)


def _whole(before: Composition, patch: Patch) -> Following:
    """Compose everything, where the colour of one element may turn on all others; the tiles are those where colours differ."""
    network, rows = patch.drawing.network, patch.changed
    look = before.look
    made = compose(patch.drawing, coloured(network, look.column, dark=look.dark), look, None)
    (nodes_were, pipes_were), (nodes, pipes) = _painted(before), _painted(made)
    other_nodes = [_differing(was, now, rows.nodes) for was, now in zip(nodes_were, nodes, strict=True)]
    other_pipes = [_differing(was, now, rows.pipes) for was, now in zip(pipes_were, pipes, strict=True)]
    return Following(before, made, _tiles_of(patch, np.concatenate(other_nodes), np.concatenate(other_pipes)))


def _painted(made: Composition) -> tuple[tuple[NDArray[Any], NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]]:
    """Colours of nodes and whether they are shown; the same of pipes."""
    return (made.parts[0].devices.node_colours, made.shown.nodes), (made.colouring.pipes, made.shown.pipes)


def _differing(before: NDArray[Any], after: NDArray[Any], rows: Rows) -> NDArray[np.int64]:
    """Rows that differ from what they were; new ones do not count."""
    if not rows.stays:
        before = before.take(rows.source, axis=0)
    differs = np.flatnonzero((before != after).reshape(-1)) // (after.size // max(len(after), 1) or 1)
    found: NDArray[np.int64] = differs[rows.source[differs] >= 0]
    return found


def _tiles_of(patch: Patch, nodes: NDArray[np.int64], pipes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Tiles in which some nodes and pipes are drawn."""
    drawing = patch.drawing
    tiles = drawing.tiles
    bars = drawing.bars_of(np.unique(pipes))
    top = drawing.node_top[np.unique(nodes)]
    top = top[np.isfinite(top[:, 0]) & np.isfinite(top[:, 1])]
    return np.union1d(np.searchsorted(tiles.bars, bars, side="right") - 1, tiles.nearest(top[:, :2]))


# -- by category -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Painted:
    """How some nodes and pipes look now: rows of the network, colours, and whether they are shown."""

    nodes: NDArray[np.int64]
    pipes: NDArray[np.int64]
    colouring: Colouring
    node_colours: NDArray[np.uint8]
    shown: Shown


def _mended(before: Composition, patch: Patch) -> Following | None:
    """Compose what was touched; ``None`` where that would not do."""
    network, was, look = patch.drawing.network, before.drawing.network, before.look
    if look.column is not None or network.pending_batches or was.pending_batches:
        return None
    nodes, pipes = patch.changed.nodes, patch.changed.pipes
    fresh = _paint(network, patch.changed.touched(was, network), before)
    ((node_colours, node_shown), (pipe_colours, pipe_shown)) = _painted(before)
    painted = nodes.mended(node_colours, fresh.nodes, fresh.node_colours)
    colouring = Colouring(
        pipes.mended(pipe_colours, fresh.pipes, fresh.colouring.pipes),
        nodes.mended(before.colouring.nodes, fresh.nodes, fresh.colouring.nodes),
        categories_legend(network, dark=look.dark),
    )
    shown = Shown(
        nodes.mended(node_shown, fresh.nodes, fresh.shown.nodes), pipes.mended(pipe_shown, fresh.pipes, fresh.shown.pipes)
    )
    glyphs = mended_table(before.parts[0].devices.table, patch)
    bars = before.parts[0].bars
    if len(bars) != len(before.drawing.start) or len(bars) != len(patch.drawing.start) or not shown.pipes.all():
        bars = np.flatnonzero(shown.pipes[patch.drawing.bar_pipe])
    devices = replace(
        before.parts[0].devices,
        drawing=patch.drawing,
        table=glyphs,
        nodes=shown.nodes,
        pipes=shown.pipes,
        node_colours=painted,
        pipe_colours=colouring.pipes,
    )
    part = replace(before.parts[0], bars=bars, colours=colouring.pipes, devices=devices)
    made = Composition(patch.drawing, colouring, look, None, shown, (part,), before.flowing)
    other_nodes = _unlike(nodes, fresh.nodes, (node_colours, painted), (node_shown, shown.nodes))
    other_pipes = _unlike(pipes, fresh.pipes, (pipe_colours, colouring.pipes), (pipe_shown, shown.pipes))
    return Following(before, made, _tiles_of(patch, other_nodes, other_pipes))


def _paint(network: Network, touched: NDArray[np.int64], before: Composition) -> _Painted:
    """Paint some nodes and the pipes that end there; a node without a category looks like these."""
    pipes = pipes_at(network, touched)
    near = np.union1d(touched, ends_of(network, pipes))
    part = part_of(network, near, pipes)
    colouring = by_category(part, dark=before.look.dark)
    shown = shown_of(part, before.look.hidden)
    mine = np.searchsorted(near, touched)
    return _Painted(
        touched,
        pipes,
        Colouring(colouring.pipes, colouring.nodes[mine], colouring.legend),
        with_pipes(part, colouring)[mine],
        Shown(shown.nodes[mine], shown.pipes),
    )


def _unlike(rows: Rows, some: NDArray[np.int64], *columns: tuple[NDArray[Any], NDArray[Any]]) -> NDArray[np.int64]:
    """Which of some rows of the new network were there and looked otherwise."""
    was = rows.earlier(some)
    there, was = some[was >= 0], was[was >= 0]
    unlike = np.zeros(len(there), np.bool_)
    for before, after in columns:
        unlike |= (before[was] != after[there]).reshape(len(there), -1).any(axis=1)
    return there[unlike]
