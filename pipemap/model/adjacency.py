"""Who is joined to whom: compressed rows over the ends of pipes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.steps import Changed


@dataclass(frozen=True, slots=True, eq=False)
class Adjacency:
    """Every pipe seen from both of its nodes.

    Row ``n`` is ``slice(indptr[n], indptr[n + 1])`` of the other arrays, in the order of pipe rows.

    Attributes
    ----------
    indptr
        int32 (nodes + 1).
    neighbour
        int32: the node at the other end; the node itself for a self-loop, which appears once.
    edge
        int32: row of the pipe.
    ends
        int32 (pipes, 2): the ends that this was built from.
    """

    indptr: NDArray[np.int32]
    neighbour: NDArray[np.int32]
    edge: NDArray[np.int32]
    ends: NDArray[np.int32]

    @property
    def end(self) -> NDArray[np.int8]:
        """int8: 0 when an entry's node is the first node of its pipe, else 1."""
        second: NDArray[np.int8] = (self.ends[self.edge, 0] != self.tail).astype(np.int8)
        return second

    @property
    def tail(self) -> NDArray[np.int32]:
        """int32: the node that each entry belongs to."""
        return np.repeat(np.arange(len(self.indptr) - 1, dtype=np.int32), np.diff(self.indptr))

    @property
    def degree(self) -> NDArray[np.int32]:
        """int32 (nodes): how many pipes meet there; a self-loop counts once."""
        return np.diff(self.indptr)


def build_adjacency(nodes: int, ends: NDArray[np.int32]) -> Adjacency:
    """Sort the ends of pipes by node, in linear time.

    Parameters
    ----------
    nodes
        How many nodes there are.
    ends
        int32 (pipes, 2): rows of first and second node.
    """
    from scipy.sparse import coo_array

    halves = np.arange(2 * len(ends), dtype=np.int32)
    keep = np.ones(2 * len(ends), dtype=np.bool_)
    keep[1::2] = ends[:, 0] != ends[:, 1]
    halves = halves[keep]
    tails = ends.reshape(-1)[halves]
    # A matrix with one column a half-edge: its conversion to rows is a counting sort.
    matrix = coo_array((np.ones(len(halves), dtype=np.int8), (tails, halves)), shape=(nodes, max(1, 2 * len(ends)))).tocsr()
    order = matrix.indices.astype(np.int32)
    return Adjacency(matrix.indptr.astype(np.int32), ends.reshape(-1)[order ^ 1].astype(np.int32), order >> 1, ends)


def mended_adjacency(before: Adjacency, changed: Changed, ends: NDArray[np.int32]) -> Adjacency:
    """Return the adjacency of a network that followed from an older one by a small Change; ``ends`` are those of its pipes.

    Only the entries of what was changed are worked out; the others are copied, renumbered where rows were taken away.
    """
    nodes, pipes = changed.nodes, changed.pipes
    if ends is before.ends and nodes.stays:
        return before
    gone = _entries(before, pipes.was)
    neighbour, edge = np.delete(before.neighbour, gone), np.delete(before.edge, gone)
    if not nodes.grows:
        neighbour = nodes.numbers.astype(np.int32).take(neighbour)
    if not pipes.grows:
        edge = pipes.numbers.astype(np.int32).take(edge)
    degree = before.degree
    np.subtract.at(degree, np.searchsorted(before.indptr, gone, side="right") - 1, 1)
    degree = nodes.carried(degree, 0)
    indptr = np.concatenate([[0], np.cumsum(degree)])
    tail, head, pipe = _halves(ends, pipes.now)
    places = [
        int(indptr[node] + np.searchsorted(edge[indptr[node] : indptr[node + 1]], row))
        for node, row in zip(tail.tolist(), pipe.tolist(), strict=True)
    ]
    np.add.at(degree, tail, 1)
    indptr = np.concatenate([[0], np.cumsum(degree)]).astype(np.int32)
    return Adjacency(indptr, np.insert(neighbour, places, head), np.insert(edge, places, pipe), ends)


def _entries(adjacency: Adjacency, pipes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where some pipes stand in the other arrays, ascending."""
    found = [np.empty(0, np.int64)]
    for node in np.unique(adjacency.ends[pipes]).tolist():
        row = slice(adjacency.indptr[node], adjacency.indptr[node + 1])
        found.append(row.start + np.flatnonzero(np.isin(adjacency.edge[row], pipes)))
    return np.concatenate(found)


def _halves(ends: NDArray[np.int32], pipes: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Node, node at the other end, and pipe of each entry of some pipes, by node and then by pipe."""
    first, second = ends[pipes, 0], ends[pipes, 1]
    other = first != second
    tail, head = np.concatenate([first, second[other]]), np.concatenate([second, first[other]])
    pipe = np.concatenate([pipes, pipes[other]])
    order = np.lexsort((pipe, tail))
    return tail[order], head[order], pipe[order]
