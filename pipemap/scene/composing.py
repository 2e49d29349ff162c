"""What a picture is made of, before VTK hears of it: which pipes and glyphs, in which colours. Safe on any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap import catalog
from pipemap.scene.colours import Colouring, by_category, by_column, paler_where_waiting, rgb
from pipemap.scene.layers import WIDTH
from pipemap.scene.patching import patched
from pipemap.scene.picking import Shown
from pipemap.scene.stands import Arrows, Devices, Table, flow_arrows, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.model.steps import Rows
    from pipemap.scene.drawing import Drawing
    from pipemap.scene.look import Look
    from pipemap.scene.patching import Patch
    from pipemap.scene.results import Result

GHOST = 0.25
RESULT_WIDTH = 3.4
"""Pixels of a line that belongs to a result."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Bars (rows, ascending) in the colours of their pipes, and glyphs."""

    bars: NDArray[np.int64]
    colours: NDArray[np.uint8]
    devices: Devices
    opacity: float
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """Everything of the network that is drawn.

    Attributes
    ----------
    look, result
        What was asked for.
    shown
        What is not hidden.
    parts
        The elements of a result first, then the others.
    flowing
        Bars (ascending) along which the arrows of a result run.
    """

    drawing: Drawing
    colouring: Colouring
    look: Look
    result: Result | None
    shown: Shown
    parts: tuple[Part, ...]
    flowing: NDArray[np.int64]


def coloured(network: Network, column: str | None, *, dark: bool) -> Colouring:
    """Return the colours of a column of the survey, of the categories when ``None``, and the legend that explains them.

    Raises
    ------
    KeyError
        Neither pipes nor nodes have this column.
    """
    found = by_category(network, dark=dark) if column is None else by_column(network, column, dark=dark)
    return paler_where_waiting(found, network, dark=dark)


def compose(drawing: Drawing, colouring: Colouring | None, look: Look, result: Result | None) -> Composition:
    """Return what is drawn of a drawing; without ``colouring`` it is worked out too."""
    network = drawing.network
    colouring = colouring or coloured(network, look.column, dark=look.dark)
    shown = shown_of(network, look.hidden)
    nodes, pipes = shown.nodes, shown.pipes
    node_colours, glyphs = _with_pipes(network, colouring), table(drawing)
    parts, flowing = [], np.empty(0, dtype=np.int64)
    if result is not None:
        in_nodes, in_pipes = np.zeros(network.node_count, np.bool_), np.zeros(network.pipe_count, np.bool_)
        painted = colouring.pipes.copy()
        for group in reversed(result.groups):
            in_nodes[group.nodes], in_pipes[group.pipes] = True, True
            painted[group.pipes] = rgb(group.shade(dark=look.dark))
        parts.append(_part(drawing, in_nodes, in_pipes, (node_colours, painted), glyphs, look, ghost=False, width=RESULT_WIDTH))
        nodes, pipes = nodes & ~in_nodes, pipes & ~in_pipes
        if result.arrows:
            flowing = np.flatnonzero((in_pipes & (network.flow.direction != 0))[drawing.bar_pipe])
    colours = node_colours, colouring.pipes
    parts.append(_part(drawing, nodes, pipes, colours, glyphs, look, ghost=result is not None, width=WIDTH))
    return Composition(drawing, colouring, look, result, shown, tuple(parts), flowing)


@dataclass(frozen=True, slots=True, eq=False)
class Following:
    """What is drawn after a small Change, and the tiles (ascending) that hold something else than in the composition before."""

    before: Composition
    composition: Composition
    touched: NDArray[np.int64]


MOST_TOUCHED = 0.5
"""Share of the tiles above which all layers are made anew, beside those that stand."""


def follow(before: Composition, network: Network) -> Following | None:
    """Return what is drawn of a network that followed by a small Change from the one drawn; ``None``: draw it anew.

    ``before`` shows no result: whatever changed, a result is asked anew.
    """
    patch = patched(before.drawing, network) if before.result is None else None
    if patch is None:
        return None
    made = compose(patch.drawing, coloured(network, before.look.column, dark=before.look.dark), before.look, None)
    touched = np.union1d(patch.touched, _recoloured(before, made, patch))
    if len(touched) > max(MOST_TOUCHED * len(patch.drawing.tiles), 4):
        return None
    return Following(before, made, touched)


