"""How far things lie from where a trace starts, and by which way it came to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.flood import LEAST_PRICE, Flood, Passable, nodes_to_begin_at, with_start_pipes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.trace import Trace
    from pipemap.model.lookup import Element
    from pipemap.model.network import Network

_SLACK = 1e3 * LEAST_PRICE
"""What a thousand pipes of no price may cost too much."""


_AT_HAND = 20_000
"""Nodes up to which a search that steps from node to node is quicker than one that lays out the whole network."""


def flood_within(
    network: Network,
    passable: Passable,
    starts: Sequence[Element],
    price: NDArray[np.float64],
    limit: float,
    *,
    begun: Mapping[int, float] | None = None,
) -> tuple[Flood, NDArray[np.float64]]:
    """Go from the starts as far as the prices of the pipes add up to ``limit``; return what was reached, and the sum a node.

    A pipe is entered when its nearer end lies within the limit, even where its far end does not: it is in the answer as a whole.
    The work is that of what is reached, not of the network.

    Parameters
    ----------
    price
        float64 (P), from 0 on; NaN: not known, and not walked.
    begun
        What the way to a node at which it begins costs already, by row; 0 for others.
    """
    passable = passable.opened_at([element.row for element in starts if element.layer == "node"])
    first = nodes_to_begin_at(network, passable, starts)
    begin = {int(row): (begun or {}).get(int(row), 0.0) for row in first}
    step = _Steps(network, passable, price)
    spent = step.spent(begin, limit)
    if spent is None:
        spent = _spent_everywhere(network, step, begin, limit)
    rows = np.fromiter(spent, dtype=np.int64, count=len(spent))
    sums = np.fromiter(spent.values(), dtype=np.float64, count=len(spent))
    order = np.lexsort((rows, sums))
    rows, sums = rows[order], sums[order]
    within = rows[sums < limit]
    tail, _head, pipe = step.from_(within)
    place = np.repeat(sums[sums < limit], _counted(within, tail))
    entered = pipe[np.lexsort((pipe, place))]
    pipes = with_start_pipes(np.array(list(dict.fromkeys(entered.tolist())), dtype=np.int64), starts)
    return Flood(rows, pipes, step.beside(np.union1d(within, first), pipes)), sums


def _counted(nodes: NDArray[np.int64], tail: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many entries each of ``nodes`` has in ``tail``, which holds them in turn."""
    place = {row: number for number, row in enumerate(nodes.tolist())}
    return np.bincount([place[row] for row in tail.tolist()], minlength=len(nodes)).astype(np.int64)


class _Steps:
    """From nodes to their neighbours through what may be passed, read from the adjacency where it is needed."""

    def __init__(self, network: Network, passable: Passable, price: NDArray[np.float64]) -> None:
        self._network, self._passable, self.price = network, passable, price

    def around(self, nodes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Node, neighbour and pipe of every entry at these nodes, in turn."""
        adjacency = self._network.adjacency
        first = adjacency.indptr[nodes]
        counts = adjacency.indptr[nodes + 1] - first
        entry = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(int(counts.sum()))
        return np.repeat(nodes, counts), adjacency.neighbour[entry].astype(np.int64), adjacency.edge[entry].astype(np.int64)

    def from_(self, nodes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The same, of what may be walked."""
        tail, head, pipe = self.around(nodes)
        passable, ends = self._passable, self._network.pipe_ends[pipe]
        ahead = np.where(ends[:, 0] == tail, passable.direction[pipe], -passable.direction[pipe])
        open_ = passable.node[tail] & passable.pipe[pipe] & np.isfinite(self.price[pipe])
        open_ &= (ahead >= 0) | (ends[:, 0] == ends[:, 1])
        return tail[open_], head[open_], pipe[open_]

    def spent(self, begin: Mapping[int, float], limit: float) -> dict[int, float] | None:
        """Cost of the cheapest way to each node within the limit; None once more nodes are reached than are at hand."""
        import heapq

        done: dict[int, float] = {}
        queue = [(max(cost, LEAST_PRICE), row) for row, cost in begin.items() if cost <= limit + _SLACK]
        heapq.heapify(queue)
        while queue:
            cost, node = heapq.heappop(queue)
            if node in done:
                continue
            done[node] = cost
            if len(done) > _AT_HAND:
                return None
            for other, price in self._next(node):
                if other not in done and cost + price <= limit + _SLACK:
                    heapq.heappush(queue, (cost + price, other))
        return done

    def _next(self, node: int) -> list[tuple[int, float]]:
        network, passable = self._network, self._passable
        if not passable.node[node]:
            return []
        start, end = network.indptr[node], network.indptr[node + 1]
        found = []
        for other, pipe in zip(network.neighbour[start:end].tolist(), network.edge[start:end].tolist(), strict=True):
            ahead = int(passable.direction[pipe])
            if ahead and network.pipe_ends[pipe, 0] != node:
                ahead = -ahead
            price = float(self.price[pipe])
            if passable.pipe[pipe] and ahead >= 0 and price == price:  # noqa: PLR0124 -- NaN is not itself
                found.append((other, max(price, LEAST_PRICE)))  # as in the matrix, so that both put things in one order
        return found

    def beside(self, passed: NDArray[np.int64], pipes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Pipes at nodes that were passed which may not be entered from there, and were not from elsewhere."""
        passed = passed[self._passable.node[passed]]
        return np.setdiff1d(self.around(passed)[2], pipes)


def _spent_everywhere(network: Network, step: _Steps, begin: Mapping[int, float], limit: float) -> dict[int, float]:
    """The same for what is far-flung: by a matrix of the whole network, with one more node that leads to every start."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    count = network.node_count
    tail, head, pipe = step.from_(np.arange(count))
    order = np.lexsort((step.price[pipe], head, tail))  # of parallel pipes the cheapest: a matrix holds one number a pair
    tail, head, pipe = tail[order], head[order], pipe[order]
    first = np.append(True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1]))[: len(tail)]
    starts = np.fromiter(begin, dtype=np.int64, count=len(begin))
    tail, head = np.append(tail[first], np.full(len(starts), count)), np.append(head[first], starts)
    cost = np.append(step.price[pipe[first]], list(begin.values()))
    matrix = csr_array((np.maximum(cost, LEAST_PRICE), (tail, head)), shape=(count + 1, count + 1))
    spent = dijkstra(matrix, indices=np.array([count]), limit=limit + _SLACK)[0, :count]
    reached = np.flatnonzero(np.isfinite(spent))
    return dict(zip(reached.tolist(), spent[reached].tolist(), strict=True))


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
