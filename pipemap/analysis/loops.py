"""Independent loops: a cycle basis from a breadth-first tree, each loop by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.flood import Flood
    from pipemap.model.network import Network


def independent_loops(network: Network, found: Flood) -> tuple[NDArray[np.int64], ...]:
    """Return one loop for every pipe of the flood that its tree does not need.

    Each is the pipe rows in order around it; a self-loop is a loop of one pipe, two parallel pipes a loop of two.
    Their number is pipes − nodes + parts, whatever tree is taken.
    """
    parent_pipe, parent, depth = _tree(network, found)
    tree = set(parent_pipe.values())
    return tuple(_around(network, row, parent_pipe, parent, depth) for row in sorted(found.pipe_rows.tolist()) if row not in tree)


def _tree(network: Network, found: Flood) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
    """For each node but the roots: the pipe to its parent, the parent; and the depth of every node."""
    adjacency = network.adjacency
    walked = set(found.pipe_rows.tolist())
    parent_pipe: dict[int, int] = {}
    parent: dict[int, int] = {}
    depth: dict[int, int] = {}
    for root in found.node_rows.tolist():
        if root in depth:
            continue
        depth[root] = 0
        queue = [root]
        for node in queue:
            row = slice(adjacency.indptr[node], adjacency.indptr[node + 1])
            for other, pipe in zip(adjacency.neighbour[row].tolist(), adjacency.edge[row].tolist(), strict=True):
                if other not in depth and pipe in walked:
                    depth[other], parent[other], parent_pipe[other] = depth[node] + 1, node, pipe
                    queue.append(other)
    return parent_pipe, parent, depth


def _around(
    network: Network, closing: int, parent_pipe: dict[int, int], parent: dict[int, int], depth: dict[int, int]
) -> NDArray[np.int64]:
    """From one end of the closing pipe up to the common ancestor and down to its other end."""
    left, right = network.pipe_ends[closing].tolist()
    up: list[int] = []
    down: list[int] = []
    while left != right:
        if depth[left] >= depth[right]:
            up.append(parent_pipe[left])
            left = parent[left]
        else:
            down.append(parent_pipe[right])
            right = parent[right]
    return np.array([*up, *down[::-1], closing], dtype=np.int64)
