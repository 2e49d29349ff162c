"""Spreading through a network: breadth first, or along the shortest way, in time linear in its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from pipemap.analysis.spots import Spot
    from pipemap.model.lookup import Element
    from pipemap.model.network import Network


LEAST_PRICE = 1e-9
"""What a pipe of no price costs where a matrix has to hold it."""


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """The entries of an adjacency that may be walked, as a compressed matrix of their own.

    Attributes
    ----------
    starting
        int32 (N + 1): where the entries of each node begin.
    head
        int32: the node that each entry leads to.
    pipe
        int32: the pipe that it goes through.
    shut_tail, shut_pipe
        int32: node and pipe of each entry that may not be walked.
    """

    starting: NDArray[np.int32]
    head: NDArray[np.int32]
    pipe: NDArray[np.int32]
    shut_tail: NDArray[np.int32]
    shut_pipe: NDArray[np.int32]

    @classmethod
    def of(cls, network: Network, passable: Passable) -> Ways:
        """Keep what may be walked."""
        adjacency = network.adjacency
        first, second = network.pipe_ends.T
        direction = np.where(first == second, 0, passable.direction)  # what returns to its node lies on both sides of it
        leaving = np.where(adjacency.end == 0, direction[adjacency.edge], -direction[adjacency.edge])
        allowed = passable.pipe[adjacency.edge] & (leaving >= 0) & np.repeat(passable.node, adjacency.degree)
        entry = np.flatnonzero(allowed).astype(np.int32)
        starting = np.searchsorted(entry, adjacency.indptr).astype(np.int32)
        shut = np.flatnonzero(~allowed)
        return cls(starting, adjacency.neighbour[entry], adjacency.edge[entry], adjacency.tail[shut], adjacency.edge[shut])


class Passable:
    """What a flood may pass; made once and asked many times, it remembers the ways that are open.

    Attributes
    ----------
    node
        bool (N): it goes on from there; a node that it may not pass is reached all the same.
    pipe
        bool (P): it goes through.
    direction
        int8 (P): +1 only from first to second node, −1 only the other way, 0 both ways.
    """

    def __init__(self, node: NDArray[np.bool_], pipe: NDArray[np.bool_], direction: NDArray[np.int8]) -> None:
        self.node, self.pipe, self.direction = node, pipe, direction
        self._ways: Ways | None = None

    def ways(self, network: Network) -> Ways:
        """Return what is open in the network that this was made for."""
        if self._ways is None:
            self._ways = Ways.of(network, self)
        return self._ways

    def opened_at(self, nodes: Sequence[int]) -> Passable:
        """Return the same with nodes that may be passed: a start that is itself closed answers for both of its sides."""
        if self.node[nodes].all():
            return self
        node = self.node.copy()
        node[nodes] = True
        return Passable(node, self.pipe, self.direction)


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
    parts
        Metres of the pipes that only count in part, by row: a shortest path begins or ends on them.
    """

    node_rows: NDArray[np.int64]
    pipe_rows: NDArray[np.int64]
    touched_pipe_rows: NDArray[np.int64]
    reached_end: bool = True
    parts: dict[int, float] = field(default_factory=dict)


def flood(network: Network, passable: Passable, starts: Sequence[Element]) -> Flood:
    """Go from the starts wherever it may, breadth first. The work is that of what is reached, not of the network."""
    passable = passable.opened_at([element.row for element in starts if element.layer == "node"])
    start_nodes = nodes_to_begin_at(network, passable, starts)
    ways = passable.ways(network)
    order = _breadth_first(ways, start_nodes)
    walked = ways.pipe[_rows_in_turn(ways.starting, order)]
    pipes = with_start_pipes(_first_seen(walked, network.pipe_count), starts)
    return Flood(order.astype(np.int64), pipes, touched(network, passable, order, start_nodes, pipes))


