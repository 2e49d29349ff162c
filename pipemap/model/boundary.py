"""Where the network goes on although the survey ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import category
from pipemap.catalog.kinds import NodeKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

PRESSURISED = ("water", "gas", "heating", "industrial")
"""What is carried under pressure, in the catalog's words."""

EDGE_WIDTH = 25.0
"""Metres: an open end this near to the outline of the survey counts as cut by it. Our own figure."""


def cut_mains(network: Network) -> NDArray[np.int64]:
    """Return the nodes at which a pressure main seems to be cut by the survey's edge.

    Such a node ends one pipe under pressure, is nothing in particular by itself (a cap, a hydrant or a house would say
    why the pipe ends), and lies within ``EDGE_WIDTH`` of the outline (convex hull) of all nodes.
    """
    from shapely import MultiPoint, distance, points

    ends = (
        (network.adjacency.degree == 1)
        & network.in_use_nodes
        & (network.node_kind.is_in(NodeKind.POINT) | (network.node_kind.codes < 0))
    )
    rows = np.flatnonzero(ends)
    pipe = network.edge[network.indptr[rows]]
    rows = rows[_under_pressure(network)[pipe] & network.in_use_pipes[pipe]]
    places = network.node_xyz[:, :2]
    placed = places[np.isfinite(places).all(axis=1)]
    rows = rows[np.isfinite(places[rows]).all(axis=1)]
    if not len(rows) or len(np.unique(placed, axis=0)) < 3:  # noqa: PLR2004 -- no outline without three corners
        return np.empty(0, dtype=np.int64)
    outline = MultiPoint(placed).convex_hull.boundary
    return rows[distance(points(places[rows]), outline) <= EDGE_WIDTH]


def _under_pressure(network: Network) -> NDArray[np.bool_]:
    """Pipes that carry something under pressure; cables and sewers end without feeding anybody."""
    fed = [
        code for code in network.pipe_category.values if (known := category(code)) is not None and known.carries in PRESSURISED
    ]
    return network.pipe_category.is_in(*fed) & ~network.gravity_pipes
