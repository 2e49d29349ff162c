"""Spreading through a network: breadth first, or along the shortest way, in time linear in its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from pipemap.model.lookup import Element
    from pipemap.model.network import Network


@dataclass(frozen=True, slots=True, eq=False)
class Passable:
    """What a flood may pass.

    Attributes
    ----------
    node
        bool (N): it goes on from there; a node that it may not pass is reached all the same.
    pipe
        bool (P): it goes through.
    direction
        int8 (P): +1 only from first to second node, −1 only the other way, 0 both ways.
    """

    node: NDArray[np.bool_]
    pipe: NDArray[np.bool_]
    direction: NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Flood:
    """Where a flood came to.

    Attributes
    ----------
    node_rows, pipe_rows
        int64, nearest first.
    touched_pipe_rows
        int64: pipes that leave a node it passed, and that it did not enter.
    reached_end
        Whether a shortest path arrived; true for a flood.
    """

    node_rows: NDArray[np.int64]
    pipe_rows: NDArray[np.int64]
    touched_pipe_rows: NDArray[np.int64]
    reached_end: bool = True


def flood(network: Network, passable: Passable, starts: Sequence[Element]) -> Flood:
    """Go from the starts wherever it may, breadth first."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    entries, start_nodes = _entries(network, passable, starts)
    adjacency, count = network.adjacency, network.node_count
    # One more node leads to every start, so that several starts are one flood.
    kept = np.flatnonzero(entries)
    starting = np.searchsorted(kept, adjacency.indptr)
    indptr = np.concatenate([starting, [len(kept) + len(start_nodes)]])
    indices = np.concatenate([adjacency.neighbour[kept], start_nodes.astype(np.int32)])
    matrix = csr_array((np.ones(len(indices)), indices, indptr), shape=(count + 1, count + 1))
    order = breadth_first_order(matrix, count, return_predecessors=False)[1:].astype(np.int64)

    walked = kept[_rows_in_turn(starting, order)]
    pipes = _with_start_pipes(_first_seen(adjacency.edge[walked], network.pipe_count), starts)
    return Flood(order, pipes, _touched(network, passable, order, start_nodes, pipes))


def shortest_path(network: Network, passable: Passable, starts: Sequence[Element], end: Element) -> Flood:
    """Find the shortest way in metres from any start to the end; among equals, the one with the lowest rows."""
    from scipy.sparse.csgraph import dijkstra

    entries, start_nodes = _entries(network, passable, starts)
    matrix, pipe_of = _weighted(network, entries)
    distance, before, _nearest = dijkstra(matrix, indices=np.unique(start_nodes), min_only=True, return_predecessors=True)
    goals = network.pipe_ends[end.row] if end.layer == "pipe" else np.array([end.row])
    goal = int(goals[np.argmin(distance[goals])])
    if not np.isfinite(distance[goal]):
        nothing = np.empty(0, dtype=np.int64)
        return Flood(np.unique(start_nodes).astype(np.int64), _with_start_pipes(nothing, starts), nothing, reached_end=False)
    way = [goal]
    while before[way[-1]] >= 0:
        way.append(int(before[way[-1]]))
    nodes = np.array(way[::-1], dtype=np.int64)
    pipes = np.array([pipe_of[pair] for pair in zip(way[:0:-1], way[-2::-1], strict=True)], dtype=np.int64)
    pipes = _with_start_pipes(pipes, starts)
    if end.layer == "pipe" and end.row not in pipes:
        pipes = np.append(pipes, end.row)
    return Flood(nodes, pipes, np.empty(0, dtype=np.int64))


class _PipeBetween:
    """The pipe that a shortest path takes between two neighbours: the shortest, then the lowest row."""

    def __init__(self, network: Network, entries: NDArray[np.bool_]) -> None:
        self._network, self._entries = network, entries

    def __getitem__(self, pair: tuple[int, int]) -> int:
        adjacency = self._network.adjacency
        row = np.arange(adjacency.indptr[pair[0]], adjacency.indptr[pair[0] + 1])
        row = row[self._entries[row] & (adjacency.neighbour[row] == pair[1])]
        pipes = adjacency.edge[row]
        return int(pipes[np.lexsort((pipes, self._network.weight[pipes]))[0]])


