"""What a picture is made of, before VTK hears of it: which pipes and glyphs, in which colours. Safe on any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap import catalog
from pipemap.scene.colours import Colouring, by_category, by_column, paler_where_waiting, rgb
from pipemap.scene.layers import WIDTH
from pipemap.scene.picking import Shown
from pipemap.scene.shut_off_colours import WORKED_OUT
from pipemap.scene.stands import Arrows, Devices, Table, flow_arrows, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.scene.drawing import Drawing
    from pipemap.scene.look import Look
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

    ``segment`` and ``break_cost`` are worked out.

    Raises
    ------
    KeyError
        Neither pipes nor nodes have this column.
    """
    if column is None:
        found = by_category(network, dark=dark)
    elif column in WORKED_OUT:
        found = WORKED_OUT[column][1](network, dark=dark)
    else:
        found = by_column(network, column, dark=dark)
    return paler_where_waiting(found, network, dark=dark)


def compose(drawing: Drawing, colouring: Colouring | None, look: Look, result: Result | None) -> Composition:
    """Return what is drawn of a drawing; without ``colouring`` it is worked out too."""
    network = drawing.network
    colouring = colouring or coloured(network, look.column, dark=look.dark)
    shown = shown_of(network, look.hidden)
    nodes, pipes = shown.nodes, shown.pipes
    node_colours, glyphs = with_pipes(network, colouring), table(drawing)
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


def with_pipes(network: Network, colouring: Colouring) -> NDArray[np.uint8]:
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
