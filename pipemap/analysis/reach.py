"""How far things lie from where a trace starts, and by which way it came to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.flood import LEAST_PRICE, Flood, Passable, nodes_to_begin_at, price_matrix, touched, with_start_pipes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.trace import Trace
    from pipemap.model.lookup import Element
    from pipemap.model.network import Network

_SLACK = 1e3 * LEAST_PRICE
"""What a thousand pipes of no price may cost too much."""


def flood_within(
    network: Network, passable: Passable, starts: Sequence[Element], price: NDArray[np.float64], limit: float
) -> tuple[Flood, NDArray[np.float64]]:
    """Go from the starts as far as the prices of the pipes add up to ``limit``; return what was reached, and the sum a node.

    A pipe is entered when its nearer end lies within the limit, even where its far end does not: it is in the answer as a whole.

    Parameters
    ----------
    price
        float64 (P), from 0 on; NaN: not known, and not walked.
    """
    passable = Passable(passable.node, passable.pipe & np.isfinite(price), passable.direction)
    passable = passable.opened_at([element.row for element in starts if element.layer == "node"])
    first = nodes_to_begin_at(network, passable, starts)
    spent = _spent(network, passable, first, price, limit)
    reached = np.flatnonzero(np.isfinite(spent))
    nodes = reached[np.lexsort((reached, spent[reached]))]
    ways = passable.ways(network)
    tail = np.repeat(np.arange(network.node_count, dtype=np.int32), np.diff(ways.starting))
    entered = np.isfinite(spent[tail]) & (spent[tail] < limit)
    order = np.lexsort((ways.pipe[entered], spent[tail[entered]]))
    pipes = np.array(list(dict.fromkeys(ways.pipe[entered][order].tolist())), dtype=np.int64)
    found = with_start_pipes(pipes, starts)
    return Flood(nodes, found, touched(network, passable, nodes.astype(np.int32), first, found)), spent[nodes]


def _spent(
    network: Network, passable: Passable, first: NDArray[np.int64], price: NDArray[np.float64], limit: float
) -> NDArray[np.float64]:
    from scipy.sparse.csgraph import dijkstra

    matrix = price_matrix(passable.ways(network), price)
    spent: NDArray[np.float64] = dijkstra(matrix, indices=np.unique(first), min_only=True, limit=limit + _SLACK)
    return spent


def way_to(trace: Trace, element: Element) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return nodes and pipes by which a trace came to an element: the way with the fewest pipes, from a start on.

    A pipe is reached over the nearer of its ends and is the last of the way. Both are empty when the trace did not reach it.
    """
    nothing = np.empty(0, dtype=np.int64)
    network = trace.network
    passable = trace.passable.opened_at([start.row for start in trace.starts if start.layer == "node"])
    first = nodes_to_begin_at(network, passable, trace.starts)
    if element.layer == "pipe" and element in trace.starts:
        return nothing, np.array([element.row], dtype=np.int64)
    before, came, depth = _tree(network, passable, first)
    goals = [element.row] if element.layer == "node" else network.pipe_ends[element.row].tolist()
    goals = [
        goal for goal in goals if depth[goal] >= 0 and (element.layer == "node" or _enters(network, passable, goal, element.row))
    ]
    if not goals:
        return nothing, nothing
    nodes, pipes = [min(goals, key=lambda row: (depth[row], row))], [element.row] if element.layer == "pipe" else []
    while before[nodes[-1]] >= 0:
        pipes.append(int(came[nodes[-1]]))
        nodes.append(int(before[nodes[-1]]))
    return np.array(nodes[::-1], dtype=np.int64), np.array(pipes[::-1], dtype=np.int64)


def _enters(network: Network, passable: Passable, node: int, pipe: int) -> bool:
    ways = passable.ways(network)
    return bool((ways.pipe[ways.starting[node] : ways.starting[node + 1]] == pipe).any())


def _tree(
    network: Network, passable: Passable, first: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """For each node the one before it, the pipe between (−1 at a start), and how many pipes it lies away (−1: not reached)."""
    ways = passable.ways(network)
    before, came = (np.full(network.node_count, -1, dtype=np.int64) for _ in range(2))
    depth = np.full(network.node_count, -1, dtype=np.int64)
    depth[first] = 0
    front = np.unique(first)
    while len(front):
        counts = np.diff(ways.starting)[front]
        tail = np.repeat(front, counts)
        entry = np.repeat(ways.starting[front] - np.cumsum(counts) + counts, counts) + np.arange(len(tail))
        head, pipe = ways.head[entry], ways.pipe[entry]
        fresh = depth[head] < 0
        head, at = np.unique(head[fresh], return_index=True)
        before[head], came[head] = tail[fresh][at], pipe[fresh][at]
        depth[head] = depth[tail[fresh][at]] + 1
        front = head.astype(np.int64)
    return before, came, depth