def _recoloured(before: Composition, made: Composition, patch: Patch) -> NDArray[np.int64]:
    """Tiles in which an element has another colour than before, or is hidden or shown now."""
    drawing, tiles = made.drawing, made.drawing.tiles
    source = patch.changed
    nodes, pipes = before.parts[0].devices.node_colours, before.colouring.pipes
    other_pipes = [
        *_differing(pipes, made.colouring.pipes, source.pipes),
        *_differing(before.shown.pipes, made.shown.pipes, source.pipes),
    ]
    other_nodes = [
        *_differing(nodes, made.parts[0].devices.node_colours, source.nodes),
        *_differing(before.shown.nodes, made.shown.nodes, source.nodes),
    ]
    bars = drawing.bars_of(np.unique(np.array(other_pipes, dtype=np.int64)))
    places = np.empty(0, dtype=np.int64)
    if other_nodes:
        differs = np.zeros(drawing.network.node_count, np.bool_)
        differs[other_nodes] = True
        places = np.flatnonzero(differs.take(drawing.node_order))
    found = [np.searchsorted(starts, rows, side="right") - 1 for starts, rows in ((tiles.bars, bars), (tiles.nodes, places))]
    return np.unique(np.concatenate(found))


def _differing(before: NDArray[Any], after: NDArray[Any], rows: Rows) -> NDArray[np.int64]:
    """Rows that differ from what they were; new ones do not count."""
    if not rows.stays:
        before = before.take(rows.source, axis=0)
    differs = np.flatnonzero((before != after).reshape(-1)) // (after.size // max(len(after), 1) or 1)
    found: NDArray[np.int64] = differs[rows.source[differs] >= 0]
    return found


def arrows_of(composition: Composition) -> Arrows:
    """Return an arrow for each pipe that is shown and whose direction is known, in a quiet shade of its colour."""
    mixed = composition.colouring.pipes * 0.55 + np.array(rgb(composition.look.theme.text)) * 0.45
    return flow_arrows(composition.drawing, composition.shown.pipes, mixed.astype(np.uint8))


def _part(
    drawing: Drawing,
    nodes: NDArray[np.bool_],
    pipes: NDArray[np.bool_],
    colours: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    glyphs: Table,
    look: Look,
    *,
    ghost: bool,
    width: float,
) -> Part:
    bars = np.flatnonzero(pipes[drawing.bar_pipe]) if not pipes.all() else np.arange(len(drawing.bar_pipe))
    devices = Devices(drawing, glyphs, nodes, pipes, *colours, look.theme)
    return Part(bars, colours[1], devices, GHOST if ghost else 1.0, width * look.pixel_ratio)


def shown_of(network: Network, hidden: frozenset[str]) -> Shown:
    """Return what the hidden categories leave: a node without a category goes with its pipes."""
    if not hidden:
        return Shown(np.ones(network.node_count, np.bool_), np.ones(network.pipe_count, np.bool_))
    pipes = ~network.pipe_category.is_in(*hidden) & ~(("" in hidden) & (network.pipe_category.codes < 0))
    nodes = ~network.node_category.is_in(*hidden)
    bare = np.flatnonzero(network.node_category.codes < 0)
    if len(bare):
        joined = np.zeros(network.node_count, np.bool_)
        joined[network.pipe_ends[pipes].reshape(-1)] = True
        alone = np.bincount(network.pipe_ends.reshape(-1), minlength=network.node_count) == 0
        nodes[bare] = joined[bare] | alone[bare]
    return Shown(nodes, pipes)


def _with_pipes(network: Network, colouring: Colouring) -> NDArray[np.uint8]:
    """Nodes without a category take the colour of a pipe of theirs."""
    colours = np.array(colouring.nodes)
    bare = network.node_category.codes < 0
    if bare.any():
        ends = network.pipe_ends
        for side in (1, 0):
            chosen = bare[ends[:, side]]
            colours[ends[chosen, side]] = colouring.pipes[chosen]
    return colours


def expanded(network: Network, code: str) -> frozenset[str]:
    """Return the categories of a network that a code means: itself, and of a major one all its sub-categories."""
    known = {*network.pipe_category.values, *network.node_category.values}
    found = catalog.category(code)
    under = {value for value in known if catalog.major_of(value) == code} if found and found.level == "major" else set()
    return frozenset(under | {code})
