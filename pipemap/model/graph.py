"""The networkx face of a network: real, frozen networkx graphs whose adjacency is read from the columns on demand.

Graph nodes are row numbers, keys of parallel pipes are pipe rows; nothing is copied, so a graph of a million pipes
costs no memory. Each edge carries ``length`` in metres (0 where unknown, so that it can be a weight).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import networkx as nx
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

V = TypeVar("V")
_ROW = (int, np.integer)


class _Rows(Mapping[int, V]):
    """A read-only mapping from row number to what ``read`` makes of it."""

    __slots__ = ("_length", "_read")

    def __init__(self, length: int, read: Callable[[int], V]) -> None:
        self._length = length
        self._read = read

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._length))

    def __contains__(self, row: object) -> bool:
        return isinstance(row, _ROW) and 0 <= int(row) < self._length

    def __getitem__(self, row: int) -> V:
        if row not in self:
            raise KeyError(row)
        return self._read(int(row))


class PipeGraph(nx.MultiGraph):  # type: ignore[type-arg]
    """An undirected multigraph over a network's columns. Made by :attr:`Network.graph`; without a network, an ordinary one."""

    _pipe_count: int | None = None

    def read_from(self, network: Network, adjacent: Mapping[int, Any]) -> PipeGraph:
        """Take nodes and edges from a network, and freeze."""
        self.__dict__.update(_node=_nodes(network), _adj=adjacent, _pipe_count=network.pipe_count)
        return nx.freeze(self)  # type: ignore[no-any-return]

    def number_of_edges(self, u: int | None = None, v: int | None = None) -> int:
        """Count all edges, at once, or those between two nodes."""
        if u is None and self._pipe_count is not None:
            return self._pipe_count
        return int(super().number_of_edges(u, v))


class FlowGraph(nx.MultiDiGraph):  # type: ignore[type-arg]
    """A directed multigraph along the flow. Made by :attr:`Network.flow_graph`; without a network, an ordinary one."""

    def read_from(self, network: Network, after: Mapping[int, Any], before: Mapping[int, Any]) -> FlowGraph:
        """Take nodes and arcs from a network, and freeze."""
        self.__dict__.update(_node=_nodes(network), _adj=after, _succ=after, _pred=before)
        return nx.freeze(self)  # type: ignore[no-any-return]


class SimpleGraph(nx.Graph):  # type: ignore[type-arg]
    """An undirected graph without parallel edges. Made by :attr:`Network.simple_graph`."""

    def read_from(self, network: Network, adjacent: Mapping[int, Any]) -> SimpleGraph:
        """Take nodes and edges from a network, and freeze."""
        self.__dict__.update(_node=_nodes(network), _adj=adjacent)
        return nx.freeze(self)  # type: ignore[no-any-return]


def _nodes(network: Network) -> Mapping[int, dict[str, str]]:
    return _Rows(network.node_count, lambda node: {"id": network.node_ids[node]})


def multigraph(network: Network) -> PipeGraph:
    """Return every pipe as an undirected edge."""
    adjacency, length = network.adjacency, network.weight
    indptr, neighbour, edge = adjacency.indptr, adjacency.neighbour, adjacency.edge

    def read(node: int) -> dict[int, dict[int, dict[str, float]]]:
        row = slice(indptr[node], indptr[node + 1])
        return _by_neighbour(neighbour[row], edge[row], length)

    return PipeGraph().read_from(network, _Rows(network.node_count, read))


def flow_multigraph(network: Network) -> FlowGraph:
    """Return every pipe as an arc along its flow; a pipe of indeterminate direction as two arcs, one each way."""
    adjacency, length, direction = network.adjacency, network.weight, network.flow.direction
    indptr, neighbour, edge = adjacency.indptr, adjacency.neighbour, adjacency.edge
    # +1 leaves the row's node, -1 arrives there, 0 both, as a self-loop always does.
    leaving = np.where(adjacency.end == 0, direction[edge], -direction[edge])
    leaving[neighbour == adjacency.tail] = 0

    def reader(wanted: int) -> Callable[[int], dict[int, dict[int, dict[str, float]]]]:
        def read(node: int) -> dict[int, dict[int, dict[str, float]]]:
            row = slice(indptr[node], indptr[node + 1])
            here = leaving[row] != -wanted
            return _by_neighbour(neighbour[row][here], edge[row][here], length)

        return read

    after, before = (_Rows(network.node_count, reader(wanted)) for wanted in (+1, -1))
    return FlowGraph().read_from(network, after, before)


def simple_graph(network: Network) -> SimpleGraph:
    """Return a graph without parallel pipes: of each bundle the shortest, its row in ``pipe``."""
    adjacency, length = network.adjacency, network.weight
    indptr, neighbour, edge = adjacency.indptr, adjacency.neighbour, adjacency.edge

    def read(node: int) -> dict[int, dict[str, float]]:
        row = slice(indptr[node], indptr[node + 1])
        found: dict[int, dict[str, float]] = {}
        for other, pipe in zip(neighbour[row].tolist(), edge[row].tolist(), strict=True):
            metres = float(length[pipe])
            if other not in found or metres < found[other]["length"]:
                found[other] = {"length": metres, "pipe": pipe}
        return found

    return SimpleGraph().read_from(network, _Rows(network.node_count, read))


def _by_neighbour(
    neighbours: NDArray[np.int32], pipes: NDArray[np.int32], length: NDArray[np.float64]
) -> dict[int, dict[int, dict[str, float]]]:
    found: dict[int, dict[int, dict[str, float]]] = {}
    for other, pipe in zip(neighbours.tolist(), pipes.tolist(), strict=True):
        found.setdefault(other, {})[pipe] = {"length": float(length[pipe])}
    return found
