"""Levels of pipe ends and of nodes, whatever they were measured to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.formats.inp.choice import numbers, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.extract import Extract

_MM = 1000.0
_SHARES = {"outside_top": 1.0, "axis": 0.5, "invert": 0.0, "channel_bottom": 0.0}
"""How far up a pipe each reference lies, as a share of its height; wall thickness counts for nothing."""
_SIDES = ("from", "to")


def heights(extract: Extract) -> NDArray[np.float64]:
    """Return the height of each pipe in metres: diameter, or height of a box; NaN where unknown."""
    tall, across = numbers(extract.pipes, "height_mm"), numbers(extract.pipes, "diameter_mm")
    return np.where(np.isfinite(tall), tall, across) / _MM


def end_levels(extract: Extract, reference: Literal["axis", "invert"]) -> NDArray[np.float64]:
    """Return the level of the axis or the invert at both ends of each pipe, (pipes, 2) metres; NaN where unknown.

    A depth stands in where there is no level but the ground is known. A level whose reference is not known is taken as it is;
    so is one of a pipe whose size is not known.
    """
    ends, ground = extract.ends(), numbers(extract.nodes, "ground")
    height = np.nan_to_num(heights(extract))
    found = np.empty(ends.shape)
    for side, name in enumerate(_SIDES):
        level = numbers(extract.pipes, f"{name}_level")
        depth = numbers(extract.pipes, f"{name}_depth")
        level = np.where(np.isfinite(level), level, ground[ends[:, side]] - depth)
        wanted = _SHARES[reference]
        shares = [_SHARES.get(word, wanted) for word in words(extract.pipes, f"{name}_reference")]
        found[:, side] = level + (wanted - np.array(shares)) * height
    return found


def lengths(extract: Extract) -> NDArray[np.float64]:
    """Return the length of each pipe in metres: a model's own, else along its course, in 3D where its levels are known."""
    own = numbers(extract.pipes, "length")
    lines = extract.lines
    steps = np.diff(lines.xyz, axis=0)
    step = np.hypot(np.hypot(steps[:, 0], steps[:, 1]), np.nan_to_num(steps[:, 2]))
    along = np.concatenate([[0.0], np.cumsum(step)])
    first, last = lines.offsets[:-1], lines.offsets[1:]
    here = last > first
    measured = np.full(len(own), np.nan)
    measured[here] = along[last[here] - 1] - along[first[here]]
    return np.where(np.isfinite(own), own, measured)


def spread(known: NDArray[np.float64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give nodes without a value that of the nearest node (by the number of pipes between) that has one; else NaN.

    Parameters
    ----------
    known
        A value a node, NaN where unknown.
    ends
        Rows of both nodes of each pipe, (pipes, 2).
    """
    sources = np.flatnonzero(np.isfinite(known))
    if len(sources) == len(known) or not len(sources) or not len(ends):
        return known.copy()
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    count = len(known)
    # One flood from everywhere: from a node beside the network that is tied to every node with a value.
    first = np.concatenate([ends[:, 0], np.full(len(sources), count)])
    second = np.concatenate([ends[:, 1], sources])
    graph = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(count + 1, count + 1)).tocsr()
    _order, before = breadth_first_order(graph, count, directed=False, return_predecessors=True)
    nearest = np.where((before < 0) | (before == count), np.arange(count + 1), before)
    while (nearest[nearest] != nearest).any():  # twice as far back each time
        nearest = nearest[nearest]
    return known[nearest[:count]]


def mean_by_node(values: NDArray[np.float64], ends: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Return the mean, a node, of a value a pipe end, (pipes, 2); NaN where there is none."""
    flat, at = values.ravel(), ends.ravel()
    known = np.isfinite(flat)
    total = np.bincount(at[known], weights=flat[known], minlength=count)
    how_many = np.bincount(at[known], minlength=count)
    found = np.full(count, np.nan)
    here = how_many > 0
    found[here] = total[here] / how_many[here]
    return found
