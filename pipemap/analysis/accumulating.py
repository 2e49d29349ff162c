"""What gathers along the flow: at every element of an answer, a field summed over the distinct elements upstream of it.

Where branches part and join again nothing counts twice: elements that can reach each other are taken as one (pipes of
indeterminate direction are followed both ways). What is left has no way back to itself, so the sets of what lies upstream are
joined from the far ends on. Where no branch joins another twice, sums are passed on; elsewhere the sets, one bit an element.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.flood import flood
from pipemap.analysis.totals import number_column
from pipemap.analysis.trace import TraceType, passable_for
from pipemap.errors import PipemapError
from pipemap.model.lookup import Element
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.flood import Ways
    from pipemap.analysis.trace import Trace
    from pipemap.model.fields import Layer

_AT_ONCE = 4096
"""Elements whose bits are held at the same time."""

_BLOCK = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Accumulated:
    """A number field, gathered at every node and pipe of an answer.

    Attributes
    ----------
    layer, field
        Whose field it is: of the nodes or of the pipes upstream.
    node_rows, pipe_rows
        int64: the elements of the answer.
    nodes, pipes
        float64 (…, 4): sum, least, most and count at each of them, over the distinct elements upstream, it itself included;
        least and most are NaN where none knows its value.
    """

    layer: Layer
    field: str
    node_rows: NDArray[np.int64]
    pipe_rows: NDArray[np.int64]
    nodes: NDArray[np.float64]
    pipes: NDArray[np.float64]


def accumulate(trace: Trace, field: str, *, progress: Progress = SILENT) -> Accumulated:
    """Gather a field along the flow at every element of an upstream or downstream trace.

    Parameters
    ----------
    field
        A number field of pipes, else of nodes; ``node:`` before it asks for that of nodes.

    Raises
    ------
    PipemapError
        The trace follows no flow, or the field holds no numbers.
    Cancelled
        ``progress`` was told to stop.
    """
    if trace.type not in {TraceType.UPSTREAM, TraceType.DOWNSTREAM}:
        raise PipemapError(_("Only along the flow something gathers: trace upstream or downstream."))
    layer, values = number_column(trace.network, field)
    gathering = _Gathering(trace, layer, values)
    figures = gathering.figures(progress)
    return Accumulated(
        layer, field, trace.node_rows, trace.pipe_rows, figures[gathering.part[trace.node_rows]],
        np.array([gathering.at_pipe(row, figures) for row in trace.pipe_rows.tolist()]).reshape(-1, 4),
    )  # fmt: skip


class _Gathering:
    """The upstream side of an answer, with what reaches each other taken as one part."""

    def __init__(self, trace: Trace, layer: Layer, values: NDArray[np.float64]) -> None:
        network = trace.network
        stops = [stop.element for stop in trace.stopped_by if stop.reason == "barrier"]
        passable, _walls = passable_for(network, TraceType.UPSTREAM, stops)
        starts = [Element("node", row) for row in trace.node_rows.tolist()]
        starts += [element for element in trace.starts if element.layer == "pipe"]
        self.passable = passable.opened_at([e.row for e in trace.starts if e.layer == "node"])
        self._ways: Ways = self.passable.ways(network)
        self.network, self.layer, self.values = network, layer, values
        nodes = flood(network, self.passable, starts).node_rows
        tail, head, pipe = self._steps(nodes)
        self.part, count = self._parts(nodes, tail, head)
        self.count = count
        first, second = self.part[tail], self.part[head]
        self.further = np.unique(np.stack([first, second], axis=1)[first != second], axis=0)
        own = (self.part[nodes], nodes) if layer == "node" else (self.part[tail], pipe)
        pairs = np.unique(np.stack(own, axis=1), axis=0)
        self.own = pairs[np.isfinite(values[pairs[:, 1]])]

    def _steps(self, nodes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        counts = np.diff(self._ways.starting)[nodes]
        entry = np.repeat(self._ways.starting[nodes] - np.cumsum(counts) + counts, counts) + np.arange(int(counts.sum()))
        return np.repeat(nodes, counts), self._ways.head[entry].astype(np.int64), self._ways.pipe[entry].astype(np.int64)

    def _parts(self, nodes: NDArray[np.int64], tail: NDArray[np.int64], head: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        place = np.full(self.network.node_count, -1, dtype=np.int64)
        place[nodes] = np.arange(len(nodes))
        ones = np.ones(len(tail), dtype=np.int8)
        matrix = coo_array((ones, (place[tail], place[head])), shape=(len(nodes), len(nodes)))
        count, label = connected_components(matrix, connection="strong")
        part = np.full(self.network.node_count, -1, dtype=np.int64)
        part[nodes] = label
        return part, int(count)

    def figures(self, progress: Progress) -> NDArray[np.float64]:
        """float64 (parts, 4): sum, least, most and count of what lies in a part or upstream of it."""
        order = self._far_ends_first()
        nexts: list[list[int]] = [[] for _part in range(self.count)]
        for one, other in self.further.tolist():
            nexts[one].append(other)
        if self._is_forest():
            return self._passed_on(order, nexts)
        items = np.unique(self.own[:, 1])
        found = np.tile(np.array([0.0, np.inf, -np.inf, 0.0]), (self.count, 1))
        for start in range(0, len(items), _AT_ONCE):
            progress(start, len(items), _("Gathering along the flow"))
            self._add(found, items[start : start + _AT_ONCE], order, nexts)
        return _without_empty(found)

    def _far_ends_first(self) -> list[int]:
        """Parts in an order in which all that is upstream of one comes before it."""
        waiting = np.bincount(self.further[:, 0], minlength=self.count).tolist()
        below: list[list[int]] = [[] for _part in range(self.count)]
        for one, other in self.further.tolist():
            below[other].append(one)
        order = [part for part in range(self.count) if not waiting[part]]
        for part in order:
            for one in below[part]:
                waiting[one] -= 1
                if not waiting[one]:
                    order.append(one)  # a queue that is walked while it grows
        return order

    def _is_forest(self) -> bool:
        """Whether nothing can be counted twice: each part flows on to one other, and each element belongs to one part."""
        once = np.bincount(self.further[:, 1], minlength=self.count).max(initial=0) <= 1
        return bool(once and len(np.unique(self.own[:, 1])) == len(self.own))

    def _passed_on(self, order: Sequence[int], nexts: list[list[int]]) -> NDArray[np.float64]:
        found = np.tile(np.array([0.0, np.inf, -np.inf, 0.0]), (self.count, 1))
        part, values = self.own[:, 0], self.values[self.own[:, 1]]
        np.add.at(found[:, 0], part, values)
        np.minimum.at(found[:, 1], part, values)
        np.maximum.at(found[:, 2], part, values)
        np.add.at(found[:, 3], part, 1.0)
        for one in order:
            for other in nexts[one]:
                found[one] = _joined(found[one], found[other])
        return _without_empty(found)

    def _add(self, found: NDArray[np.float64], items: NDArray[np.int64], order: Sequence[int], nexts: list[list[int]]) -> None:
        """Add to each part those of these elements that lie upstream of it, each once."""
        bits = np.zeros((self.count, -(-len(items) // 8)), dtype=np.uint8)
        mine = self.own[np.isin(self.own[:, 1], items)]
        place = np.searchsorted(items, mine[:, 1])
        np.bitwise_or.at(bits, (mine[:, 0], place // 8), (0x80 >> (place % 8)).astype(np.uint8))
        for one in order:
            for other in nexts[one]:
                bits[one] |= bits[other]
        values = self.values[items]
        for start in range(0, self.count, _BLOCK):
            block = slice(start, start + _BLOCK)
            has = np.unpackbits(bits[block], axis=1, count=len(items)).astype(np.bool_)
            found[block, 0] += has @ values
            found[block, 1] = np.minimum(found[block, 1], np.where(has, values, np.inf).min(axis=1))
            found[block, 2] = np.maximum(found[block, 2], np.where(has, values, -np.inf).max(axis=1))
            found[block, 3] += has.sum(axis=1)

    def at_pipe(self, row: int, figures: NDArray[np.float64]) -> NDArray[np.float64]:
        """At a pipe: what lies upstream of its upper end, and it itself; of one that is followed both ways, of both ends."""
        first, second = (int(self.part[node]) for node in self.network.pipe_ends[row].tolist())
        ahead = int(self.passable.direction[row])  # against the flow: +1 leads from the first node up to the second
        upper = second if ahead > 0 else first if ahead < 0 else max(first, second)
        above: NDArray[np.float64] = figures[upper] if upper >= 0 else _NOTHING
        inside = upper >= 0 and first == second
        if self.layer == "node" or inside or not np.isfinite(self.values[row]):
            return above
        value = float(self.values[row])
        return _without_empty(_joined(_with_empty(above), np.array([value, value, value, 1.0])))


_NOTHING = np.array([0.0, np.nan, np.nan, 0.0])


def _joined(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([one[0] + other[0], min(one[1], other[1]), max(one[2], other[2]), one[3] + other[3]])


def _without_empty(figures: NDArray[np.float64]) -> NDArray[np.float64]:
    known: NDArray[np.float64] = np.where(np.isfinite(figures), figures, np.nan)
    return known


def _with_empty(figures: NDArray[np.float64]) -> NDArray[np.float64]:
    empty: NDArray[np.float64] = np.where(np.isnan(figures), np.array([0.0, np.inf, -np.inf, 0.0]), figures)
    return empty