def _weighted(network: Network, entries: NDArray[np.bool_]) -> tuple[csr_array, _PipeBetween]:
    from scipy.sparse import csr_array

    adjacency, count = network.adjacency, network.node_count
    kept = np.flatnonzero(entries)
    tail, head, metres = adjacency.tail[kept], adjacency.neighbour[kept], network.weight[adjacency.edge[kept]]
    order = np.lexsort((metres, head, tail))
    first = np.ones(len(order), dtype=np.bool_)  # of parallel pipes the shortest: a matrix holds one number a pair
    first[1:] = (tail[order][1:] != tail[order][:-1]) | (head[order][1:] != head[order][:-1])
    order = order[first]
    indptr = np.searchsorted(tail[order], np.arange(count + 1))
    # A sparse matrix takes 0 for "no way": a pipe of no length costs next to nothing instead.
    cost = np.maximum(metres[order], 1e-9)
    return csr_array((cost, head[order], indptr), shape=(count, count)), _PipeBetween(network, entries)


def _entries(network: Network, passable: Passable, starts: Sequence[Element]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which entries of the adjacency may be walked, and the nodes to begin at."""
    adjacency = network.adjacency
    node, pipe = passable.node, passable.pipe.copy()
    start_nodes: list[int] = []
    for element in starts:
        if element.layer == "node":
            start_nodes.append(element.row)
            continue
        first, second = network.pipe_ends[element.row].tolist()
        sign = int(passable.direction[element.row])
        start_nodes += [second] if sign > 0 else [first] if sign < 0 else [first, second]
    begun = [element.row for element in starts if element.layer == "node"]
    if not node[begun].all():  # a start that is itself closed answers for both of its sides
        node = node.copy()
        node[begun] = True
    first, second = network.pipe_ends.T
    direction = np.where(first == second, 0, passable.direction)  # what returns to its node lies on both sides of it
    leaving = np.where(adjacency.end == 0, direction[adjacency.edge], -direction[adjacency.edge])
    allowed = pipe[adjacency.edge] & (leaving >= 0) & np.repeat(node, adjacency.degree)
    return allowed, np.array(list(dict.fromkeys(start_nodes)), dtype=np.int64)


def _rows_in_turn(indptr: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of the compressed rows of ``order``, one row after the other."""
    counts = np.diff(indptr)[order]
    before = np.cumsum(counts) - counts
    places: NDArray[np.int64] = np.repeat(indptr[order] - before, counts) + np.arange(counts.sum())
    return places


def _first_seen(pipes: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Each pipe once, in the order of its first appearance."""
    place = np.arange(len(pipes))
    first = np.empty(count, dtype=np.int64)
    first[pipes[::-1]] = place[::-1]  # of several writes to one place, the last one stays: the first appearance
    seen: NDArray[np.int64] = pipes[first[pipes] == place].astype(np.int64)
    return seen


def _with_start_pipes(pipes: NDArray[np.int64], starts: Sequence[Element]) -> NDArray[np.int64]:
    own = [element.row for element in starts if element.layer == "pipe"]
    return np.concatenate([np.array(own, dtype=np.int64), pipes[~np.isin(pipes, own)]]) if own else pipes


def _touched(
    network: Network, passable: Passable, order: NDArray[np.int64], start_nodes: NDArray[np.int64], pipes: NDArray[np.int64]
) -> NDArray[np.int64]:
    adjacency = network.adjacency
    went_on = np.zeros(network.node_count, dtype=np.bool_)
    went_on[order] = passable.node[order]
    went_on[start_nodes] = True
    beside = np.zeros(network.pipe_count, dtype=np.bool_)
    beside[adjacency.edge[np.repeat(went_on, adjacency.degree)]] = True
    beside[pipes] = False
    return np.flatnonzero(beside)
