"""What lies between two places: every pipe on some way from one to the other that passes no node twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.flood import Flood, flood
from pipemap.model.bridges import find_bridges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.flood import Passable
    from pipemap.model.lookup import Element
    from pipemap.model.network import Network


def pipes_between(network: Network, passable: Passable, start: Element, end: Element) -> Flood:
    """Return what lies on the ways from ``start`` to ``end``, nearest to the start first; ways go in any direction.

    A pipe does so exactly when it shares a block (a part that no single node parts) with one more pipe laid from start to end.
    Dead ends and loops that hang on a single node are not between. Start and end may be pipes: a way begins inside them.
    """
    places = _Places(network, passable, start, end)
    found = flood(network, places.passable, [start])
    nothing = np.empty(0, dtype=np.int64)
    goals = network.pipe_ends[end.row] if end.layer == "pipe" else np.array([end.row])
    if not np.isin(goals, found.node_rows).any():
        own = [element.row for element in (start,) if element.layer == "pipe"]
        return Flood(found.node_rows[:1], np.array(own, dtype=np.int64), nothing, reached_end=False)
    walked = found.pipe_rows[places.inner(found.pipe_rows)]
    between = set(places.on_ways(walked).tolist())
    between |= {element.row for element in (start, end) if element.layer == "pipe"}
    pipes = np.array([row for row in dict.fromkeys([*found.pipe_rows.tolist(), *between]) if row in between], dtype=np.int64)
    ends = np.unique(network.pipe_ends[pipes]) if len(pipes) else np.array([start.row], dtype=np.int64)
    return Flood(found.node_rows[np.isin(found.node_rows, ends)], pipes, nothing)


class _Places:
    """Start and end as nodes: a pipe becomes a node in its middle, numbered after those of the network."""

    def __init__(self, network: Network, passable: Passable, start: Element, end: Element) -> None:
        self._network, self._start, self._end = network, start, end
        self.passable = passable.opened_at([element.row for element in (start, end) if element.layer == "node"])

    def inner(self, pipes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Those that a way can pass: both of their ends let it through, and they are no loop of their own."""
        ends = self._network.pipe_ends[pipes]
        passes = self.passable.node[ends].all(axis=1) & self.passable.pipe[pipes]
        cut = [element.row for element in (self._start, self._end) if element.layer == "pipe"]
        through: NDArray[np.bool_] = passes & (ends[:, 0] != ends[:, 1]) & ~np.isin(pipes, cut)
        return through

    def on_ways(self, pipes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Pipes of these that lie on a way from start to end."""
        ends = self._network.pipe_ends[pipes].astype(np.int64)
        halves, first, last = self._halves()
        if first == last:
            return np.empty(0, dtype=np.int64)
        joined = np.concatenate([ends, np.array([*halves, (first, last)], dtype=np.int64)])
        nodes, inverse = np.unique(joined, return_inverse=True)
        numbered: NDArray[np.int32] = inverse.reshape(-1, 2).astype(np.int32)
        kept = _without_dead_ends(len(nodes), numbered)
        block = _block_of(numbered[kept], tuple(numbered[-1].tolist()))
        low, high = numbered[: len(pipes)].min(axis=1), numbered[: len(pipes)].max(axis=1)
        inside = np.array(
            [kept[row] and (a, b) in block for row, (a, b) in enumerate(zip(low.tolist(), high.tolist(), strict=True))]
        )
        return pipes[inside.astype(np.bool_)]

    def _halves(self) -> tuple[list[tuple[int, int]], int, int]:
        halves: list[tuple[int, int]] = []
        places = []
        for number, element in enumerate((self._start, self._end)):
            if element.layer == "node":
                places.append(element.row)
                continue
            middle = self._network.node_count + number
            halves += [(middle, node) for node in self._network.pipe_ends[element.row].tolist() if self.passable.node[node]]
            places.append(middle)
        if self._start == self._end:
            places[1] = places[0]
        return halves, places[0], places[1]


def _without_dead_ends(nodes: int, ends: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Pipes that lie on some loop with the last one: what a single pipe parts from it lies on no way."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    bridge = find_bridges(nodes, ends, np.ones(len(ends), dtype=np.bool_)).is_bridge
    firm = ends[~bridge]
    matrix = coo_array((np.ones(len(firm), dtype=np.int8), (firm[:, 0], firm[:, 1])), shape=(nodes, nodes))
    part = connected_components(matrix, directed=False)[1]
    kept: NDArray[np.bool_] = ~bridge & (part[ends[:, 0]] == part[ends[-1, 0]])
    kept[-1] = True
    return kept


def _block_of(ends: NDArray[np.int32], wanted: tuple[int, int]) -> set[tuple[int, int]]:
    """Pairs (lower, higher) of neighbours in the block that holds the pair ``wanted``."""
    import networkx as nx

    graph: nx.Graph[int] = nx.Graph()
    graph.add_edges_from(ends.tolist())
    for block in nx.biconnected_component_edges(graph):
        pairs = {(min(pair), max(pair)) for pair in block}
        if (min(wanted), max(wanted)) in pairs:
            return pairs
    return set()
