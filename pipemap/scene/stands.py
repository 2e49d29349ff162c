"""Which glyph stands where: devices and structures of a network, and the arrows of its flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap import catalog
from pipemap.catalog.kinds import NodeKind
from pipemap.scene.colours import rgb
from pipemap.scene.glyphs import CLOSED_VALVE, FLOW_ARROW, NODE_GLYPHS, PIPE_GLYPHS, PLANT, Kind
from pipemap.scene.layers import Stands

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.scene.colours import Theme
    from pipemap.scene.drawing import Drawing

KINDS: list[Kind] = [*NODE_GLYPHS.values(), *PIPE_GLYPHS.values(), PLANT, CLOSED_VALVE]
"""Every glyph that a stand may name by its number."""

CLOSED = "#D1495B"
HYDRANT = "#D43F2F"
_SHAFTS = (NodeKind.MANHOLE, NodeKind.CHAMBER, NodeKind.GULLY, NodeKind.STORAGE)


def palette(theme: Theme) -> NDArray[np.uint8]:
    """Return the colours of the parts that every copy shares; body and state come with each copy."""
    return np.array([(0, 0, 0), rgb(theme.metal), rgb(theme.concrete), (0, 0, 0), (255, 255, 255)], dtype=np.uint8)


def devices(
    drawing: Drawing,
    nodes: NDArray[np.bool_],
    pipes: NDArray[np.bool_],
    *,
    node_colours: NDArray[np.uint8],
    pipe_colours: NDArray[np.uint8],
    theme: Theme,
) -> Stands:
    """Return the glyphs of shown nodes, and of shown links that a model draws for devices (pumps, valves)."""
    network = drawing.network
    node_kind, pipe_kind = _kinds(network)
    order = drawing.node_order
    n = order[nodes[order] & (node_kind[order] >= 0)]
    tile_of_node = np.searchsorted(drawing.tiles.nodes, np.flatnonzero(nodes[order] & (node_kind[order] >= 0)), side="right") - 1
    middle = middle_bars(drawing)
    p = np.flatnonzero(pipes & (pipe_kind >= 0) & (middle >= 0))
    bar = middle[p]
    tile_of_pipe = np.searchsorted(drawing.tiles.bars, bar, side="right") - 1
    run = drawing.end[bar] - drawing.start[bar]

    places = drawing.node_top[n].copy()
    depth = drawing.node_depth[n].copy()
    on_axis = np.array([kind.on_axis for kind in KINDS])[node_kind[n]]
    places[on_axis, 2] = drawing.node_axis[n][on_axis]
    depth[on_axis] = 0.0
    riser = network.node_kind.is_in(NodeKind.HYDRANT)[n]
    depth[riser] = (drawing.node_top[n, 2] - drawing.node_axis[n])[riser]
    body = node_colours[n].copy()
    shaft = network.node_kind.is_in(*_SHAFTS)[n]
    body[shaft] = (body[shaft] * 0.62 + np.array(rgb(theme.concrete)) * 0.38).astype(np.uint8)
    state = body.copy()
    state[network.node_state.is_in("closed")[n]] = rgb(CLOSED)
    state[riser] = rgb(HYDRANT)
    link_state = pipe_colours[p].copy()
    link_state[network.pipe_state.is_in("closed")[p]] = rgb(CLOSED)

    tile = np.concatenate([tile_of_node, tile_of_pipe])
    sort = np.argsort(tile, kind="stable")
    return Stands(
        starts=np.searchsorted(tile[sort], np.arange(len(drawing.tiles) + 1)),
        kinds=KINDS,
        kind=np.concatenate([node_kind[n], pipe_kind[p]])[sort],
        places=np.concatenate([places, (drawing.start[bar] + drawing.end[bar]) / 2.0])[sort],
        depth=np.concatenate([depth, np.zeros(len(p))])[sort],
        turn=np.concatenate([drawing.node_turn[n], np.arctan2(run[:, 1], run[:, 0])])[sort],
        half=np.concatenate([drawing.node_half[n], drawing.half_height[bar]])[sort],
        colours=np.concatenate([body, pipe_colours[p]])[sort],
        states=np.concatenate([state, link_state])[sort],
    )


def drawn_glyphs(drawing: Drawing, nodes: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the nodes that :func:`devices` draws, in the order of its glyphs."""
    order = drawing.node_order
    drawn: NDArray[np.int64] = order[nodes[order] & (_kinds(drawing.network)[0][order] >= 0)]
    return drawn


def flow_arrows(drawing: Drawing, pipes: NDArray[np.bool_], colours: NDArray[np.uint8]) -> Stands:
    """Return one arrow a pipe whose direction is known, at its middle."""
    direction = drawing.network.flow.direction
    middle = middle_bars(drawing)
    p = np.flatnonzero(pipes & (direction != 0) & (middle >= 0))
    bar = middle[p]
    run = drawing.end[bar] - drawing.start[bar]
    level = np.abs(run[:, 2]) < np.linalg.norm(run[:, :2], axis=1)
    p, bar, run = p[level], bar[level], run[level]
    sort = np.argsort(bar, kind="stable")
    p, bar, run = p[sort], bar[sort], run[sort]
    tile = np.searchsorted(drawing.tiles.bars, bar, side="right") - 1
    count = len(p)
    return Stands(
        starts=np.searchsorted(tile, np.arange(len(drawing.tiles) + 1)),
        kinds=[FLOW_ARROW],
        kind=np.zeros(count, dtype=np.int64),
        places=(drawing.start[bar] + drawing.end[bar]) / 2.0,
        depth=np.zeros(count),
        turn=np.arctan2(run[:, 1], run[:, 0]) + np.where(direction[p] < 0, np.pi, 0.0),
        half=drawing.half_height[bar] * 2.0,
        colours=colours[p],
        states=colours[p],
    )


def middle_bars(drawing: Drawing) -> NDArray[np.int64]:
    """Return the bar in the middle of each pipe, −1 where a pipe is not drawn."""
    length = np.linalg.norm(drawing.end - drawing.start, axis=1)
    middle = np.full(drawing.network.pipe_count, -1, dtype=np.int64)
    order = np.argsort(length, kind="stable")
    middle[drawing.bar_pipe[order]] = order
    return middle


def _kinds(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number of the glyph of each node and of each link, −1 for none."""
    node_table = _numbers(network.node_kind.values, list(NODE_GLYPHS), 0)
    pipe_table = _numbers(network.pipe_kind.values, list(PIPE_GLYPHS), len(NODE_GLYPHS))
    node_kind = node_table[network.node_kind.codes]
    valve_node = list(NODE_GLYPHS).index(NodeKind.ISOLATION_VALVE)
    node_kind[(node_kind == valve_node) & network.node_state.is_in("closed")] = len(KINDS) - 1
    dry = [code for code in network.node_category.values if (known := catalog.category(code)) and known.carries != "water"]
    node_kind[network.node_kind.is_in(NodeKind.SOURCE) & network.node_category.is_in(*dry)] = len(KINDS) - 2
    pipe_kind = pipe_table[network.pipe_kind.codes]
    valve_link = len(NODE_GLYPHS) + list(PIPE_GLYPHS).index("valve")
    pipe_kind[(pipe_kind == valve_link) & network.pipe_state.is_in("closed")] = len(KINDS) - 1
    return node_kind, pipe_kind


def _numbers(values: tuple[str, ...], known: list[str], first: int) -> NDArray[np.int64]:
    found = [known.index(value) + first if value in known else -1 for value in values]
    return np.array([*found, -1], dtype=np.int64)
