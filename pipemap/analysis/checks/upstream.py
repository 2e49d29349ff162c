"""How much drains through each point: sums along the flow, over all drains at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def upstream_sums(stream: NDArray[np.int64], along: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum what lies upstream of each node.

    Where a drain divides, what comes from above goes into one of its branches only, the first: nothing counts twice, and a
    branch may be told less than flows through it. Drains on a loop count as one point.

    Parameters
    ----------
    stream
        (K, 2): the node upstream and the node downstream of each drain.
    along
        (K, V): what each drain has.
    at
        (N, V): what each node has.

    Returns
    -------
    NDArray
        float64 (N, V): of the node itself and of everything upstream.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(stream):
        return at.copy()
    count = len(at)
    matrix = coo_array((np.ones(len(stream), dtype=np.int8), (stream[:, 0], stream[:, 1])), shape=(count, count))
    parts, label = connected_components(matrix, directed=True, connection="strong")
    sums = np.zeros((parts, at.shape[1]))
    np.add.at(sums, label, at)
    start, end = label[stream[:, 0]], label[stream[:, 1]]
    np.add.at(sums, end, along)
    parent = np.full(parts, -1, dtype=np.int64)
    leaving = np.flatnonzero(start != end)[::-1]  # the first drain of each point last: that is the one that stays
    parent[start[leaving]] = end[leaving]
    for rows in _from_the_top(parent):
        np.add.at(sums, parent[rows], sums[rows])
    found: NDArray[np.float64] = sums[label]
    return found


def _from_the_top(parent: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the points that lead on, those with the most points below them first, in groups that do not lead into each other."""
    depth = (parent >= 0).astype(np.int64)
    above = parent.copy()
    while (going := above >= 0).any():
        jumped = above[going]
        depth[going] += depth[jumped]
        above[going] = above[jumped]
    order = np.argsort(-depth, kind="stable")
    order = order[depth[order] > 0]
    cuts = np.flatnonzero(np.diff(depth[order])) + 1
    return np.split(order, cuts) if len(order) else []
