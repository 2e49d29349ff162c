"""Which glyph stands where: devices and structures of a network, and the arrows of its flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap import catalog
from pipemap.catalog.kinds import NodeKind
from pipemap.scene.colours import rgb
from pipemap.scene.glyph_layer import Stands, steps
from pipemap.scene.glyphs import CLOSED_VALVE, FLOW_ARROW, NODE_GLYPHS, PIPE_GLYPHS, PLANT, Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.columns import Coded
    from pipemap.model.network import Network
    from pipemap.scene.colours import Theme
    from pipemap.scene.drawing import Drawing
    from pipemap.scene.patching import Patch

KINDS: list[Kind] = [*NODE_GLYPHS.values(), *PIPE_GLYPHS.values(), PLANT, CLOSED_VALVE]
"""Every glyph that a stand may name by its number."""

ON_AXIS = np.array([kind.on_axis for kind in KINDS])
"""Which of them stand on the pipe instead of on the ground."""

CLOSED = "#D1495B"
HYDRANT = "#D43F2F"
_SHAFTS = (NodeKind.MANHOLE, NodeKind.CHAMBER, NodeKind.GULLY, NodeKind.STORAGE)


def palette(theme: Theme) -> NDArray[np.uint8]:
    """Return the colours of the parts that every copy shares; body and state come with each copy."""
    return np.array([(0, 0, 0), rgb(theme.metal), rgb(theme.concrete), (0, 0, 0), (255, 255, 255)], dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Every node and link of a network that is drawn with a glyph, sorted by tile; the same whatever is hidden or coloured.

    Attributes
    ----------
    nodes, node_kind, node_starts
        Rows, numbers of their glyphs in ``KINDS``, and starts of each tile's slice.
    pipes, pipe_kind, pipe_starts
        The same of links that a model draws for devices (pumps, valves).
    """

    nodes: NDArray[np.int64]
    node_kind: NDArray[np.int64]
    node_starts: NDArray[np.int64]
    pipes: NDArray[np.int64]
    pipe_kind: NDArray[np.int64]
    pipe_starts: NDArray[np.int64]


def table(drawing: Drawing) -> Table:
    """Look for what is drawn with a glyph."""
    tiles, network = drawing.tiles, drawing.network
    node_kind = _node_kinds(network, drawing.node_order)
    pipe_kind = _pipe_kinds(network, np.arange(network.pipe_count))
    placed = np.flatnonzero(node_kind >= 0)
    links = np.flatnonzero((pipe_kind >= 0) & (drawing.middle >= 0))
    links = links[np.argsort(drawing.middle[links])]
    node_starts, pipe_starts = np.searchsorted(placed, tiles.nodes), np.searchsorted(drawing.middle[links], tiles.bars)
    return Table(drawing.node_order[placed], node_kind[placed], node_starts, links, pipe_kind[links], pipe_starts)


def mended_table(before: Table, patch: Patch) -> Table:
    """Return the table of a drawing that followed from an older one: the touched tiles are looked through again."""
    drawing = patch.drawing
    tiles, network = drawing.tiles, drawing.network
    was = patch.changed.nodes.renumbered(before.nodes), patch.changed.pipes.renumbered(before.pipes)
    nodes, links = list[_Slice](), list[_Slice]()
    for tile in patch.touched.tolist():
        rows = drawing.node_order[tiles.nodes[tile] : tiles.nodes[tile + 1]]
        nodes.append(_with_glyphs(rows, _node_kinds(network, rows)))
        bars = np.arange(tiles.bars[tile], tiles.bars[tile + 1])
        rows = drawing.bar_pipe[bars]
        rows = rows[drawing.middle[rows] == bars]
        links.append(_with_glyphs(rows, _pipe_kinds(network, rows)))
    node_parts = _with_slices((was[0], before.node_kind), before.node_starts, patch.touched, nodes)
    link_parts = _with_slices((was[1], before.pipe_kind), before.pipe_starts, patch.touched, links)
    return Table(*node_parts, *link_parts)


