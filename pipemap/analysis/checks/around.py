"""What lies around some elements of a network: by its pipes, and in plan. Quick at any size: nothing is sorted or built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.checks.facts import Metres, Rows
from pipemap.model.release import lines_of

if TYPE_CHECKING:
    from pipemap.model.network import Network

_BLOCK = 200.0
"""Metres: what is touched within one block is looked around at once."""
_MOST_PIECES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Some:
    """Some rows of a network, ascending, each once."""

    nodes: Rows
    pipes: Rows

    def __or__(self, other: Some) -> Some:
        return Some(np.union1d(self.nodes, other.nodes), np.union1d(self.pipes, other.pipes))

    def __len__(self) -> int:
        return len(self.nodes) + len(self.pipes)


def some(nodes: Rows, pipes: Rows) -> Some:
    """Return rows in order, each once."""
    return Some(np.unique(nodes).astype(np.int64), np.unique(pipes).astype(np.int64))


def pipes_at(network: Network, nodes: Rows) -> Rows:
    """Return the pipes that end at some nodes."""
    starts, ends = network.indptr[nodes].astype(np.int64), network.indptr[nodes + 1].astype(np.int64)
    counts = ends - starts
    entries = np.repeat(starts - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) + np.arange(counts.sum())
    return np.unique(network.edge[entries]).astype(np.int64)


def ends_of(network: Network, pipes: Rows) -> Rows:
    """Return the nodes at which some pipes end."""
    return np.unique(network.pipe_ends[pipes]).astype(np.int64)


def rings(network: Network, nodes: Rows, count: int) -> Some:
    """Return what can be reached from some nodes through at most so many pipes."""
    found = some(nodes, np.empty(0, np.int64))
    for _ring in range(count):
        pipes = pipes_at(network, found.nodes)
        found = Some(np.union1d(found.nodes, ends_of(network, pipes)), pipes)
    return found


def whole_parts(network: Network, nodes: Rows, most: int) -> Some | None:
    """Return the connected parts that some nodes belong to; ``None`` where they have more than so many pipes."""
    found = some(nodes, np.empty(0, np.int64))
    edge = found.nodes
    while len(edge):
        pipes = pipes_at(network, edge)
        beyond = np.setdiff1d(ends_of(network, pipes), found.nodes, assume_unique=True)
        found |= Some(beyond, pipes)
        if len(found.pipes) > most:
            return None
        edge = beyond
    return found


def boxes(network: Network, chosen: Some) -> Metres:
    """Return float64 (K, 4): west, south, east and north of some elements, of a long pipe piece by piece."""
    places = network.node_xyz[chosen.nodes, :2]
    lines = lines_of(network.lines, chosen.pipes)
    pipe = np.repeat(np.arange(len(lines)), np.diff(lines.offsets))
    start = np.flatnonzero(pipe[1:] == pipe[:-1])
    first, way = lines.xyz[start, :2], lines.xyz[start + 1, :2] - lines.xyz[start, :2]
    known = np.isfinite(first).all(axis=1) & np.isfinite(way).all(axis=1)
    first, way = first[known], way[known]
    count = np.ceil(np.abs(way).max(axis=1, initial=1.0) / _BLOCK).clip(1, _MOST_PIECES).astype(np.int64)
    step = np.repeat(way / count[:, None], count, axis=0)
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    here = np.repeat(first, count, axis=0) + step * number[:, None]
    corners = np.concatenate([np.column_stack([places, places]), np.column_stack([here, here + step])])
    corners = corners[np.isfinite(corners).all(axis=1)]
    return np.column_stack([np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])])


def windows(found: Metres) -> Metres:
    """Return the boxes joined block by block, so that there are few."""
    if not len(found):
        return found
    _blocks, which = np.unique(np.floor(found[:, :2] / _BLOCK), axis=0, return_inverse=True)
    which = which.reshape(-1)
    joined = np.full((int(which.max()) + 1, 4), np.inf)
    joined[:, 2:] = -np.inf
    for side in range(4):
        (np.minimum if side < 2 else np.maximum).at(joined[:, side], which, found[:, side])  # noqa: PLR2004 -- west, south
    return joined


def within(network: Network, areas: Metres, beyond: float) -> Some:
    """Return the nodes that lie in, and the pipes whose boxes meet, one of some windows (K, 4), widened by so many metres."""
    x, y = network.node_xyz[:, 0], network.node_xyz[:, 1]
    west, south, east, north = network.boxes
    nodes, pipes = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for low_x, low_y, high_x, high_y in (areas + np.array([-beyond, -beyond, beyond, beyond])).tolist():
        rows = np.flatnonzero((x >= low_x) & (x <= high_x))
        nodes.append(rows[(y[rows] >= low_y) & (y[rows] <= high_y)])
        rows = np.flatnonzero((east >= low_x) & (west <= high_x))
        pipes.append(rows[(north[rows] >= low_y) & (south[rows] <= high_y)])
    return some(np.concatenate(nodes), np.concatenate(pipes))
