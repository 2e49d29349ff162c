"""Pipes that are the only way between two parts of a network.

A spanning tree, and for every pipe outside it a random 64-bit mark on both of its ends: a tree pipe is a bridge exactly
when the marks below it cancel (but for a chance of 2⁻⁶⁴). Idea: cycle-space sampling, Pritchard and Thurimella 2011.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Bridges:
    """The bridges of a network, and the tree they were found in.

    Attributes
    ----------
    is_bridge
        bool (P).
    below_second
        bool (P): the second node of the bridge hangs below the first in the tree.
    child
        int64 (P): the lower node of a bridge; −1 elsewhere.
    """

    is_bridge: NDArray[np.bool_]
    below_second: NDArray[np.bool_]
    child: NDArray[np.int64]
    _order: NDArray[np.int64]
    _parent: NDArray[np.int64]
    _part: NDArray[np.int64]

    def sides(self, count: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return int64 (P, 2): the sum of ``count`` (one number a node) on either node's side of each bridge; 0 elsewhere."""
        below = _sum_below(count, self._order, self._parent)
        total = np.bincount(self._part, weights=count, minlength=1).astype(np.int64)
        lower = np.where(self.is_bridge, below[self.child], 0)
        upper = np.where(self.is_bridge, total[self._part[self.child]] - below[self.child], 0)
        sides = np.column_stack([upper, lower])
        return np.where(self.below_second[:, np.newaxis], sides, sides[:, ::-1])


def find_bridges(nodes: int, ends: NDArray[np.int32], usable: NDArray[np.bool_]) -> Bridges:
    """Find every pipe whose loss would part the network.

    Parameters
    ----------
    nodes
        How many nodes.
    ends
        int32 (P, 2): first and second node.
    usable
        bool (P): pipes that count; the others are not there.
    """
    order, parent, part = _spanning_tree(nodes, ends[usable])
    first, second = ends[:, 0].astype(np.int64), ends[:, 1].astype(np.int64)
    downwards, upwards = usable & (parent[second] == first), usable & (parent[first] == second)
    child = np.where(downwards, second, np.where(upwards, first, -1))
    tree = np.flatnonzero(child >= 0)
    tree = tree[np.unique(child[tree], return_index=True)[1]]  # of parallel pipes, one is in the tree
    in_tree = np.zeros(len(ends), dtype=np.bool_)
    in_tree[tree] = True

    marks = np.random.default_rng(0x9E3779B9).integers(1, np.iinfo(np.int64).max, len(ends), dtype=np.int64)
    mark = np.zeros(nodes, dtype=np.int64)
    others = usable & ~in_tree
    for end in (first, second):
        np.bitwise_xor.at(mark, end[others], marks[others])
    below = _xor_below(mark, order, parent)
    is_bridge = in_tree.copy()
    is_bridge[tree] = below[child[tree]] == 0
    return Bridges(is_bridge, is_bridge & (child == second), np.where(is_bridge, child, -1), order, parent, part)


def _spanning_tree(nodes: int, ends: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Breadth-first order of all nodes, the parent of each (−1: none), and the number of its connected part."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order, connected_components

    if not nodes:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    matrix = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    parts, part = connected_components(matrix, directed=False)
    _, starts = np.unique(part, return_index=True)
    # One more node, joined to one node of every part, makes the forest one tree.
    root = np.full(parts, nodes)
    rows, columns = np.concatenate([ends[:, 0], root]), np.concatenate([ends[:, 1], starts])
    whole = coo_array((np.ones(len(rows)), (rows, columns)), shape=(nodes + 1, nodes + 1)).tocsr()
    order, parent = breadth_first_order(whole, nodes, directed=False)
    parent = parent[:nodes].astype(np.int64)
    return order[1:].astype(np.int64), np.where(parent == nodes, -1, parent), part.astype(np.int64)


# Plain loops over lists: each node once, from the leaves up. A vectorised form would need one step a level of the tree,
# and a long main has as many levels as nodes.


def _sum_below(values: NDArray[np.int64], order: NDArray[np.int64], parent: NDArray[np.int64]) -> NDArray[np.int64]:
    total, up = values.tolist(), parent.tolist()
    for node in reversed(order.tolist()):
        if up[node] >= 0:
            total[up[node]] += total[node]
    return np.array(total, dtype=np.int64)


def _xor_below(values: NDArray[np.int64], order: NDArray[np.int64], parent: NDArray[np.int64]) -> NDArray[np.int64]:
    total, up = values.tolist(), parent.tolist()
    for node in reversed(order.tolist()):
        if up[node] >= 0:
            total[up[node]] ^= total[node]
    return np.array(total, dtype=np.int64)