_Slice = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


def _with_glyphs(rows: NDArray[np.int64], kinds: NDArray[np.int64]) -> _Slice:
    return rows[kinds >= 0], kinds[kinds >= 0]


def _with_slices(
    columns: _Slice, starts: NDArray[np.int64], tiles: NDArray[np.int64], slices: list[_Slice]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Put other slices in the place of those of some tiles (ascending); return rows, kinds and starts."""
    counts, parts, done = np.diff(starts), list[_Slice](), 0
    for tile, fresh in zip(tiles.tolist(), slices, strict=True):
        parts += [(columns[0][done : starts[tile]], columns[1][done : starts[tile]]), fresh]
        counts[tile], done = len(fresh[0]), int(starts[tile + 1])
    parts.append((columns[0][done:], columns[1][done:]))
    rows, kinds = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    return rows, kinds, np.concatenate([[0], np.cumsum(counts)])


@dataclass(frozen=True, slots=True, eq=False)
class Devices:
    """Glyphs of those nodes (bool (N)) and links (bool (P)) of a table that are shown, in these colours."""

    drawing: Drawing
    table: Table
    nodes: NDArray[np.bool_]
    pipes: NDArray[np.bool_]
    node_colours: NDArray[np.uint8]
    pipe_colours: NDArray[np.uint8]
    theme: Theme

    def limits(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the steps of scale at which each tile begins to show a glyph, and after which none of them changes."""
        tables = self.table
        first, last = steps(tables.node_starts, tables.node_kind, KINDS)
        link_first, link_last = steps(tables.pipe_starts, tables.pipe_kind, KINDS)
        return np.minimum(first, link_first), np.maximum(last, link_last)

    def of_tile(self, tile: int) -> Stands:
        """Return the glyphs of one tile."""
        drawing, network, tables = self.drawing, self.drawing.network, self.table
        part = slice(tables.node_starts[tile], tables.node_starts[tile + 1])
        kept = self.nodes[tables.nodes[part]]
        n, node_kind = tables.nodes[part][kept], tables.node_kind[part][kept]
        part = slice(tables.pipe_starts[tile], tables.pipe_starts[tile + 1])
        kept = self.pipes[tables.pipes[part]]
        p, pipe_kind = tables.pipes[part][kept], tables.pipe_kind[part][kept]
        bar = drawing.middle[p]
        run = drawing.end[bar] - drawing.start[bar]
        places, depth = drawing.node_top[n].copy(), drawing.node_depth[n].copy()
        on_axis = ON_AXIS[node_kind]
        places[on_axis, 2] = drawing.node_axis[n][on_axis]
        depth[on_axis] = 0.0
        riser = among(network.node_kind, n, NodeKind.HYDRANT)
        depth[riser] = (drawing.node_top[n, 2] - drawing.node_axis[n])[riser]
        body, state = self._node_colours(n, riser)
        link_state = self.pipe_colours[p].copy()
        link_state[among(network.pipe_state, p, "closed")] = rgb(CLOSED)
        return Stands(
            kinds=KINDS,
            kind=np.concatenate([node_kind, pipe_kind]),
            places=np.concatenate([places, (drawing.start[bar] + drawing.end[bar]) / 2.0]),
            depth=np.concatenate([depth, np.zeros(len(p))]),
            turn=np.concatenate([drawing.node_turn[n], np.arctan2(run[:, 1], run[:, 0])]),
            half=np.concatenate([drawing.node_half[n], drawing.half_height[bar]]),
            colours=np.concatenate([body, self.pipe_colours[p]]),
            states=np.concatenate([state, link_state]),
        )

    def _node_colours(self, n: NDArray[np.int64], riser: NDArray[np.bool_]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Colours of bodies and of states."""
        network = self.drawing.network
        body = self.node_colours[n].copy()
        shaft = among(network.node_kind, n, *_SHAFTS)
        body[shaft] = (body[shaft] * 0.62 + np.array(rgb(self.theme.concrete)) * 0.38).astype(np.uint8)
        state = body.copy()
        state[among(network.node_state, n, "closed")] = rgb(CLOSED)
        state[riser] = rgb(HYDRANT)
        return body, state


def among(coded: Coded, rows: NDArray[np.int64], *words: str) -> NDArray[np.bool_]:
    """Which of some rows have one of these values."""
    wanted = np.array([*(value in words for value in coded.values), False])
    found: NDArray[np.bool_] = wanted[coded.codes[rows]]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Arrows:
    """One arrow a pipe whose direction is known, at its middle: rows of pipes and their bars, sorted by tile."""

    drawing: Drawing
    pipes: NDArray[np.int64]
    starts: NDArray[np.int64]
    colours: NDArray[np.uint8]

    def limits(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the steps of scale at which each tile begins to show an arrow, and after which none of them changes."""
        return steps(self.starts, np.zeros(len(self.pipes), dtype=np.int64), [FLOW_ARROW])

    def of_tile(self, tile: int) -> Stands:
        """Return the arrows of one tile."""
        drawing, p = self.drawing, self.pipes[self.starts[tile] : self.starts[tile + 1]]
        bar = drawing.middle[p]
        run = drawing.end[bar] - drawing.start[bar]
        against = drawing.network.flow.direction[p] < 0
        return Stands(
            kinds=[FLOW_ARROW],
            kind=np.zeros(len(p), dtype=np.int64),
            places=(drawing.start[bar].astype(np.float64) + drawing.end[bar]) / 2.0,
            depth=np.zeros(len(p)),
            turn=np.arctan2(run[:, 1], run[:, 0]) + np.where(against, np.pi, 0.0),
            half=drawing.half_height[bar].astype(np.float64) * 2.0,
            colours=self.colours[p],
            states=self.colours[p],
        )


def flow_arrows(drawing: Drawing, pipes: NDArray[np.bool_], colours: NDArray[np.uint8]) -> Arrows:
    """Return the arrows of those pipes (bool (P)) in these colours (by pipe)."""
    p = np.flatnonzero(pipes & (drawing.network.flow.direction != 0) & (drawing.middle >= 0))
    run = drawing.end[drawing.middle[p]] - drawing.start[drawing.middle[p]]
    p = p[np.abs(run[:, 2]) < np.hypot(run[:, 0], run[:, 1])]
    p = p[np.argsort(drawing.middle[p])]
    return Arrows(drawing, p, np.searchsorted(drawing.middle[p], drawing.tiles.bars), colours)


def _node_kinds(network: Network, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the glyph of each of some nodes, −1 for none."""
    found = _numbers(network.node_kind.values, list(NODE_GLYPHS), 0)[network.node_kind.codes[rows]]
    valve = list(NODE_GLYPHS).index(NodeKind.ISOLATION_VALVE)
    found[(found == valve) & among(network.node_state, rows, "closed")] = len(KINDS) - 1
    dry = [code for code in network.node_category.values if (known := catalog.category(code)) and known.carries != "water"]
    found[among(network.node_kind, rows, NodeKind.SOURCE) & among(network.node_category, rows, *dry)] = len(KINDS) - 2
    return found


def _pipe_kinds(network: Network, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the glyph of each of some links, −1 for none."""
    found = _numbers(network.pipe_kind.values, list(PIPE_GLYPHS), len(NODE_GLYPHS))[network.pipe_kind.codes[rows]]
    valve = len(NODE_GLYPHS) + list(PIPE_GLYPHS).index("valve")
    found[(found == valve) & among(network.pipe_state, rows, "closed")] = len(KINDS) - 1
    return found


def _numbers(values: tuple[str, ...], known: list[str], first: int) -> NDArray[np.int64]:
    found = [known.index(value) + first if value in known else -1 for value in values]
    return np.array([*found, -1], dtype=np.int64)
