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
    part
        int64 (nodes): number of the connected part of each node.
    """

    is_bridge: NDArray[np.bool_]
    below_second: NDArray[np.bool_]
    child: NDArray[np.int64]
    part: NDArray[np.int64]
    _order: NDArray[np.int64]
    _parent: NDArray[np.int64]

    def sides(self, count: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return int64 (P, 2): the sum of ``count`` (one number a node) on either node's side of each bridge; 0 elsewhere."""
        below = _below(count, self._order, self._parent, np.add)
        total = np.bincount(self.part, weights=count, minlength=1).astype(np.int64)
        lower = np.where(self.is_bridge, below[self.child], 0)
        upper = np.where(self.is_bridge, total[self.part[self.child]] - below[self.child], 0)
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
    above = np.full(nodes, -1, dtype=np.int64)
    above[child[tree]] = tree  # of parallel pipes, one is in the tree
    tree = above[above >= 0]
    in_tree = np.zeros(len(ends), dtype=np.bool_)
    in_tree[tree] = True

    marks = np.random.default_rng(0x9E3779B9).integers(1, np.iinfo(np.int64).max, len(ends), dtype=np.int64)
    mark = np.zeros(nodes, dtype=np.int64)
    others = usable & ~in_tree
    for end in (first, second):
        np.bitwise_xor.at(mark, end[others], marks[others])
    below = _below(mark, order, parent, np.bitwise_xor)
    is_bridge = in_tree.copy()
    is_bridge[tree] = below[child[tree]] == 0
    return Bridges(is_bridge, is_bridge & (child == second), np.where(is_bridge, child, -1), part, order, parent)


def _spanning_tree(nodes: int, ends: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Breadth-first order of all nodes, the parent of each (−1: none), and the number of its connected part."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order, connected_components

    if not nodes:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    matrix = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    parts, part = connected_components(matrix, directed=False)
    starts = np.empty(parts, dtype=np.int64)
    starts[part] = np.arange(nodes)
    # One more node, joined to one node of every part, makes the forest one tree.
    root = np.full(parts, nodes)
    rows, columns = np.concatenate([ends[:, 0], root]), np.concatenate([ends[:, 1], starts])
    whole = coo_array((np.ones(len(rows)), (rows, columns)), shape=(nodes + 1, nodes + 1)).tocsr()
    order, parent = breadth_first_order(whole, nodes, directed=False)
    parent = parent[:nodes].astype(np.int64)
    return order[1:].astype(np.int64), np.where(parent == nodes, -1, parent), part.astype(np.int64)


_STEEP = 8
"""Nodes a level of the tree from which whole levels are summed; in a longer, thinner tree each node by itself."""


def _below(values: NDArray[np.int64], order: NDArray[np.int64], parent: NDArray[np.int64], join: np.ufunc) -> NDArray[np.int64]:
    """Return for each node what ``join`` makes of its own value and those of all nodes below it."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    up = parent[order]
    up[up >= 0] = place[up[up >= 0]]  # breadth first: ascending, but for the roots, which come before all others
    levels = _levels(up)
    found = values[order]
    if len(levels) * _STEEP > len(order):
        _walk(found, up, join)
    else:
        for first, last in zip(levels[-2:0:-1], levels[:1:-1], strict=True):
            above = up[first:last]
            starts = np.flatnonzero(np.concatenate([[True], above[1:] != above[:-1]]))
            at = above[starts]
            found[at] = join(found[at], join.reduceat(found[first:last], starts))
    total = np.empty_like(found)
    total[order] = found
    return total


def _levels(up: NDArray[np.int64]) -> list[int]:
    """Return where each level of a tree begins, and where the last one ends; ``up`` are places of parents, breadth first."""
    levels = [0]
    end = int(np.searchsorted(up, 0))  # the roots
    while levels[-1] < len(up):
        levels.append(end)
        end = int(np.searchsorted(up, end))
    return levels


def _walk(found: NDArray[np.int64], up: NDArray[np.int64], join: np.ufunc) -> None:
    """Do the same node by node, over lists: a long main has as many levels as nodes."""
    total, above = found.tolist(), up.tolist()
    is_sum = join is np.add
    for place in range(len(total) - 1, -1, -1):
        if (parent := above[place]) >= 0:
            total[parent] = total[parent] + total[place] if is_sum else total[parent] ^ total[place]
    found[:] = total