def _breadth_first(ways: Ways, starts: NDArray[np.int64]) -> NDArray[np.int32]:
    """Nodes in the order in which they are reached, the starts first."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    indptr, indices, start = ways.starting, ways.head, int(starts[0])
    if len(starts) > 1:  # one more node leads to every start, so that several starts are one flood
        start = len(indptr) - 1
        indptr = np.append(indptr, np.int32(len(indices) + len(starts)))
        indices = np.concatenate([indices, starts.astype(np.int32)])
    ones = np.broadcast_to(1.0, len(indices))  # never looked at
    matrix = csr_array((ones, indices, indptr), shape=(len(indptr) - 1, len(indptr) - 1))
    order: NDArray[np.int32] = breadth_first_order(matrix, start, return_predecessors=False)
    return order if len(starts) == 1 else order[1:]


def shortest_path(network: Network, passable: Passable, starts: Sequence[Spot], end: Spot) -> Flood:
    """Find the shortest way in metres from any start to the end; among equals, the one with the lowest rows.

    A place on a pipe is measured from; a pipe without one is no way at all to either of its ends.
    """
    from scipy.sparse.csgraph import dijkstra

    elements = [spot.element for spot in starts]
    passable = passable.opened_at([element.row for element in elements if element.layer == "node"])
    along = _straight_along(starts, end)
    begin, goals = _offsets(network, passable, starts), _offsets(network, passable, [end], whole=True)
    ways = passable.ways(network)
    matrix, pipe_of = price_matrix(ways, network.weight), _PipeBetween(network, ways)
    first = np.array(sorted(begin), dtype=np.int64)
    distance, before = dijkstra(matrix, indices=first, return_predecessors=True)
    last = np.array(list(goals), dtype=np.int64)
    cost = np.array([begin[row] for row in first.tolist()])[:, None] + distance[:, last] + np.array(list(goals.values()))
    come, arrived = np.unravel_index(int(np.argmin(cost)), cost.shape)
    if along is not None and not along > cost[come, arrived]:
        row = np.array([end.element.row], dtype=np.int64)
        return Flood(np.empty(0, dtype=np.int64), row, np.empty(0, dtype=np.int64), parts={end.element.row: along})
    if not np.isfinite(cost[come, arrived]):
        nothing = np.empty(0, dtype=np.int64)
        return Flood(first, with_start_pipes(nothing, elements), nothing, reached_end=False)
    way = [int(last[arrived])]
    while before[come, way[-1]] >= 0:
        way.append(int(before[come, way[-1]]))
    nodes = np.array(way[::-1], dtype=np.int64)
    pipes = np.array([pipe_of[pair] for pair in zip(way[:0:-1], way[-2::-1], strict=True)], dtype=np.int64)
    return _with_ends(network, nodes, pipes, starts, end)


def _straight_along(starts: Sequence[Spot], end: Spot) -> float | None:
    """Metres between two places on one pipe; None when no start lies on the pipe of the end, or one is no place."""
    mine = [spot.station for spot in starts if spot.element == end.element and spot.element.layer == "pipe"]
    apart = [abs(station - end.station) for station in mine if station is not None and end.station is not None]
    return min(apart) if apart else None


def _offsets(network: Network, passable: Passable, spots: Sequence[Spot], *, whole: bool = False) -> dict[int, float]:
    """Metres from a place to the nodes at which a way from it begins; ``whole``: a pipe can be left at both ends."""
    found: dict[int, float] = {}
    for spot in spots:
        row = spot.element.row
        if spot.element.layer == "node" or spot.station is None:
            at = network.pipe_ends[row].tolist() if whole and spot.element.layer == "pipe" else None
            nodes = at or nodes_to_begin_at(network, passable, [spot.element]).tolist()
            steps = [(int(node), 0.0) for node in nodes]
        else:
            one, other = network.pipe_ends[row].tolist()
            steps = [(one, spot.station), (other, float(network.weight[row]) - spot.station)]
        for node, metres in steps:
            found[node] = min(found.get(node, np.inf), metres)
    return found


def _with_ends(network: Network, nodes: NDArray[np.int64], pipes: NDArray[np.int64], starts: Sequence[Spot], end: Spot) -> Flood:
    """A way from node to node, with the pipes on which it begins and ends, and how much of them it takes."""
    parts: dict[int, float] = {}
    on_pipes = [spot for spot in starts if spot.element.layer == "pipe"]
    kept = [spot for spot in on_pipes if spot.station is None]
    begun = [
        (metres, spot)
        for spot in on_pipes
        if spot.station is not None and (metres := _offsets_to(network, spot, int(nodes[0]))) is not None
    ]
    if begun and not any(spot.element.row == nodes[0] for spot in starts if spot.element.layer == "node"):
        metres, spot = min(begun, key=lambda pair: pair[0])
        kept.append(spot)
        parts[spot.element.row] = metres
    pipes = with_start_pipes(pipes, [spot.element for spot in kept])
    if end.element.layer == "pipe":
        row = end.element.row
        metres = _offsets_to(network, end, int(nodes[-1])) if end.station is not None else None
        if metres is not None:
            parts[row] = parts.get(row, 0.0) + metres
        if row not in pipes:
            pipes = np.append(pipes, row)
    return Flood(nodes, pipes, np.empty(0, dtype=np.int64), parts=parts)


def _offsets_to(network: Network, spot: Spot, node: int) -> float | None:
    """Metres from a place on a pipe to one of its ends; None for another node."""
    one, other = network.pipe_ends[spot.element.row].tolist()
    along, rest = float(spot.station or 0.0), float(network.weight[spot.element.row]) - float(spot.station or 0.0)
    steps = [metres for at, metres in ((one, along), (other, rest)) if at == node]
    return min(steps) if steps else None


class _PipeBetween:
    """The pipe that a shortest path takes between two neighbours: the shortest, then the lowest row."""

    def __init__(self, network: Network, ways: Ways) -> None:
        self._network, self._ways = network, ways

    def __getitem__(self, pair: tuple[int, int]) -> int:
        row = slice(self._ways.starting[pair[0]], self._ways.starting[pair[0] + 1])
        pipes = self._ways.pipe[row][self._ways.head[row] == pair[1]]
        return int(pipes[np.lexsort((pipes, self._network.weight[pipes]))[0]])


def price_matrix(ways: Ways, price: NDArray[np.float64], *, turned: bool = False) -> csr_array:
    """Return the ways that may be walked as a matrix for scipy: at (tail, head) the price of the cheapest pipe between them.

    Parameters
    ----------
    price
        float64 (P), from 0 on; a pipe without a number is not walked.
    turned
        Turn every way round.
    """
    from scipy.sparse import csr_array

    count = len(ways.starting) - 1
    tail = np.repeat(np.arange(count, dtype=np.int32), np.diff(ways.starting))
    head = ways.head
    # A sparse matrix takes 0 for "no way": a pipe of no price costs next to nothing instead.
    cost = np.maximum(price[ways.pipe], LEAST_PRICE)
    if turned:
        tail, head = head, tail
    order = np.lexsort((cost, head, tail))
    order = order[np.isfinite(cost[order])]
    first = np.ones(len(order), dtype=np.bool_)  # of parallel pipes the cheapest: a matrix holds one number a pair
    first[1:] = (tail[order][1:] != tail[order][:-1]) | (head[order][1:] != head[order][:-1])
    order = order[first]
    indptr = np.searchsorted(tail[order], np.arange(count + 1))
    return csr_array((cost[order], head[order], indptr), shape=(count, count))


def nodes_to_begin_at(network: Network, passable: Passable, starts: Sequence[Element]) -> NDArray[np.int64]:
    """The nodes to begin at: a pipe that flows one way begins at its lower end."""
    found: list[int] = []
    for element in starts:
        if element.layer == "node":
            found.append(element.row)
            continue
        first, second = network.pipe_ends[element.row].tolist()
        sign = int(passable.direction[element.row])
        found += [second] if sign > 0 else [first] if sign < 0 else [first, second]
    return np.array(list(dict.fromkeys(found)), dtype=np.int64)


def _rows_in_turn(starting: NDArray[np.integer], order: NDArray[np.integer]) -> NDArray[np.integer]:
    """Positions of the compressed rows of ``order``, one row after the other."""
    first = starting[order]
    counts = starting[order + 1] - first
    ends = np.cumsum(counts, dtype=np.int32)
    places: NDArray[np.integer] = np.repeat(first - (ends - counts), counts)
    places += np.arange(len(places), dtype=np.int32)
    return places


def _first_seen(pipes: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Each pipe once, in the order of its first appearance."""
    place = np.arange(len(pipes), dtype=np.int32)
    first = np.empty(count, dtype=np.int32)
    first[pipes[::-1]] = place[::-1]  # of several writes to one place, the last one stays: the first appearance
    seen: NDArray[np.int64] = pipes[first[pipes] == place].astype(np.int64)
    return seen


def with_start_pipes(pipes: NDArray[np.int64], starts: Sequence[Element]) -> NDArray[np.int64]:
    """Return the pipes with those that are starts before all others."""
    own = [element.row for element in starts if element.layer == "pipe"]
    return np.concatenate([np.array(own, dtype=np.int64), pipes[~np.isin(pipes, own)]]) if own else pipes


def touched(
    network: Network, passable: Passable, order: NDArray[np.int32], start_nodes: NDArray[np.int64], pipes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Pipes at the nodes that were passed which may not be entered from there, and were not from elsewhere."""
    ways, adjacency = passable.ways(network), network.adjacency
    beside = np.zeros(network.pipe_count, dtype=np.bool_)
    went_on = np.concatenate([order[passable.node[order]], start_nodes])
    if len(went_on) < len(ways.shut_pipe):
        beside[adjacency.edge[_rows_in_turn(adjacency.indptr, went_on)]] = True
    else:
        passed = np.zeros(network.node_count, dtype=np.bool_)
        passed[went_on] = True
        beside[ways.shut_pipe[passed[ways.shut_tail]]] = True
    beside[pipes] = False
    return np.flatnonzero(beside)
