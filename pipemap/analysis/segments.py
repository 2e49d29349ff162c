"""Valve segments (关阀单元): what can only be shut off together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.analysis.valves import Valves, valves_of
from pipemap.catalog import category
from pipemap.model.boundary import PRESSURISED
from pipemap.model.steps import mended

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

NONE = -1
"""Segment of what no valve can shut off: cables, drains, and what is not in use."""


@dataclass(frozen=True, eq=False)
class Segments:
    """Every valve segment of a network, numbered from 0 in the order of its first node, then of its first pipe.

    A segment is a maximal part without an isolation valve inside. A pipe with valves at both ends is one by itself, and so is a
    node whose every pipe has a valve there: also the valve that is such a node, or such a link. Closed, unknown and inoperable
    valves are valves all the same. Pipes that are closed, and devices that are no isolation valves, part nothing.

    Attributes
    ----------
    node, pipe
        int32 (N), (P): number of the segment, ``NONE`` for what has none.
    count
        How many segments.
    first
        int64 (count), ascending: where each first appears, among the nodes and, behind them, the pipes.
    """

    valves: Valves
    node: NDArray[np.int32]
    pipe: NDArray[np.int32]
    count: int
    first: NDArray[np.int64]

    @property
    def network(self) -> Network:
        """The network that is parted."""
        return self.valves.network

    @cached_property
    def length(self) -> NDArray[np.float64]:
        """float64 (count), metres: pipes of unknown length count 0."""
        return self._summed(self.network.weight, self.pipe)

    @cached_property
    def volume(self) -> NDArray[np.float64]:
        """float64 (count), cubic metres; pipes of unknown size or length count 0."""
        return self._summed(pipe_volumes(self.network), self.pipe)

    @cached_property
    def demand(self) -> NDArray[np.float64]:
        """float64 (count), litres a second: base demands of a model."""
        column = self.network.column("node", "demand_lps")
        known = column.cast("float64").to_numpy(zero_copy_only=False) if len(column) else np.empty(0)
        values = np.asarray(known, dtype=np.float64)
        return self._summed(np.nan_to_num(values), self.node)

    @cached_property
    def customers(self) -> NDArray[np.int64]:
        """int64 (count): customers tied to a node or pipe of the segment."""
        customers = self.network.customers
        found = np.full(len(customers), NONE, dtype=np.int64)
        for segment, rows in ((self.node, customers.node), (self.pipe, customers.pipe)):
            tied = (found < 0) & (rows >= 0)
            found[tied] = segment[rows[tied]]
        return np.bincount(found[found >= 0], minlength=self.count).astype(np.int64)

    @cached_property
    def sides(self) -> NDArray[np.int64]:
        """int64 (K, 3): valve, and the two segments that meet there; one row a cut."""
        pipe, end = np.nonzero((self.valves.cut >= 0) & (self.pipe >= 0)[:, None])
        beside = self.node[self.network.pipe_ends[pipe, end]]
        return np.column_stack([self.valves.cut[pipe, end], beside, self.pipe[pipe]]).astype(np.int64)

    @cached_property
    def valves_around(self) -> NDArray[np.int64]:
        """int64 (count): how many different valves bound each segment."""
        sides = self.sides[self.sides[:, 1] != self.sides[:, 2]]
        pairs = np.unique(np.concatenate([sides[:, [1, 0]], sides[:, [2, 0]]]), axis=0)
        return np.bincount(pairs[pairs[:, 0] >= 0, 0], minlength=self.count).astype(np.int64)

    def valves_of(self, segment: int) -> NDArray[np.int64]:
        """Return the numbers of the valves that bound a segment."""
        sides = self.sides
        beside = (sides[:, 1] == segment) ^ (sides[:, 2] == segment)
        return np.unique(sides[beside, 0])

    def _summed(self, values: NDArray[np.float64], segment: NDArray[np.int32]) -> NDArray[np.float64]:
        inside = segment >= 0
        return np.bincount(segment[inside], weights=values[inside], minlength=self.count).astype(np.float64)


def segments_of(network: Network) -> Segments:
    """Return the valve segments of a network; of one network they are found once, and after an edit where it touched them.

    Examples
    --------
    >>> from pipemap.catalog.kinds import NodeKind
    >>> from pipemap.model.network import Network
    >>> valve = {"V": NodeKind.ISOLATION_VALVE}
    >>> network = Network.from_pipes(("P1", "A", "V", 30.0), ("P2", "V", "B", 20.0), kinds=valve)
    >>> segments_of(network).count  # either side, and the valve itself
    3
    """
    known = network.worked_out
    if "segments" not in known:
        from pipemap.analysis.keeping import mended_segments

        found = mended(network, "segments", partial(mended_segments, network))
        known["segments"] = find_segments(valves_of(network)) if found is None else found
    segments: Segments = known["segments"]
    return segments


def are_known(network: Network) -> bool:
    """Whether the segments of a network were found already."""
    return "segments" in network.worked_out


def find_segments(valves: Valves) -> Segments:
    """Work out the segments between valves."""
    network = valves.network
    if not network.node_count:
        return Segments(valves, np.empty(0, np.int32), np.empty(0, np.int32), 0, np.empty(0, np.int64))
    return Segments(valves, *numbered(*parts_between(network, valves.cut >= 0, network.adjacency.degree)))


def parts_between(
    network: Network, cut: NDArray[np.bool_], degree: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the part that each node and each pipe belongs to, numbered anyhow, ``NONE`` for what has none.

    Parameters
    ----------
    cut
        bool (P, 2): a valve cuts this end of the pipe.
    degree
        int (N): how many pipes meet at each node.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count, ends = network.node_count, network.pipe_ends
    live = can_be_shut(network)
    plain = np.flatnonzero(live & ~cut.any(axis=1))
    joined = coo_array((np.ones(len(plain), np.int8), (ends[plain, 0], ends[plain, 1])), shape=(count, count))
    node = connected_components(joined, directed=False)[1].astype(np.int64)
    pipe = np.full(network.pipe_count, NONE, dtype=np.int64)
    pipe[plain] = node[ends[plain, 0]]
    for end in (0, 1):
        half = live & ~cut[:, end] & cut[:, 1 - end]
        pipe[half] = node[ends[half, end]]
    apart = np.flatnonzero(live & cut.all(axis=1))
    pipe[apart] = count + np.arange(len(apart))
    node[~_has_part(network, live, degree == 0)] = NONE
    return node, pipe


def numbered(
    node: NDArray[np.int64], pipe: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], int, NDArray[np.int64]]:
    """Number the parts from 0 in the order in which they first appear; return where that is, too."""
    both = np.concatenate([node, pipe])
    inside = np.flatnonzero(both >= 0)
    first = np.full(int(both.max(initial=0)) + 1, -1, dtype=np.int64)
    first[both[inside[::-1]]] = inside[::-1]  # of several writes to one place the last one stays: the first appearance
    places = np.sort(first[first >= 0])
    number = np.empty(len(first), dtype=np.int32)
    number[both[places]] = np.arange(len(places), dtype=np.int32)
    found = np.where(both >= 0, number[np.maximum(both, 0)], NONE).astype(np.int32)
    return found[: len(node)], found[len(node) :], len(places), places


def can_be_shut(network: Network) -> NDArray[np.bool_]:
    """Return bool (P): in use, and under pressure as far as is known: what valves are there to shut off."""
    words = network.pipe_category.values
    without = [code for code in words if (known := category(code)) is not None and known.carries not in PRESSURISED]
    return network.in_use_pipes & ~network.pipe_category.is_in(*without) & ~network.gravity_pipes


def _has_part(network: Network, live: NDArray[np.bool_], alone: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """bool (N): ends of such pipes, and nodes in use that stand alone."""
    part = np.zeros(network.node_count, dtype=np.bool_)
    part[network.pipe_ends[live].reshape(-1)] = True
    words = network.node_category.values
    without = [code for code in words if (known := category(code)) is not None and known.carries not in PRESSURISED]
    part |= alone & network.in_use_nodes & ~network.node_category.is_in(*without)
    return part


def pipe_volumes(network: Network) -> NDArray[np.float64]:
    """Return float64 (P), cubic metres: what a full pipe holds by its printed size; 0 where size or length are unknown.

    Boxes are width × height, everything else is taken for round or oval.
    """
    width, height = network.width.astype(np.float64), network.height.astype(np.float64)
    shape = np.where(network.pipe_shape.is_in("box"), 1.0, np.pi / 4)
    return np.nan_to_num(shape * width * height) * network.weight


def elements_by_segment(
    segments: Segments,
) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]], list[NDArray[np.int64]]]:
    """Return the nodes, the pipes, and the bounding valves of every segment, in one pass."""
    sides = segments.sides
    sides = sides[sides[:, 1] != sides[:, 2]]
    pairs = np.unique(np.concatenate([sides[:, [1, 0]], sides[:, [2, 0]]]), axis=0)
    pairs = pairs[pairs[:, 0] >= 0]
    rows = (np.arange(len(segments.node)), np.arange(len(segments.pipe)), pairs[:, 1])
    labels = (segments.node, segments.pipe, pairs[:, 0])
    nodes, pipes, valves = (_grouped(label, row, segments.count) for label, row in zip(labels, rows, strict=True))
    return nodes, pipes, valves


def segment_colours(segments: Segments, count: int = 8) -> NDArray[np.int64]:
    """Return int64 (segments): one of so many colours each, so that those that meet at a valve differ wherever it can be done.

    A segment prefers the colour of its oldest element, so that an edit recolours what lies around it and no more.
    """
    sides = segments.sides
    valves_at: dict[int, set[int]] = {}
    for valve, first, second in sides[sides[:, 1] != sides[:, 2]].tolist():
        valves_at.setdefault(valve, set()).update(part for part in (first, second) if part >= 0)
    beside: dict[int, set[int]] = {}
    for parts in valves_at.values():
        for part in parts:
            beside.setdefault(part, set()).update(parts)
    oldest = _oldest(segments)
    wanted, colours = (oldest // 2 % count).tolist(), [-1] * segments.count
    for part in np.argsort(oldest, kind="stable").tolist():
        taken, first = {colours[other] for other in beside.get(part, ())}, wanted[part]
        colours[part] = next((one % count for one in range(first, first + count) if one % count not in taken), first)
    return np.array(colours, dtype=np.int64)


def _oldest(segments: Segments) -> NDArray[np.int64]:
    """Least key of the elements of each segment, doubled; of a pipe one more, so that no two segments share theirs."""
    network = segments.network
    found = np.full(segments.count, np.iinfo(np.int64).max)
    for segment, keys in ((segments.node, network.node_fid * 2), (segments.pipe, network.pipe_fid * 2 + 1)):
        inside = segment >= 0
        np.minimum.at(found, segment[inside], keys[inside])
    return found


def _grouped(label: NDArray[np.integer], rows: NDArray[np.int64], count: int) -> list[NDArray[np.int64]]:
    order = np.argsort(label, kind="stable")
    order = order[label[order] >= 0]
    limits = np.searchsorted(label[order], np.arange(1, count))
    return np.split(rows[order], limits) if count else []
