"""The network between its devices: cells in which everything is joined, and the places where a device parts two of them.

A pump, a check valve, a closed pipe, an isolation valve: each is a passage from cell to cell, open or not, one way or both.
Every question of a shut-off is a flood over cells, of which there are few where pipes are many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.valves import LINK, NODE, Valves, valves_of
from pipemap.catalog.kinds import IN_LINE_DEVICES, ONE_WAY_PIPES, PipeKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

NOWHERE = -1
"""Cell of what is not in use."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of a network, and the passages between them.

    A passage leads from the cell of a node to the cell of a pipe that ends there, and back.

    Attributes
    ----------
    valves
        The isolation valves that part cells; each stands in one passage, or in the two beside itself.
    node, pipe
        int32 (N), (P): cell of each node and pipe, ``NOWHERE`` when it is not in use.
    count
        How many cells.
    ends
        int32 (E, 2): the two cells of each passage, the node's first.
    valve
        int64 (E): number of the valve that stands there, −1 where none does.
    wall
        bool (E): something that is no valve is closed there.
    flows
        bool (E, 2): water may flow into the pipe there; water may flow out of it.
    checked
        bool (E): only a check valve forbids one of the ways.
    of_pipe
        int64 (E): row of the pipe.
    """

    valves: Valves
    node: NDArray[np.int32]
    pipe: NDArray[np.int32]
    count: int
    ends: NDArray[np.int32]
    valve: NDArray[np.int64]
    wall: NDArray[np.bool_]
    flows: NDArray[np.bool_]
    checked: NDArray[np.bool_]
    of_pipe: NDArray[np.int64]

    @property
    def network(self) -> Network:
        """The network that is parted."""
        return self.valves.network

    # -- half passages: 2 e goes from the node's cell of passage e to the pipe's, 2 e + 1 back --------------------------

    @cached_property
    def tail(self) -> NDArray[np.int32]:
        """int32 (2 E): the cell that each half passage leaves."""
        return self.ends.reshape(-1)

    @cached_property
    def head(self) -> NDArray[np.int32]:
        """int32 (2 E): the cell that it leads to."""
        return self.ends[:, ::-1].reshape(-1)

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        return np.argsort(self.tail, kind="stable")

    @cached_property
    def _indptr(self) -> NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum(np.bincount(self.tail, minlength=self.count))]).astype(np.int64)

    def passages_of(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return every half passage that leaves one of some cells."""
        counts = (self._indptr[cells + 1] - self._indptr[cells]).astype(np.int64)
        places = np.repeat(self._indptr[cells] - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        found: NDArray[np.int64] = self._order[places]
        return found

    def reach(
        self, starts: NDArray[np.integer], passes: NDArray[np.bool_], without: NDArray[np.bool_] | None = None
    ) -> NDArray[np.bool_]:
        """Return bool (count): cells that a flood from ``starts`` comes to; for floods that go far.

        Parameters
        ----------
        passes
            bool (2 E): half passages that it takes.
        without
            bool (count): cells that are not there.
        """
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import breadth_first_order

        found = np.zeros(self.count, dtype=np.bool_)
        starts = np.unique(starts[starts >= 0]).astype(np.int32)
        if without is not None:
            starts = starts[~without[starts]]
        if not len(starts):
            return found
        taken = passes[self._order]
        heads = self.head[self._order]
        if without is not None:
            taken &= ~without[heads]
        kept = np.flatnonzero(taken)
        indptr = np.append(np.searchsorted(kept, self._indptr), len(kept) + len(starts))
        indices = np.concatenate([heads[kept], starts])  # one more cell leads to every start
        matrix = csr_array((np.ones(len(indices), dtype=np.int8), indices, indptr), shape=(self.count + 1, self.count + 1))
        order = breadth_first_order(matrix, self.count, return_predecessors=False)
        found[order[1:]] = True
        return found

    def spread(self, starts: NDArray[np.integer], passes: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return bool (count) like :meth:`reach`; for floods that end soon."""
        found = np.zeros(self.count, dtype=np.bool_)
        front = np.unique(starts[starts >= 0]).astype(np.int64)
        found[front] = True
        while len(front):
            leaving = self.passages_of(front)
            heads = self.head[leaving[passes[leaving]]]
            front = np.unique(heads[~found[heads]]).astype(np.int64)
            found[front] = True
        return found

    # -- what passes ------------------------------------------------------------------------------------------------

    def water_passes(self, opened: Iterable[int] = (), opened_pipes: Iterable[int] = ()) -> NDArray[np.bool_]:
        """Return bool (2 E): half passages that water may take as the devices stand.

        Parameters
        ----------
        opened
            Closed valves that somebody opens.
        opened_pipes
            Closed pipes that somebody opens.
        """
        is_open = ~self.closed_passage(opened) & ~self._walled(opened_pipes)
        return (self.flows & is_open[:, None]).reshape(-1)

    def closed_passage(self, opened: Iterable[int] = ()) -> NDArray[np.bool_]:
        """Return bool (E): a closed valve stands there."""
        closed = np.append(self.valves.closed, False)
        closed[list(opened)] = False
        return closed[self.valve]

    def _walled(self, opened_pipes: Iterable[int]) -> NDArray[np.bool_]:
        rows = list(opened_pipes)
        return self.wall & ~np.isin(self.of_pipe, rows) if rows else self.wall

    @cached_property
    def supplied(self) -> NDArray[np.bool_]:
        """bool (count): what known sources feed as everything stands."""
        return self.reach(self.node[self.network.sources], self.water_passes())

    @cached_property
    def valve_cells(self) -> NDArray[np.int64]:
        """int64: the cell that is a valve itself, by valve; −1 for one that stands at the end of a pipe."""
        valves = self.valves
        placed = np.bincount(self.valve[self.valve >= 0], minlength=len(valves))
        cell = np.full(len(valves), -1, dtype=np.int64)
        link, whole = valves.origin == LINK, (valves.origin == NODE) & (placed > 1)
        cell[link] = self.pipe[valves.row[link]]
        cell[whole] = self.node[valves.row[whole]]
        return cell


def cells_of(network: Network, *, control_valves: bool = False) -> Cells:
    """Return the cells of a network, gas regulators parting them like valves; of one network they are found once.

    Parameters
    ----------
    control_valves
        Valves that regulate part cells like isolation valves.
    """
    name = "cells between control valves" if control_valves else "cells"
    if name not in network.worked_out:
        network.worked_out[name] = _find(valves_of(network, control_valves=control_valves, stations=True))
    cells: Cells = network.worked_out[name]
    return cells


def _find(valves: Valves) -> Cells:
    network = valves.network
    used, ends = network.in_use_pipes, network.pipe_ends
    wall = _walls(network, valves)
    one_way = network.pipe_kind.is_in(*ONE_WAY_PIPES)
    parted = (valves.cut >= 0) | wall | one_way[:, None]
    node, pipe, count = _joined(network, parted, used)
    row, end = np.nonzero(parted & used[:, None])
    directed = one_way[row]
    flows = np.column_stack([~directed | (end == 0), ~directed | (end == 1)])
    return Cells(
        valves,
        node,
        pipe,
        count,
        np.column_stack([node[ends[row, end]], pipe[row]]).astype(np.int32).reshape(-1, 2),
        valves.cut[row, end],
        wall[row, end],
        flows,
        network.pipe_kind.is_in(PipeKind.CHECK_VALVE)[row],
        row.astype(np.int64),
    )


def _walls(network: Network, valves: Valves) -> NDArray[np.bool_]:
    """bool (P, 2): ends of pipes where something closed that is no valve of the list, or a node out of use, lets nothing pass."""
    ends = network.pipe_ends
    shut = network.pipe_state.is_in("closed")
    links = np.flatnonzero(valves.origin == LINK)
    rows = valves.row[links]
    # Between two valves that were surveyed as points a link valve has no end of its own left: closed, it is a wall.
    shut[rows[(valves.cut[rows] == links[:, None]).any(axis=1)]] = False
    node = network.closed_nodes.copy()
    node[valves.row[valves.origin == NODE]] = False
    node |= ~network.in_use_nodes
    wall = shut[:, None] | node[ends]
    arm = network.node_arm
    devices = network.node_state.is_in("closed") & network.node_kind.is_in(*IN_LINE_DEVICES) & (arm >= 0)
    devices[valves.row[valves.origin == NODE]] = False
    for row in np.flatnonzero(devices).tolist():
        wall[arm[row], ends[arm[row]] == row] = True
    return wall


def _joined(
    network: Network, parted: NDArray[np.bool_], used: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
    """Cell of each node and each pipe, and how many cells there are."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count, ends = network.node_count, network.pipe_ends
    plain = np.flatnonzero(used & ~parted.any(axis=1))
    links = (np.ones(len(plain), dtype=np.int8), (ends[plain, 0], ends[plain, 1]))
    node = (
        connected_components(coo_array(links, shape=(count, count)), directed=False)[1].astype(np.int32)
        if count
        else np.empty(0, np.int32)
    )
    cells = int(node.max(initial=-1)) + 1
    pipe = np.full(network.pipe_count, NOWHERE, dtype=np.int32)
    pipe[plain] = node[ends[plain, 0]]
    for end in (0, 1):
        half = used & ~parted[:, end] & parted[:, 1 - end]
        pipe[half] = node[ends[half, end]]
    apart = np.flatnonzero(used & parted.all(axis=1))
    pipe[apart] = cells + np.arange(len(apart), dtype=np.int32)
    return node, pipe, cells + len(apart)
